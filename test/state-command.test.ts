/** `forewarn state` on what the real program left: looked at, exported, imported, gone on with. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { program } from '../src/cli/program.ts'
import { keptIo } from './command-io.ts'
import { startedProgram, until, writtenReports } from './real-program.ts'

const config = `
sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { absent: 0 } }]
series: { idle_after: 0 }
sinks: { file: { type: file, path: out.jsonl } }
server: { listen: '127.0.0.1:0' }
store: { folder: state, checkpoint_every: 1h }
`

function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    return `load,host=a value=${40 + ((from + i) % 7)} ${1_700_000_000 + from + i}\n`
  }).join('')
}

async function typed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await program(['state', ...args], io)
  return { code, out: io.out(), err: io.err() }
}

/** Runs in a folder over further lines; what it says of them. */
async function goneOn(folder: string): Promise<unknown[]> {
  const running = await startedProgram(folder, config)
  expect(await running.write(lines(80, 120))).toBe(204)
  const out = join(folder, 'out.jsonl')
  const fresh = () =>
    writtenReports(out).filter(({ timestamp }) => Number(timestamp) >= 1_700_000_080_000)
  await until(() => fresh().length >= 40)
  await running.stop()
  return fresh()
}

test('exported, imported elsewhere, a run goes on bit for bit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-state-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const here = join(folder, 'here')
  const there = join(folder, 'there')
  const file = join(folder, 'state.fw')
  for (const each of [here, there]) mkdirSync(each)
  const running = await startedProgram(here, config)
  expect(await running.write(lines(0, 60))).toBe(204)
  const held = await typed('export', '--folder', join(here, 'state'), '--output', file)
  expect([held.code, held.err]).toEqual([1, expect.stringContaining('another process uses')])
  expect(await running.write(lines(60, 80))).toBe(204)
  await running.stop('SIGKILL')

  const at = ['--folder', join(here, 'state')]
  const seen = await typed('inspect', ...at)
  expect(seen.code).toBe(0)
  expect(seen.out).toMatch(/incoming log: 1 files, \d{3,} bytes/)
  expect((await typed('export', ...at, '--output', file)).code).toBe(0)
  const to = ['--folder', join(there, 'state')]
  expect((await typed('import', file, ...to)).code).toBe(0)
  const refused = await typed('import', file, ...to)
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--replace')])
  expect((await typed('import', file, ...to, '--replace')).code).toBe(0)
  expect(await goneOn(there)).toEqual(await goneOn(here))

  const detail = await typed('inspect', 'load:value{host="a"}', ...to)
  expect(detail.out).toContain('last sample  2023-11-14T22:15:19.000Z')
  expect((await typed('inspect', 'nobody', ...to)).code).toBe(1)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(file, bytes)
  const damaged = await typed('import', file, '--folder', join(folder, 'new'))
  expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining('checksum')])
  expect((await typed('inspect', '--folder', join(folder, 'new'))).err).toContain('no saved state')
})
