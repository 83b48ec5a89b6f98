/**
 * Speed and memory of `forewarn replay`: rows a second, from a file to a file.
 *
 *   node bench/speed/replay.ts [--json] [--rows 500000] [--memory]
 *
 * The command runs in this process, over a CSV file of one noisy daily series with a header. Beside
 * it runs a plain baseline, alternated run by run: read lines, split, two numbers, write the line
 * with a score made of them. It judges nothing: what is measured is the price of judging, beside
 * what reading and writing text cost in any case. Medians of five runs.
 *
 * `--memory` replays one and then ten million rows instead, each in a process of its own, and
 * prints the most memory that each held.
 */

import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, openSync, rmSync } from 'node:fs'
import { closeSync, writeSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { parseArgs } from 'node:util'
import { program } from '../../src/cli/program.ts'
import { Random } from '../../src/core/random.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    memory: { type: 'boolean' },
    rows: { type: 'string', default: '500000' },
  },
})

const runs = 5
const cadenceMs = 60_000
const startMs = Date.UTC(2024, 0, 1)
const dayRows = 1440

const candidates: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'ema', args: ['--detector', 'ema'] },
  { name: 'dasrs rest', args: ['--detector', 'dasrs', '--set', 'filters=rest'] },
  { name: 'default', args: [] },
  { name: 'default, with report', args: ['--report', 'report.html'] },
]

const folder = mkdtempSync(join(tmpdir(), 'forewarn-replay-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** A daily wave with noise, as rows of date and value. */
function writeRows(path: string, rows: number): void {
  const random = new Random(1)
  const file = openSync(path, 'w')
  let text = 'timestamp,value\n'
  for (let row = 0; row < rows; row++) {
    const date = new Date(startMs + row * cadenceMs).toISOString().slice(0, 19).replace('T', ' ')
    const wave = 50 + 20 * Math.sin((2 * Math.PI * row) / dayRows)
    text += `${date},${(wave + random.gaussian(0, 3)).toFixed(4)}\n`
    if (text.length < 1e6) continue
    writeSync(file, text)
    text = ''
  }
  writeSync(file, text)
  closeSync(file)
}

async function baseline(input: string): Promise<void> {
  const output = createWriteStream(join(folder, 'baseline.csv'))
  let text = ''
  for await (const line of createInterface({ input: createReadStream(input) })) {
    const [time = '', number = ''] = line.split(',')
    const value = Number(number)
    text += `${time},${value},${value / 100}\n`
    if (text.length < 262_144) continue
    if (!output.write(text)) await once(output, 'drain')
    text = ''
  }
  output.end(text)
  await once(output, 'finish')
}

async function replay(input: string, args: readonly string[]): Promise<void> {
  const said = new PassThrough()
  said.resume()
  const placed = args.map((arg) => (arg.endsWith('.html') ? join(folder, arg) : arg))
  const output = join(folder, 'replay.csv')
  const code = await program(['replay', input, '--output', output, ...placed], {
    stdin: process.stdin,
    stdout: said,
    stderr: said,
    env: {},
    signal: new AbortController().signal,
    onHangUp: () => {},
    clock: systemClock,
  })
  if (code !== 0) throw new Error(`replay ended with exit code ${code}`)
}

/** What some work took, by the clock and of the processor (all threads). */
interface Cost {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wallSeconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number

async function measureSpeed(rows: number): Promise<void> {
  const input = join(folder, 'input.csv')
  writeRows(input, rows)
  const works = new Map([['baseline', () => baseline(input)]])
  for (const { name, args } of candidates) works.set(name, () => replay(input, args))
  const costs = new Map<string, Cost[]>([...works.keys()].map((name) => [name, []]))
  for (let run = 0; run <= runs; run++) {
    for (const [name, work] of works) {
      const cost = await costOf(work)
      // The first run warms up.
      if (run > 0) costs.get(name)?.push(cost)
    }
  }
  const wall = (name: string): number =>
    median((costs.get(name) ?? []).map(({ wallSeconds }) => wallSeconds))
  const results = [...costs].map(([name, all]) => ({
    name,
    rowsPerSecond: Math.round(rows / wall(name)),
    rowsPerCpuSecond: Math.round(rows / median(all.map(({ cpuSeconds }) => cpuSeconds))),
    timesBaseline: Number((wall('baseline') / wall(name)).toFixed(2)),
  }))
  if (flags.json === true) process.stdout.write(JSON.stringify({ rows, results }) + '\n')
  else printTable(results)
}

function printTable(results: readonly Record<string, string | number>[]): void {
  process.stdout.write('replay of a CSV file      rows/s    rows/CPU s\n')
  for (const { name, rowsPerSecond, rowsPerCpuSecond, timesBaseline } of results) {
    const speeds = `${String(rowsPerSecond).padStart(9)}${String(rowsPerCpuSecond).padStart(14)}`
    process.stdout.write(`  ${String(name).padEnd(22)}${speeds}  × ${timesBaseline}\n`)
  }
}

/** Peak memory of a process that replays so many rows with the default detector, in bytes. */
function peakBytes(rows: number): number {
  const input = join(folder, `${rows}.csv`)
  writeRows(input, rows)
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const outputs = ['--output', join(folder, 'out.csv'), '--report', join(folder, 'out.html')]
  const script = `process.argv.push('forewarn', ...${JSON.stringify(['replay', input, ...outputs])})
    process.on('exit', () => process.stdout.write(String(process.resourceUsage().maxRSS)))
    await import(${JSON.stringify(main)})`
  const args = ['--input-type=module', '--eval', script]
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`replay ended with exit code ${status}: ${stderr}`)
  rmSync(input)
  return Number(stdout) * 1024
}

function measureMemory(): void {
  const results = [1_000_000, 10_000_000].map((rows) => ({ rows, peakBytes: peakBytes(rows) }))
  if (flags.json === true) process.stdout.write(JSON.stringify(results) + '\n')
  else {
    for (const { rows, peakBytes: bytes } of results) {
      const mebibytes = (bytes / 2 ** 20).toFixed(0)
      process.stdout.write(`replay of ${rows} rows: at most ${mebibytes} MiB\n`)
    }
  }
}

if (flags.memory === true) measureMemory()
else await measureSpeed(Number(flags.rows))
