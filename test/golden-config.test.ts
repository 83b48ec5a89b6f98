/**
 * Golden cases of the configuration: test/golden/config-*: a file, the environment and flags beside
 * it, and what is said of them. `UPDATE=1` rewrites what is expected.
 *
 * What is right prints as `check` prints it, without the lines that are defaults, so that a new
 * option with a default changes no case.
 */

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { settingsText } from '../src/config/settings-text.ts'
import { tables } from '../src/config/tables.ts'
import { ForewarnError } from '../src/core/errors.ts'

const root = join(import.meta.dirname, 'golden')

function textOf(folder: string, file: string, otherwise: string): string {
  const path = join(root, folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise
}

/** What the program says of a case. */
function said(folder: string): string {
  const file = { name: 'forewarn.yaml', text: textOf(folder, 'forewarn.yaml', '') }
  const environment = JSON.parse(textOf(folder, 'environment.json', '{}')) as Record<string, string>
  const sets = textOf(folder, 'sets.txt', '').split('\n').filter(Boolean)
  try {
    const { settings } = loadConfig({ file, environment, sets }, tables)
    return settingsText(settings.filter(({ origin }) => origin !== undefined))
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error
    return `${error.code}\n${error.message}\n`
  }
}

describe('configuration', () => {
  const folders = readdirSync(root).filter((name) => name.startsWith('config-'))
  test.each(folders)('%s', (folder) => {
    const path = join(root, folder, 'expected.txt')
    const text = said(folder)
    if (process.env['UPDATE'] === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
  })

  test('no case prints a secret', () => {
    for (const folder of folders) expect(said(folder)).not.toContain('hunter2')
  })
})
