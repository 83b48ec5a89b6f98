/**
 * Golden cases of `forewarn replay`: test/golden/replay-*: an input, the arguments, and what is
 * written. `UPDATE=1` rewrites what is expected.
 *
 * The detector expects the value that came last (last-value-detector.ts), so every number can be
 * worked out in the head.
 */

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { replayOver } from '../src/cli/replay.ts'
import { keptIo } from './command-io.ts'
import { LastValueDetector } from './last-value-detector.ts'

const root = join(import.meta.dirname, 'golden')
const command = replayOver(() => () => new LastValueDetector())

/** Everything that the command writes for a case: rows, then what it says, then its exit code. */
async function written(folder: string): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), 'forewarn-replay-'))
  const words = readFileSync(join(root, folder, 'arguments.txt'), 'utf8').split(/\s+/)
  const placed = words.filter(Boolean).map((word) => {
    if (word.startsWith('OUT.')) return join(place, word)
    return word.startsWith('input') ? join(root, folder, word) : word
  })
  const io = keptIo()
  const code = await command(placed, io)
  const file = join(place, 'OUT.jsonl')
  const rows = existsSync(file) ? readFileSync(file, 'utf8') : io.out()
  rmSync(place, { recursive: true })
  const said = io.err().replaceAll(join(root, folder) + '/', '')
  return `${rows}---\n${said}exit ${code}\n`
}

describe('replay', () => {
  const folders = readdirSync(root).filter((name) => name.startsWith('replay-'))
  test.each(folders)('%s', async (folder) => {
    const path = join(root, folder, 'expected.txt')
    const text = await written(folder)
    if (process.env['UPDATE'] === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
  })
})
