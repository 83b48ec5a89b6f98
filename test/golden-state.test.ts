/**
 * Folders of state that earlier versions wrote, and must be understood for ever.
 *
 * `golden/state-version-N/state.db` is what the real program of that version left behind, with an
 * alarm firing; `expected.jsonl` is what that version said of the lines that came after it. The
 * program of today, started on a copy, must say the same. `UPDATE=N` writes version N anew, which
 * only the version that wrote it may do.
 */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Random } from '../src/core/random.ts'
import { startedProgram, until, writtenReports } from './real-program.ts'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

const startS = 1_700_000_000

/** Lines of some seconds: two gauges and a counter; the first gauge is high from `highFrom` on. */
function lines(from: number, to: number, highFrom: number, highTo: number): string {
  let text = ''
  for (let second = from; second < to; second++) {
    const random = new Random(second + 1)
    const high = second >= highFrom && second < highTo ? 70 : 0
    const at = startS + second
    text += `load,host=a value=${40 + random.gaussian(0, 2) + high} ${at}\n`
    text += `load,host=b value=${20 + random.gaussian(0, 1)} ${at}\n`
    text += `net,host=a packets=${1000 * second + random.below(200)} ${at}\n`
  }
  return text
}

const before = lines(0, 300, 296, 300)
const after = lines(300, 400, 0, 305)

/** Times of receipt differ from run to run, so nothing may hang on them. */
const config = `
sources: { http: { type: http, codec: influx } }
transforms: [{ type: rate, match: 'net*', idle_after: 3650d }]
detectors:
  - { match: 'load*a*', detector: ema, probation: 60, alarm: { absent: 0, keep_firing: 10s } }
  - { match: '*', detector: dasrs, alarm: { absent: 0 } }
series: { idle_after: 0, reorder_window: 2s }
sinks: { file: { type: file, path: out.jsonl } }
server: { listen: '127.0.0.1:0' }
store: { folder: state, checkpoint_every: 200ms }
`

/**
 * What the program says of lines up to a second, put in order: the last two seconds wait for later
 * samples or for a tick, so they are left out.
 */
async function said(folder: string, text: string, lastS: number): Promise<unknown[]> {
  const program = await startedProgram(folder, config)
  expect(await program.write(text)).toBe(204)
  const path = join(folder, 'out.jsonl')
  const lastMs = (startS + lastS) * 1000
  const isLast = (report: Report): boolean => report['timestamp'] === lastMs
  await until(() => writtenReports(path).filter(isLast).length >= 3)
  expect((await program.stop()).code).toBe(143)
  expect(program.said).not.toContain('"level":"error"')
  const settled = writtenReports(path).filter((report) => (report['timestamp'] as number) <= lastMs)
  return settled.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

type Report = Record<string, unknown>

function orderOf({ series, timestamp, kind }: Report): string {
  return `${String(series)} ${String(timestamp)} ${String(kind)}`
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-golden-state-'))
  folders.push(folder)
  mkdirSync(join(folder, 'state'))
  return folder
}

async function update(golden: string): Promise<void> {
  const folder = newFolder()
  await said(folder, before, 297)
  copyFileSync(join(folder, 'state', 'state.db'), join(golden, 'state.db'))
  rmSync(join(folder, 'out.jsonl'))
  rmSync(join(folder, 'state'), { recursive: true })
  mkdirSync(join(folder, 'state'))
  copyFileSync(join(golden, 'state.db'), join(folder, 'state', 'state.db'))
  const reports = await said(folder, after, 397)
  const text = reports.map((report) => JSON.stringify(report) + '\n').join('')
  writeFileSync(join(golden, 'expected.jsonl'), text)
}

function understood(version: number): void {
  test(`the state that version ${version} left goes on as it did then`, async () => {
    const golden = join(import.meta.dirname, 'golden', `state-version-${version}`)
    if (process.env['UPDATE'] === String(version)) await update(golden)
    const text = readFileSync(join(golden, 'expected.jsonl'), 'utf8')
    const expected = text.trimEnd().split('\n')
    const folder = newFolder()
    copyFileSync(join(golden, 'state.db'), join(folder, 'state', 'state.db'))
    const reports = await said(folder, after, 397)
    expect(reports).toEqual(expected.map((line) => JSON.parse(line) as unknown))
    expect(expected.filter((line) => line.includes('"kind":"alarm"')).length).toBeGreaterThan(0)
  })
}

understood(1)
