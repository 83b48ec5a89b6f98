/**
 * What the numbers inside `auto` are worth, and what choosing them is worth.
 *
 *   node bench/accuracy/designs.ts --data DIR [--drawn 40]
 *
 * One at a time: each number of its design (src/detectors/auto/design.ts) a step lower and higher.
 * Then so many designs drawn from all steps together, and the nested split-half score of them all:
 * the design that is best on one half of the files scores the other. NAB is at the default
 * threshold, KPI is F1 of the alarm stream, and a design is the better one by
 *
 *   NAB standard / 100 + F1 of the KPI alarm stream       on the half at hand, of both
 */

import { parseArgs } from 'node:util'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import { Auto } from '../../src/detectors/auto.ts'
import type { AutoDesign } from '../../src/detectors/auto/design.ts'
import { autoDesign } from '../../src/detectors/auto/design.ts'
import { autoOptions } from '../../src/detectors/auto/options.ts'
import { alarmsStarted } from '../../src/evaluation/alarm-rows.ts'
import type { LabelledSeries, ScoredSeries } from '../../src/evaluation/corpus.ts'
import { readKpiCorpus, runsOfOnes } from '../../src/evaluation/label-corpora.ts'
import type { NabFileScore } from '../../src/evaluation/nab.ts'
import { nabFileScores, nabFinalScore, nabProfiles, nabRows } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { kpiRule } from '../../src/evaluation/segment-report.ts'
import type { SegmentScore } from '../../src/evaluation/segments.ts'
import { segmentScore } from '../../src/evaluation/segments.ts'
import { halfChoices } from '../../src/evaluation/split-half.ts'
import { corporaFolder } from '../corpora.ts'

/** Each number as it is, and a step to either side. */
const steps: Readonly<Record<keyof AutoDesign, readonly number[]>> = {
  pairSteps: [9, 10, 11, 12],
  levelSteps: [14, 16, 20, 40],
  timeSteps: [8, 10, 12, 15],
  hourSteps: [12, 15, 18],
  refitSamples: [50, 90, 97, 100, 103, 110],
  fittedSamplesMin: [1, 50, 70],
  timeKnownDays: [1, 4, 7, 10],
  standstillDecades: [8, 12, 16, Infinity],
  ripeSamples: [2500, 5000, 10_000],
  unexplainedMax: [0.35, 0.45, 0.55],
  sharpThreshold: [1.2, 1.3, 1.4],
  restShare: [0.2, 0.3, 0.4],
}

const seed = 1
const averagedSamples = 5
const fiveMinutesMs = 300_000
const rule = optionsWithDefaults(alarmOptions)
const [standard] = nabProfiles

/** What one design gives, file by file; windows of NAB by file. */
interface Found {
  readonly design: AutoDesign
  readonly nab: readonly (readonly NabFileScore[])[]
  readonly kpi: readonly SegmentScore[]
}

const { values: flags } = parseArgs({
  options: { data: { type: 'string' }, drawn: { type: 'string', default: '40' } },
})
const folder = flags.data ?? corporaFolder()
const nab = readNabCorpus(folder)
const kpi = readKpiCorpus(folder)
const windows = nab.map((series) => nabRows([{ series, scores: blank(series) }]).windowCount)

function blank(series: LabelledSeries): Float64Array {
  return new Float64Array(series.values.length)
}

function run(
  corpus: readonly LabelledSeries[],
  design: AutoDesign,
  head: 'alarm' | 'score' = 'alarm',
): readonly ScoredSeries[] {
  const options = optionsWithDefaults(autoOptions, { head })
  return runDetector(({ probationSamples }) => {
    return new Auto({ ...options, probationSamples: probationSamples ?? 1 }, design)
  }, corpus).files
}

function found(design: AutoDesign): Found {
  const rows = nabRows(run(nab, design))
  const alarms = run(kpi, design).map((file) => alarmsStarted(file, rule))
  return {
    design,
    nab: nabProfiles.map((profile) => nabFileScores(rows, nab.length, rule.threshold, profile)),
    kpi: alarms.map((alarmed) => segmentScore([alarmed], kpiRule.delayRowsMax)),
  }
}

const everyNab = new Uint8Array(nab.length).fill(1)
const everyKpi = new Uint8Array(kpi.length).fill(1)

/** A choice of files and what is to be taken of them. */
type Part = readonly [Found, Uint8Array]

/** The NAB score of parts that together hold files once at most. */
function nabScore(parts: readonly Part[], profile: number): number {
  let raw = 0
  let count = 0
  for (const [{ nab: files }, chosen] of parts) {
    files[profile]?.forEach(({ score }, file) => (raw += score * (chosen[file] ?? 0)))
    windows.forEach((each, file) => (count += each * (chosen[file] ?? 0)))
  }
  return nabFinalScore(raw, count, nabProfiles[profile] ?? standard)
}

function kpiF1(parts: readonly Part[]): number {
  let right = 0
  let wrong = 0
  for (const [{ kpi: files }, chosen] of parts) {
    files.forEach(({ truePositives, falsePositives, falseNegatives }, file) => {
      right += 2 * truePositives * (chosen[file] ?? 0)
      wrong += (falsePositives + falseNegatives) * (chosen[file] ?? 0)
    })
  }
  return right / (right + wrong)
}

function line(name: string, each: Found): string {
  const scores = nabProfiles.map((_, profile) => nabScore([[each, everyNab]], profile).toFixed(2))
  return `${name.padEnd(28)} ${scores.join('  ')}  ${kpiF1([[each, everyKpi]]).toFixed(3)}\n`
}

/** KPI with five samples averaged into one, except the series that has five minutes already. */
function averaged(series: LabelledSeries): LabelledSeries {
  const { name, timestampsMs, values, ranges } = series
  if ((timestampsMs[1] ?? 0) - (timestampsMs[0] ?? 0) >= fiveMinutesMs) return series
  const rows = Math.trunc(values.length / averagedSamples)
  const labels = new Uint8Array(rows)
  for (const { firstRow, lastRow } of ranges) {
    const last = Math.trunc(lastRow / averagedSamples)
    labels.fill(1, Math.trunc(firstRow / averagedSamples), last + 1)
  }
  return {
    name,
    timestampsMs: timestampsMs.filter((_, row) => row % averagedSamples === 0).subarray(0, rows),
    values: Float64Array.from({ length: rows }, (_, row) => {
      const first = row * averagedSamples
      return mean(values.subarray(first, first + averagedSamples))
    }),
    ranges: runsOfOnes(labels),
  }
}

function mean(of: Float64Array): number {
  return of.reduce((sum, value) => sum + value / of.length, 0)
}

const slow = kpi.map(averaged)
const slowF1 = (['alarm', 'score'] as const).map((head) => {
  const alarms = run(slow, autoDesign, head).map((file) => alarmsStarted(file, rule))
  return segmentScore(alarms, kpiRule.delayRowsMax).f1.toFixed(3)
})
process.stdout.write(
  `KPI averaged to five minutes: alarm stream ${slowF1[0]}, of the score head ${slowF1[1]}\n\n`,
)

process.stdout.write(`${'design'.padEnd(28)} NAB standard, low FP, low FN; KPI alarm stream\n`)
const asItIs = found(autoDesign)
process.stdout.write(line('as it is', asItIs))
const all = [asItIs]
const names = Object.keys(steps) as (keyof AutoDesign)[]
for (const name of names) {
  for (const value of steps[name]) {
    if (value === autoDesign[name]) continue
    const each = found({ ...autoDesign, [name]: value })
    all.push(each)
    process.stdout.write(line(`${name} ${value}`, each))
  }
}

const random = new Random(seed)
for (let drawn = 0; drawn < Number(flags.drawn); drawn++) {
  const pairs = names.map((name) => [name, steps[name][random.below(steps[name].length)]])
  all.push(found({ ...autoDesign, ...(Object.fromEntries(pairs) as Partial<AutoDesign>) }))
}
const drawn = all.slice(-Number(flags.drawn))
const scores = drawn.map((each) => nabScore([[each, everyNab]], 0)).sort((a, b) => a - b)
const average = mean(Float64Array.from(scores))
const range = `from ${scores[0]?.toFixed(2)} to ${scores.at(-1)?.toFixed(2)}`
process.stdout.write(
  `\n${drawn.length} drawn: NAB standard ${average.toFixed(2)} on the mean, ${range}\n`,
)

// Files of both corpora in one row, so that a half is a half of both.
const files = nab.length + kpi.length
const worth = (design: number, half: Uint8Array): number => {
  const each = all[design] ?? asItIs
  const ofNab = nabScore([[each, half.subarray(0, nab.length)]], 0)
  const ofKpi = kpiF1([[each, half.subarray(nab.length)]])
  return ofNab / 100 + (Number.isNaN(ofKpi) ? 0 : ofKpi)
}
const sums = [0, 0, 0, 0]
const choices = halfChoices(files, all.length, worth, seed)
for (const pair of choices) {
  const parts = pair.map(({ chosen, judgedOn }): Part => [all[chosen] ?? asItIs, judgedOn])
  const ofNab = parts.map(([each, half]): Part => [each, half.subarray(0, nab.length)])
  const ofKpi = parts.map(([each, half]): Part => [each, half.subarray(nab.length)])
  nabProfiles.forEach((_, profile) => {
    sums[profile] = (sums[profile] ?? 0) + nabScore(ofNab, profile) / choices.length
  })
  sums[3] = (sums[3] ?? 0) + kpiF1(ofKpi) / choices.length
}
const [a = NaN, b = NaN, c = NaN, f1 = NaN] = sums
process.stdout.write(
  `nested split-half of ${all.length} designs: ${[a, b, c].map((x) => x.toFixed(2)).join('  ')}  ` +
    `${f1.toFixed(3)}\n`,
)
