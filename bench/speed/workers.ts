/**
 * Speed of scoring on worker threads, beside scoring in the main thread in the same process:
 * Influx lines → decoder → spread → shards → reports.
 *
 *   node bench/speed/workers.ts [--json] [--workers 2] [--rounds 9] [--only ema]
 *
 * Both are alive all the time and take turns, round by round, with the same requests. Two rates:
 * samples a second of the clock, which grows with threads only where there are cores to run them
 * on, and samples a second of CPU time of all threads, which says what the threads cost. Ratios are
 * medians of the rounds' ratios. `scores` are reports of every sample to somebody who counts them;
 * without, only alarms are reported. The load is made before, by the same process: it takes no part
 * of the time, but for decoding it.
 */

import { parseArgs } from 'node:util'
import { InfluxDecoder, influxOptions } from '../../src/codecs/influx.ts'
import { loadConfig } from '../../src/config/load.ts'
import { scoringOf } from '../../src/config/shards.ts'
import { tables } from '../../src/config/tables.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { NamedRecord } from '../../src/core/record.ts'
import type { ReportKind } from '../../src/core/report.ts'
import { countOf } from '../../src/core/score-run.ts'
import type { Reports } from '../../src/core/score-run.ts'
import { Taking } from '../../src/series/taking.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '9' },
    only: { type: 'string' },
  },
})
const workers = Number(flags.workers)
const rounds = Number(flags.rounds)

/** What is measured: a rule, how many hosts of four fields, how many samples in a round. */
interface Case {
  readonly name: string
  readonly rule: string
  readonly hosts: number
  readonly samplesPerRound: number
  readonly scores: boolean
}

const ema = { rule: 'detector: ema', hosts: 500, samplesPerRound: 800_000 }
const dasrs = { rule: 'detector: dasrs', hosts: 500, samplesPerRound: 400_000 }
const htm = { rule: 'detector: htm', hosts: 16, samplesPerRound: 6_400 }
const cases: readonly Case[] = [
  { name: 'ema', ...ema, scores: false },
  { name: 'ema, scores', ...ema, scores: true },
  { name: 'dasrs', ...dasrs, scores: false },
  { name: 'dasrs, scores', ...dasrs, scores: true },
  { name: 'htm, 64 models', ...htm, scores: false },
]

/** Lines in a request. */
const linesPerRequest = 10_000

/** Requests of a round: one line a host and second, whole seconds in a request. */
function requestsOf({ hosts, samplesPerRound }: Case, round: number): NamedRecord[] {
  const random = new Random(round + 1)
  const lineCount = samplesPerRound / 4
  const records: NamedRecord[] = []
  const seconds = Math.ceil(lineCount / hosts)
  let lines: string[] = []
  for (let second = 0; second < seconds; second++) {
    const timestampS = 1_700_000_000 + round * seconds + second
    for (let host = 0; host < hosts; host++) {
      const field = (name: string): string => `${name}=${(50 + 10 * random.uniform()).toFixed(3)}`
      const fields = ['user', 'system', 'iowait', 'idle'].map(field).join(',')
      lines.push(`cpu,host=host-${host},region=eu ${fields} ${timestampS}000000000`)
    }
    if (lines.length < linesPerRequest && second < seconds - 1) continue
    const origin = {
      partition: 'log',
      offset: round * 10_000 + records.length,
      receivedMs: timestampS * 1000,
    }
    const bytes = Buffer.from(lines.join('\n') + '\n')
    records.push({ input: 'here', record: { kind: 'data', bytes, origin } })
    lines = []
  }
  return records
}

/** How long a round took. */
interface Taken {
  readonly clockS: number
  readonly cpuS: number
}

/** One way of scoring at work. */
class Contender {
  readonly #taking: Taking
  readonly close: () => Promise<void>
  reports = 0

  constructor({ rule, scores }: Case, count: number) {
    const text = `detectors: [{ match: '*', ${rule} }]\nsources: { a: { type: stdin } }`
    const input = { file: { name: 'bench', text }, environment: {}, sets: [] }
    const config = { ...loadConfig(input, tables), workers: count }
    const ledger = new Ledger()
    const around = { tables, transforms: [], ledger, tracking: 'on', clock: systemClock } as const
    const scoring = scoringOf(config, { ...around, reportScores: scores, history: undefined })
    const source = { batches: (): never => fail('nothing is read from a source') }
    const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions))
    const outlet = {
      accepts: new Set<ReportKind>(['score', 'alarm']),
      offer: (reports: Reports) => {
        this.reports += countOf(reports)
        return undefined
      },
    }
    this.#taking = new Taking(
      {
        inputs: [{ name: 'here', source, decoder }],
        transforms: [],
        scoring,
        outlets: [outlet],
        telemetry: quietTelemetry,
      },
      fail,
    )
    this.close = () => scoring.close()
  }

  /** Seconds of the clock and of CPU until all is scored and reported. */
  async take(records: readonly NamedRecord[]): Promise<Taken> {
    const cpu = process.cpuUsage()
    const startMs = performance.now()
    // One request after the other, as they come out of the log.
    for (const record of records) await this.#taking.take([record])
    await this.#taking.settled()
    const clockS = (performance.now() - startMs) / 1000
    const { user, system } = process.cpuUsage(cpu)
    return { clockS, cpuS: (user + system) / 1e6 }
  }
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

interface Result {
  readonly name: string
  /** Samples a second, of the clock and of CPU time. */
  readonly one: { readonly perClockS: number; readonly perCpuS: number }
  readonly many: { readonly perClockS: number; readonly perCpuS: number }
  readonly clockRatio: number
  readonly cpuRatio: number
}

/** Rounds before those that count: compilation, and half of the default probation. */
const warmRounds = 2

async function measured(each: Case): Promise<Result> {
  const one = new Contender(each, 1)
  const many = new Contender(each, workers)
  const turns: { one: Taken; many: Taken }[] = []
  for (let round = 0; round < warmRounds + rounds; round++) {
    const records = requestsOf(each, round)
    // Who goes first changes, so that neither always finds the caches of the other.
    const manyFirst = round % 2 === 1 ? await many.take(records) : undefined
    const turn = { one: await one.take(records), many: manyFirst ?? (await many.take(records)) }
    if (round >= warmRounds) turns.push(turn)
  }
  await many.close()
  if (one.reports !== many.reports) fail(`${one.reports} reports, but ${many.reports} with workers`)
  const samples = each.samplesPerRound
  const rate = (of: 'one' | 'many', by: 'clockS' | 'cpuS'): number =>
    samples / median(turns.map((turn) => turn[of][by]))
  const ratio = (by: 'clockS' | 'cpuS'): number =>
    median(turns.map((turn) => turn.one[by] / turn.many[by]))
  return {
    name: each.name,
    one: { perClockS: rate('one', 'clockS'), perCpuS: rate('one', 'cpuS') },
    many: { perClockS: rate('many', 'clockS'), perCpuS: rate('many', 'cpuS') },
    clockRatio: ratio('clockS'),
    cpuRatio: ratio('cpuS'),
  }
}

const results: Result[] = []
for (const each of cases) {
  if (flags.only !== undefined && each.name !== flags.only) continue
  process.stderr.write(`workers: ${each.name}\n`)
  results.push(await measured(each))
}

if (flags.json === true) process.stdout.write(JSON.stringify({ workers, results }) + '\n')
else {
  const thousand = (rate: number): string => `${(rate / 1000).toFixed(0)} k`.padStart(9)
  process.stdout.write(
    `${''.padEnd(18)}a second: 1  ${workers} workers    ratio    a CPU second: 1  ` +
      `${workers} workers    ratio\n`,
  )
  for (const { name, one, many, clockRatio, cpuRatio } of results) {
    const clock = `${thousand(one.perClockS)}  ${thousand(many.perClockS)}`
    const cpu = `${thousand(one.perCpuS)}  ${thousand(many.perCpuS)}`
    process.stdout.write(
      `${name.padEnd(18)}  ${clock}  ${clockRatio.toFixed(2).padStart(5)} ×` +
        `        ${cpu}  ${cpuRatio.toFixed(2).padStart(5)} ×\n`,
    )
  }
}
