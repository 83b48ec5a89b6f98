/**
 * Speed of the durable path: HTTP → log → 204 → decode → score, beside the same path that keeps
 * nothing, and beside a database that stores the same lines and judges nothing.
 *
 *   node bench/speed/durable.ts [--json] [--detectors ema,dasrs] [--rounds 5] [--requests 60]
 *     [--profile DIR]   CPU profiles of every Forewarn
 *
 * Each program runs in a process of its own; all run at once and take turns, round by round, with
 * the same requests: 10,000 Influx lines of four fields, of 500 hosts. Rates are values a second of
 * CPU time of all threads of the process (/proc/PID/stat), so that other load on the machine
 * matters little. A turn ends some seconds after the last value is taken, for both: checkpoints,
 * merges and flushes are in it. Medians over the rounds; ratios are medians of the rounds' ratios.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pause } from '../../test/live/live-program.ts'
import { acknowledgement } from './durable/acknowledgement.ts'
import { forewarn, seriesCount, victoriaMetrics } from './durable/contenders.ts'
import type { Contender } from './durable/contenders.ts'
import { Load, taken, valuesPerRequest } from './durable/load.ts'
import { median, parserRates } from './durable/parsers.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    detectors: { type: 'string', default: 'ema,dasrs' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '60' },
    profile: { type: 'string' },
    settle: { type: 'string', default: '6' },
  },
})
const rounds = Number(flags.rounds)
const settleMs = Number(flags.settle) * 1000
const load = new Load(Number(flags.requests))

const folder = mkdtempSync(join(tmpdir(), 'forewarn-durable-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Samples end before now: VictoriaMetrics keeps a month, and a gate refuses the future. */
const firstSeconds = Math.floor(Date.now() / 1000) - (rounds + 16) * load.roundSeconds

/** One turn of one program: CPU seconds from its first request until all is settled. */
async function turn({ program, url, values }: Contender, round: number): Promise<number> {
  const wanted = (await values()) + load.requestCount * valuesPerRequest
  const before = program.cpuSeconds()
  const startSeconds = firstSeconds + round * load.roundSeconds
  // One after the other, so that every series is in order.
  for (let i = 0; i < load.requestCount; i++) await taken(url, load.body(i, startSeconds))
  while ((await values()) < wanted) await pause(50)
  await pause(settleMs)
  return program.cpuSeconds() - before
}

const keepings = ['nothing', 'log and store', 'all and history'] as const
const contenders: Contender[] = []
for (const [i, detector] of flags.detectors.split(',').entries()) {
  for (const keeping of keepings) {
    const place = join(folder, `${i}-${keeping.slice(0, 3)}`)
    contenders.push(await forewarn(place, { detector, keeping, profileFolder: flags.profile }))
  }
}
const victoria = await victoriaMetrics(folder)
if (victoria === undefined) process.stderr.write('durable: victoria-metrics is not installed\n')
else contenders.push(victoria)

const cpuSeconds = contenders.map((): number[] => [])
for (let round = 0; round <= rounds; round++) {
  process.stderr.write(`durable: round ${round} of ${rounds}\n`)
  for (const [i, contender] of contenders.entries()) {
    const seconds = await turn(contender, round)
    if (round > 0) cpuSeconds[i]?.push(seconds)
  }
}
process.stderr.write('durable: acknowledgement\n')
const waits = await acknowledgement(
  contenders[keepings.length - 1] as Contender,
  load,
  firstSeconds + (rounds + 1) * load.roundSeconds,
)
for (const { program } of contenders) await program.ended('SIGTERM')

const valueCount = load.requestCount * valuesPerRequest
const rates = cpuSeconds.map((all) => valueCount / median(all))
/** How many times the values a CPU second of contender `i`. */
const ratio = (of: number, to: number): number =>
  median((cpuSeconds[of] ?? []).map((seconds, round) => (cpuSeconds[to]?.[round] ?? NaN) / seconds))
const victoriaAt = victoria === undefined ? -1 : contenders.length - 1
const results = contenders.map(({ name }, i) => ({
  name,
  valuesPerCpuSecond: rates[i] as number,
  toNotKeeping: i !== victoriaAt ? ratio(i, i - (i % keepings.length)) : undefined,
  toVictoria: victoriaAt >= 0 && i !== victoriaAt ? ratio(i, victoriaAt) : undefined,
}))
const parsers = parserRates(load, rounds)

if (flags.json === true) process.stdout.write(JSON.stringify({ results, parsers, waits }) + '\n')
else {
  const million = (rate: number): string => `${(rate / 1e6).toFixed(2)} M/s`.padStart(10)
  const times = (value: number | undefined): string =>
    (value === undefined ? '' : `${value.toFixed(2)} ×`).padStart(14)
  const heads = ['values/CPU s', 'to not keeping', 'to Victoria'].map((head) => head.padStart(14))
  process.stdout.write(`HTTP Influx → …, ${seriesCount} series`.padEnd(46) + heads.join('') + '\n')
  for (const { name, valuesPerCpuSecond, toNotKeeping, toVictoria } of results) {
    const columns = [million(valuesPerCpuSecond).padStart(14), times(toNotKeeping)]
    process.stdout.write(name.padEnd(46) + columns.join('') + times(toVictoria) + '\n')
  }
  const { p50Ms, p99Ms, emptyP99Ms } = waits
  for (const { name, rate } of parsers) {
    process.stdout.write(name.padEnd(46) + million(rate).padStart(14) + '\n')
  }
  process.stdout.write(
    `204 at half the rate of one sender, ${contenders[keepings.length - 1]?.name}: ` +
      `half within ${p50Ms.toFixed(1)} ms, 99 % within ${p99Ms.toFixed(1)} ms; ` +
      `of empty requests 99 % within ${emptyP99Ms.toFixed(1)} ms\n`,
  )
}
