/** The generated reference agrees with the program. `UPDATE=1` rewrites it. */

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configJsonSchema } from '../src/config/json-schema.ts'
import { loadConfig } from '../src/config/load.ts'
import { tables } from '../src/config/tables.ts'
import { errorCodes } from '../src/core/errors.ts'
import { yamlName } from '../src/core/options.ts'
import { errorsPage, optionsPage } from './reference-pages.ts'

const root = join(import.meta.dirname, '..')
const pages = join(root, 'docs', 'reference')

describe('docs/reference', () => {
  function f(file: string, text: string): void {
    test(`${file} is what the declarations say`, () => {
      const path = join(pages, file)
      if (process.env['UPDATE'] === '1') {
        mkdirSync(pages, { recursive: true })
        writeFileSync(path, text)
      }
      expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(text)
    })
  }

  f('options.md', optionsPage())
  f('errors.md', errorsPage())
  f('forewarn.schema.json', JSON.stringify(configJsonSchema(tables), null, 2) + '\n')
})

describe('the JSON Schema', () => {
  const schema = configJsonSchema(tables) as {
    properties: Record<string, unknown>
    additionalProperties: boolean
    patternProperties: Record<string, unknown>
  }

  test('knows the sections, refuses other keys and lets x- keys pass', () => {
    const sections =
      'sources transforms detectors series sinks server store history telemetry workers'
    expect(Object.keys(schema.properties).join(' ')).toBe(sections)
    expect(schema.additionalProperties).toBe(false)
    expect(Object.keys(schema.patternProperties)).toEqual(['^x-'])
  })

  test('says of a duration its form, its default as people write it, and what it does', () => {
    const series = schema.properties['series'] as { properties: Record<string, unknown> }
    expect(series.properties['idle_after']).toEqual({
      description: tables.series['idleAfterMs']?.about,
      default: '7d',
      anyOf: [
        { type: 'string', pattern: '^(0|(\\d+(\\.\\d+)?(ms|w|d|h|m|s))+)$' },
        { $ref: '#/$defs/variable' },
      ],
    })
  })
})

describe('an option has a name of its own', () => {
  function f(where: string, specs: object, taken: readonly string[]): void {
    test(`in ${where}`, () => {
      const names = Object.keys(specs).map(yamlName)
      expect(new Set(names).size).toBe(names.length)
      expect(names.filter((name) => taken.includes(name))).toEqual([])
    })
  }

  const ruleKeys = ['match', 'name', 'detector', 'filters', 'alarm']
  const filterNames = Object.keys(tables.scoreFilters)
  f('rules: no filter is called like a key', tables.scoreFilters, ruleKeys)
  for (const [name, { options }] of Object.entries(tables.detectors)) {
    f(`detector ${name}`, options, [...ruleKeys, ...filterNames])
  }
  for (const [name, { options }] of Object.entries(tables.sources)) {
    f(`source ${name}`, options, ['type', 'codec'])
  }
  for (const [name, { options }] of Object.entries(tables.sinks)) {
    f(`sink ${name}`, options, ['type', 'delivery'])
  }
  for (const [name, { options }] of Object.entries(tables.transforms)) {
    f(`transform ${name}`, options, ['type'])
  }
})

describe('examples', () => {
  const all = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  const files = all.filter((file) => file.endsWith('.yaml'))
  test.each(files)('%s is right', (name) => {
    const file = { name, text: readFileSync(join(root, 'examples', name), 'utf8') }
    const config = loadConfig({ file, environment: {}, sets: [] }, tables)
    expect(config.sources.length).toBeGreaterThan(0)
  })
})

test('every error code is raised by some test', () => {
  const files = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /(\.test\.ts|\.contract\.ts|expected\.txt)$/.test(name))
      .map((name) => join(root, folder, name)),
  )
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(Object.keys(errorCodes).filter((code) => !text.includes(code))).toEqual([])
})
