import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { missingCompanions, tidyFaults } from './tidy.ts'

const root = join(import.meta.dirname, '..')
const folders = ['src', 'test', 'bench', 'dashboard', 'docs']
const skipped = new Set(['node_modules', 'dist', 'golden', 'results'])

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

const tree = new Map(
  folders
    .flatMap(filesBelow)
    .filter((path) => /\.(ts|tsx|md)$/.test(path))
    .map((path) => [relative('.', path), readFileSync(join(root, path), 'utf8')]),
)

describe('the house', () => {
  test('is tidy', () => {
    expect(tidyFaults(tree)).toEqual([])
  })

  test('has a test and a page for whatever can be chosen by name', () => {
    expect(missingCompanions(tree)).toEqual([])
  })

  test('has small files: the median is at most 120 lines', () => {
    const lengths = [...tree]
      .filter(([path]) => path.startsWith('src/') && !/\.(test|contract|bench)\.ts$/.test(path))
      .map(([, text]) => text.split('\n').length - 1)
      .sort((a, b) => a - b)
    expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(120)
  })
})

/** One file with one fault; the fault must be named. */
function finds(path: string, text: string, want: string): void {
  expect(tidyFaults(new Map([[path, text]])).join('\n')).toContain(want)
}

function allows(path: string, text: string): void {
  expect(tidyFaults(new Map([[path, text]]))).toEqual([])
}

describe('a planted fault is found', () => {
  test('in imports', () => {
    finds('src/detectors/a.ts', `import net from 'node:net'\n`, 'detectors is pure')
    finds('src/core/a.ts', `import { z } from 'zod'\n`, 'core is pure')
    finds('src/sinks/a.ts', `import { b } from './b.ts'\n`, 'siblings')
    finds('src/pipeline.ts', `import { K } from './sources/kafka.ts'\n`, 'only sources/source.ts')
    finds('src/codecs/a.ts', `import { E } from '../detectors/detector.ts'\n`, 'to the right')
    finds('src/cli/a.ts', `import { s } from '../sinks/registry.ts'\n`, 'only sinks/sink.ts')
    finds('src/series/a.ts', `const x = await import('pg')\n`, 'series is pure')
  })

  test('in cycles', () => {
    const faults = tidyFaults(
      new Map([
        ['src/core/a.ts', `import { b } from './b.ts'\n`],
        ['src/core/b.ts', `import { a } from './a.ts'\n`],
      ]),
    )
    expect(faults).toEqual(['cycle: src/core/a.ts → src/core/b.ts → src/core/a.ts'])
  })

  test('in words', () => {
    finds('src/series/catalog.ts', 'const now = Date.now()\n', 'a timestamp as an argument')
    finds('src/core/a.ts', 'const x = Math.random()\n', 'core/random.ts')
    finds('src/sinks/a.ts', 'const t = process.env.TOKEN\n', 'only config')
    finds('src/sinks/a.ts', 'class A extends B {\n}\n', 'composition')
    finds('src/sinks/a.ts', 'let x: any\n', 'unknown')
    finds('src/sinks/a.ts', 'export default 1\n', 'a named export')
    finds('src/sinks/a.ts', 'console.log(1)\n', 'telemetry')
  })

  test('in names and sizes', () => {
    finds('src/core/utils.ts', '', 'a file called utils.ts')
    finds('src/core/fooBar.ts', '', 'kebab-case')
    finds('src/core/a/b/c.ts', '', 'two folders deep')
    finds('src/core/a.ts', 'x'.repeat(101) + '\n', 'over 100 columns')
    finds('src/core/a.ts', '\n'.repeat(401), '401 lines')
    finds('src/pipeline.ts', '\n'.repeat(151), 'at most 150')
  })

  test('where a detector has neither test nor page', () => {
    const bare = new Map([['src/detectors/registry.ts', `import { S } from './sma.ts'\n`]])
    expect(missingCompanions(bare)).toHaveLength(2)
  })
})

describe('an allowed form passes', () => {
  test('imports to the left, of interfaces, of types both ways', () => {
    allows('src/series/a.ts', `import type { D } from '../detectors/detector.ts'\n`)
    allows('src/sinks/registry.ts', `import { b } from './b.ts'\n`)
    allows('src/config/compose.ts', `import { sinks } from '../sinks/registry.ts'\n`)
    allows('src/sources/a.ts', `import { open } from 'node:fs'\n`)
  })

  test('errors, comments about what is banned, long links', () => {
    allows('src/core/a.ts', 'export class A extends Error {\n}\n')
    allows('src/core/a.ts', '/** Never Date.now() here. */\nexport const a = 1\n')
    allows('src/core/a.ts', `// https://example.org/${'x'.repeat(100)}\n`)
  })
})
