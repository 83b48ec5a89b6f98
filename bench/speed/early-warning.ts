/**
 * Speed of early warning.
 *
 *   node bench/speed/early-warning.ts [--json] [--rounds 7] [RECORD…]
 *
 * Evaluate: records read from their packed files, judged with learning on, and reported with all
 * intervals and baselines, as `forewarn evaluate` does it; by default the first parts of the
 * recorded shops, 22 metrics. CPU microseconds a second of data and how many times as fast as the
 * data came, in the first round, compilation included, and the median of the others.
 *
 * Live: one detector on the 10 metrics of a simulated shop, a record at a time with its assessment
 * and its warnings, without futures and with it; CPU microseconds a second of data.
 *
 * Beside both runs what one would write first, alternated round by round: lines split as text, and
 * the objective's metric extended by least squares over its last 20 samples.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { readRecord, simulatedRecord } from '../../src/cli/evaluate-input.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { EarlyWarningDetector, earlyWarningOptions } from '../../src/detectors/early-warning.ts'
import { futuresMaker } from '../../src/detectors/htm/futures.ts'
import { warningReport } from '../../src/evaluation/warning-report.ts'
import { warnedRun } from '../../src/evaluation/warning-run.ts'
import { gradualFaults } from '../../src/testbed/fault.ts'

const { values: flags, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '7' } },
  allowPositionals: true,
})
const recordings = fileURLToPath(new URL('../../testbed/recordings', import.meta.url))
const recorded = ['shop-101', 'shop-102', 'shop-103'].map((shop) =>
  join(recordings, shop, 'part-1'),
)
const folders = positionals.length > 0 ? positionals : recorded
const rounds = Number(flags.rounds)

const limit = 100
const horizonSamples = 50
const rule = { threshold: 0.85, confirmSamples: 3, horizonSamples }
const liveSeconds = 7200
const startMs = 1_700_000_000_000

type RoundName = 'read' | 'judge' | 'report' | 'plain' | 'live' | 'futures' | 'plainLive'

/** What one round took, CPU microseconds a second of data. */
type Round = Readonly<Record<RoundName, number>>

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Runs it and says what it took, and what came of it. */
function timed<T>(run: () => T): { took: number; value: T } {
  const before = cpuMicroseconds()
  const value = run()
  return { took: cpuMicroseconds() - before, value }
}

const judged = (
  record: ReturnType<typeof readRecord>,
): Parameters<typeof warningReport>[0][number] => {
  const objective = { metric: 'mean', limit, holdSamples: 3 }
  const options = { metrics: record.metrics, objective, horizonSamples, seed: 1 }
  return { ...warnedRun(record.rows, options), faults: record.faults }
}

/** How many seconds the line through the last 20 values is over the limit at the horizon. */
function plainLine(values: readonly number[]): number {
  let over = 0
  for (let at = 19; at < values.length; at++) {
    const window = values.slice(at - 19, at + 1)
    const mean = window.reduce((sum, value) => sum + value, 0) / 20
    const slope = window.reduce((sum, value, i) => sum + (i - 9.5) * (value - mean), 0) / 665
    if (mean + slope * (9.5 + horizonSamples) >= limit) over++
  }
  return over
}

function plainMeans(folder: string): number[] {
  const lines = (name: string): string[] =>
    gunzipSync(readFileSync(join(folder, `${name}.gz`)))
      .toString()
      .split('\n')
  const byEpoch = new Map<string, number[]>()
  for (const line of lines('responsetime')) {
    const [millis = '', epoch = ''] = line.split(',')
    byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), Number(millis)])
  }
  const epochs = lines('stats').map((line) => line.split(',')[0] ?? '')
  return epochs.map((epoch) => {
    const millis = byEpoch.get(epoch) ?? [limit]
    return millis.reduce((sum, value) => sum + value, 0) / millis.length
  })
}

const simulated = simulatedRecord({ seconds: liveSeconds, faults: gradualFaults, seed: 1 }, limit)
const liveRows = Array.from(simulated.rows, (row) => row.slice())
const meanIndex = simulated.metrics.indexOf('mean')

const newFutures = futuresMaker()

function live(futures: 'off' | 'htm'): number {
  const options = optionsWithDefaults(earlyWarningOptions, { metric: 'mean', limit, futures })
  const detector = new EarlyWarningDetector(options, 1, simulated.metrics, newFutures)
  const assessment = new Assessment()
  let told = 0
  liveRows.forEach((row, at) => {
    assessment.clear()
    detector.update(startMs + 1000 * at, row, 'on', assessment)
    told += detector.warnings().length
  })
  return told
}

function round(): Round & { readonly seconds: number } {
  const read = timed(() => {
    return folders.map((folder) => readRecord(folder, limit))
  })
  const judge = timed(() => read.value.map(judged))
  const report = timed(() => warningReport(judge.value, rule, 3))
  const plain = timed(() => folders.map((folder) => plainLine(plainMeans(folder))))
  const own = timed(() => live('off'))
  const foreseeing = timed(() => live('htm'))
  const plainOwn = timed(() => plainLine(liveRows.map((row) => row[meanIndex]!)))
  if (own.value === 0) throw new Error('nothing was told of a shop that breaks')
  const { seconds } = report.value
  return {
    seconds,
    read: read.took / seconds,
    judge: judge.took / seconds,
    report: report.took / seconds,
    plain: plain.took / seconds,
    live: own.took / liveSeconds,
    futures: foreseeing.took / liveSeconds,
    plainLive: plainOwn.took / liveSeconds,
  }
}

const all = Array.from({ length: rounds }, round)
const middleOf = (of: (round: Round) => number): number =>
  all
    .slice(1)
    .map(of)
    .toSorted((a, b) => a - b)[(rounds - 1) >> 1]!
const evaluation = ({ read, judge, report }: Round): number => read + judge + report
const [first] = all as [(typeof all)[number]]
const results = {
  seconds: first.seconds,
  coldMicroseconds: evaluation(first),
  evaluateMicroseconds: middleOf(evaluation),
  readMicroseconds: middleOf(({ read }) => read),
  judgeMicroseconds: middleOf(({ judge }) => judge),
  reportMicroseconds: middleOf(({ report }) => report),
  evaluateToPlain: middleOf((each) => evaluation(each) / each.plain),
  liveMicroseconds: middleOf(({ live: own }) => own),
  futuresMicroseconds: middleOf(({ futures }) => futures),
  liveToPlain: middleOf(({ live: own, plainLive }) => own / plainLive),
}

if (flags.json === true) process.stdout.write(JSON.stringify(results) + '\n')
else {
  const times = (microseconds: number): string => `${Math.round(1e6 / microseconds)} × real time`
  const row = (name: string, microseconds: number, more: string): string =>
    `${name.padEnd(34)}${microseconds.toFixed(1).padStart(8)} µs  ${more}\n`
  const { coldMicroseconds, evaluateMicroseconds, evaluateToPlain, liveToPlain } = results
  const plain = (ratio: number): string => `${ratio.toFixed(2)} of the plain one's time`
  process.stdout.write(
    `CPU time a second of data; ${results.seconds} s of records\n` +
      row('evaluate, the first time', coldMicroseconds, times(coldMicroseconds)) +
      row(
        'evaluate',
        evaluateMicroseconds,
        `${times(evaluateMicroseconds)}; ${plain(evaluateToPlain)}`,
      ) +
      row('  read', results.readMicroseconds, '') +
      row('  judge', results.judgeMicroseconds, '') +
      row('  report', results.reportMicroseconds, '') +
      row('live, 10 metrics', results.liveMicroseconds, plain(liveToPlain)) +
      row('  with futures: htm', results.futuresMicroseconds, ''),
  )
}
