/**
 * The whole configurations of the guides: each `yaml` block that has sources and sinks is right, as
 * `forewarn check` finds it. The secrets that they name are files beside them.
 */

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { program } from '../src/cli/program.ts'
import { keptIo } from './command-io.ts'
import { configurations } from './guide-text.ts'

const guides = join(import.meta.dirname, '..', 'docs', 'guides')
const folder = mkdtempSync(join(tmpdir(), 'forewarn-guides-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'secrets'))

const blocks = readdirSync(guides).flatMap((name) =>
  configurations(readFileSync(join(guides, name), 'utf8')).map((text, i) => ({ name, i, text })),
)

test('there are such blocks', () => {
  const names = new Set(blocks.map(({ name }) => name))
  const wanted = ['slack.md', 'telegraf-to-graphite.md', 'telegraf-to-zabbix.md']
  expect([...names]).toEqual(expect.arrayContaining(wanted))
})

test.each(blocks)('$name, configuration $i', async ({ text }) => {
  const file = join(folder, 'forewarn.yaml')
  for (const [, secret = ''] of text.matchAll(/_file: \S*secrets\/([\w-]+)/g)) {
    writeFileSync(join(folder, 'secrets', secret), 'https://127.0.0.1:9/secret')
  }
  writeFileSync(file, text.replaceAll(/(_file: )\S*secrets\//g, `$1${folder}/secrets/`))
  const io = keptIo()
  expect(await program(['check', '-c', file], io), io.err()).toBe(0)
})
