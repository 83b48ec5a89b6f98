/**
 * What keeping the past costs, and what asking for it takes.
 *
 *   node bench/speed/history-path.ts [--json] [--series 10000] [--samples 4000000]
 *
 * Write: held observations through catalog, gate, detector (ema, which has a band) and alarm, a
 * round of one sample of every series at a time, in three ways that alternate round by round: with
 * nobody who wants scores; with a report of every score, delivered to a sink that does nothing, as
 * a history behind a delivery would have it; and with the history. Processor time of the scoring
 * thread, medians over rounds: the difference to the first is the price there. What the history's
 * own thread takes is the rest of the process's processor time in the rounds with the history.
 *
 * Size: the file of the third way, sealed, without what is free in it; values of one digit behind
 * the point, a score and a band for each.
 *
 * Ask: samples at ten seconds of 200 series, in a real file, sealed; one series is asked for its
 * last hour, day and week of them in 1200 rows. Median and greatest of 21 questions each.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import type { Observation } from '../../src/core/observation.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { Report, ReportKind } from '../../src/core/report.ts'
import { History } from '../../src/history/history.ts'
import { historyOptions } from '../../src/history/options.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { Series } from '../../src/series/series.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { sealedBytes } from './history/file.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    series: { type: 'string', default: '10000' },
    samples: { type: 'string', default: '4000000' },
  },
})
const seriesCount = Number(flags.series)
const sampleCount = Number(flags.samples)
const startMs = 1_700_000_000_000

/** Rounds that fill probation and warm up, and rounds that are measured in each of three ways. */
const learningRounds = 60
const measuredRounds = Math.max(15, Math.ceil(sampleCount / seriesCount / 3))

function opened(folder: string): Promise<History> {
  return History.open({
    path: join(folder, 'history.db'),
    options: optionsWithDefaults(historyOptions, { diskBytes: 2 ** 40 }),
    sync: 'process',
    telemetry: quietTelemetry,
    clock: { nowMs: () => Date.now() },
  })
}

/** Labels are apart: each holds its series in a slot of its own. */
function labelsOfAll(): Labels[] {
  return Array.from({ length: seriesCount }, (_, i) =>
    Labels.named('cpu', [
      ['__field__', `usage_${i % 4}`],
      ['host', `host-${Math.floor(i / 4)}`],
    ]),
  )
}

function catalogOf(wants: { reportScores: boolean; history?: History }): Catalog {
  const create = detectorFactory('ema', ['filters='])
  const rule = {
    name: 'all',
    detector: 'ema',
    alarm: optionsWithDefaults(alarmOptions),
    gate: optionsWithDefaults(gateOptions),
    assessment: new Assessment(),
    reportScores: wants.reportScores,
    rows: wants.history?.rows,
    stateVersion: 1,
    stateDigest: 0,
  }
  const file = { probationSamples: 50, valueMin: 0, valueMax: 100 }
  const options = optionsWithDefaults(catalogOptions, { limit: seriesCount })
  return new Catalog(options, (labels) => new Series(labels, rule, create(file)), new Ledger())
}

/** A value as a sender writes it: one digit behind the point. */
function observationsOf(labels: readonly Labels[], round: number, random: Random): Observation[] {
  const receivedMs = startMs + round * 1000
  const origin = { partition: 'log', offset: round, receivedMs }
  return labels.map((each, index) => {
    const value = Math.round(500 + 100 * random.uniform()) / 10
    return { labels: each, timestampMs: receivedMs, remainderNs: 0, value, origin, index }
  })
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

interface Way {
  readonly labels: readonly Labels[]
  readonly catalog: Catalog
  readonly roundMs: number[]
  /** What becomes of the reports of a round. */
  readonly deliver: (reports: readonly Report[], round: number) => Promise<void>
}

/** A delivery as any sink of scores has it, before a sink that takes everything at once. */
function deliveryToNobody(): Delivery {
  const sink = {
    accepts: new Set<ReportKind>(['score', 'alarm']),
    write: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const options = { ...optionsWithDefaults(deliveryOptions), whenFull: 'wait' as const }
  const parts = { name: 'nobody', place: 'nobody', sink, options, telemetry: quietTelemetry }
  return new Delivery({ ...parts, clock: systemClock })
}

async function writeCost() {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-bench-'))
  const history = await opened(folder)
  const way = (wants: Parameters<typeof catalogOf>[0], deliver: Way['deliver']): Way => {
    return { labels: labelsOfAll(), catalog: catalogOf(wants), roundMs: [], deliver }
  }
  const never = new AbortController().signal
  const delivery = deliveryToNobody()
  const ways = [
    way({ reportScores: false }, () => Promise.resolve()),
    way({ reportScores: true }, async (reports) => {
      await delivery.offer(reports)
      delivery.mark()
      await delivery.settled(never)
    }),
    way({ reportScores: false, history }, async (reports, round) => {
      await history.offer(reports)
      if (round % 5 !== 4) return
      history.mark()
      await history.settled(never)
    }),
  ]
  const random = new Random(1)
  let otherThreadsMs = 0
  for (let round = 0; round < learningRounds + measuredRounds; round++) {
    for (const { labels, catalog, roundMs, deliver } of ways) {
      const observations = observationsOf(labels, round, random)
      const reports: Report[] = []
      const began = process.cpuUsage()
      const beganHere = process.threadCpuUsage()
      for (const observation of observations) catalog.update(observation, reports)
      await deliver(reports, round)
      const all = process.cpuUsage(began)
      const here = process.threadCpuUsage(beganHere)
      if (catalog === ways[2]?.catalog) {
        otherThreadsMs += (all.user + all.system - here.user - here.system) / 1000
      }
      if (round >= learningRounds) roundMs.push((here.user + here.system) / 1000)
    }
  }
  const ns = ways.map(({ roundMs }) => (median(roundMs) * 1e6) / seriesCount)
  await history.close()
  const samples = seriesCount * (learningRounds + measuredRounds)
  const fileBytes = sealedBytes(join(folder, 'history.db'))
  rmSync(folder, { recursive: true })
  return {
    series: seriesCount,
    plainNs: ns[0] as number,
    reportsNs: ns[1] as number,
    historyNs: ns[2] as number,
    otherThreadsNs: (otherThreadsMs * 1e6) / samples,
    bytesPerSample: fileBytes / samples,
  }
}

/** Series that are asked, and the time between two of their samples. */
const askedSeries = 200
const spacingMs = 10_000

async function askCost() {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-bench-'))
  const history = await opened(folder)
  const random = new Random(2)
  const assessment = new Assessment()
  const numbers = new Uint32Array(askedSeries)
  const rounds = Math.ceil(sampleCount / askedSeries)
  const keys = Array.from({ length: askedSeries }, (_, i) => ({ key: `s${i}` }) as Labels)
  const origin = { partition: 'log', offset: 0, receivedMs: 0 }
  for (let round = 0; round < rounds; round++) {
    const timestampMs = startMs + round * spacingMs
    for (let i = 0; i < askedSeries; i++) {
      const value = Math.round(500 + 100 * random.uniform()) / 10
      const labels = keys[i] as Labels
      assessment.score = random.uniform()
      const sample = { labels, timestampMs, remainderNs: 0, value, origin, index: i }
      numbers[i] = history.rows.take(numbers[i] as number, sample, assessment, 1)
    }
    await history.offer([])
  }
  history.mark()
  await history.settled(new AbortController().signal)
  const toMs = startMs + (rounds - 1) * spacingMs
  const ask = async (rangeMs: number) => {
    const tookMs: number[] = []
    let rows = 0
    for (let i = 0; i < 21; i++) {
      const beganMs = performance.now()
      const fromMs = toMs - rangeMs
      const answer = await history.samples({ key: `s${i * 9}`, fromMs, toMs, points: 1200 })
      tookMs.push(performance.now() - beganMs)
      rows = answer?.columns.value.length ?? 0
    }
    return { medianMs: median(tookMs), mostMs: Math.max(...tookMs), rows }
  }
  const hour = await ask(3_600_000)
  const day = await ask(86_400_000)
  const week = await ask(604_800_000)
  await history.close()
  rmSync(folder, { recursive: true })
  return { samples: rounds * askedSeries, days: (rounds * spacingMs) / 86_400_000, hour, day, week }
}

const write = await writeCost()
const ask = await askCost()
if (flags.json === true) process.stdout.write(JSON.stringify({ write, ask }) + '\n')
else {
  const { plainNs, reportsNs, historyNs, otherThreadsNs, bytesPerSample } = write
  process.stdout.write(
    `score, ${seriesCount} series: ${plainNs.toFixed(0)} ns a sample; ` +
      `with reports delivered ${reportsNs.toFixed(0)}, with the history ` +
      `${historyNs.toFixed(0)} ns\n` +
      `  so a report costs ${(reportsNs - plainNs).toFixed(0)} ns, a row ` +
      `${(historyNs - plainNs).toFixed(0)} ns here and ` +
      `${otherThreadsNs.toFixed(0)} ns on other threads; ` +
      `${bytesPerSample.toFixed(2)} bytes a sample on disk, band included\n`,
  )
  process.stdout.write(`ask, ${ask.samples} samples over ${ask.days.toFixed(1)} days\n`)
  for (const [name, { medianMs, mostMs, rows }] of [
    ['hour', ask.hour],
    ['day', ask.day],
    ['week', ask.week],
  ] as const) {
    process.stdout.write(
      `  ${name.padEnd(5)} ${medianMs.toFixed(1)} ms, at most ${mostMs.toFixed(1)} ms ` +
        `(${rows} rows)\n`,
    )
  }
}
