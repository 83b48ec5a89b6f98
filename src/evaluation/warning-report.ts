/**
 * The report on warnings: how many were right, how many breaches they found, how early, and whether
 * probabilities mean what they say. Accuracy alone is not in it: where breaches are rare, to warn
 * never is 98 % accurate.
 *
 * Intervals are 95 %, by drawing hours with replacement: seconds of one hour hang together. Where
 * there is less than a day, stretches of ten minutes are drawn, longer than most faults.
 */

import type { WarningRule } from '../warning/warning-watch.ts'
import { ascending, bootstrapEstimates, ranked } from './bootstrap.ts'
import type { Estimate } from './bootstrap.ts'
import { faultReport } from './fault-report.ts'
import type { FaultReport } from './fault-report.ts'
import { forEachJudged, warningOutcome } from './warning-outcomes.ts'
import type { SampleCounts, WarningOutcome } from './warning-outcomes.ts'
import { warningMethods } from './warning-run.ts'
import type { WarnedRun, WarningMethod } from './warning-run.ts'

/** One method judged by one rule. Times are in seconds. */
export interface MethodReport {
  readonly method: WarningMethod
  readonly warnings: number
  readonly trueWarnings: number
  readonly breaches: number
  readonly foundBreaches: number
  readonly precision: Estimate
  readonly recall: Estimate
  readonly f1: Estimate
  readonly falseAnHour: Estimate
  readonly leadMedian: Estimate
  readonly leadP10: Estimate
  readonly brier: Estimate
  /** Mean over samples of |P - share|, in ten bins of P. */
  readonly calibrationError: Estimate
  readonly counts: SampleCounts
}

/** One bin of P: what was said on average, and what came. */
export interface ReliabilityRow {
  readonly from: number
  readonly to: number
  readonly samples: number
  readonly said: number
  readonly came: number
}

/** One threshold. */
export interface TradeOffRow {
  readonly threshold: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly falseAnHour: number
  readonly leadMedian: number
}

export interface WarningReport {
  readonly seconds: number
  readonly rule: WarningRule
  readonly methods: readonly MethodReport[]
  readonly reliability: readonly ReliabilityRow[]
  readonly tradeOff: readonly TradeOffRow[]
  readonly faults: FaultReport
  /** Lead times of the breaches that were found, ascending. */
  readonly leads: readonly number[]
}

/** Lengths that are drawn, and from how much on the longer one. */
const hourSeconds = 3600
const shortBlockSeconds = 600
const daySeconds = 86_400
const binCount = 10
const thresholds = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99]
/** Of the draws of the intervals; any will do. */
const drawSeed = 1

/** Counts of one hour. */
interface Block {
  seconds: number
  warnings: number
  trueWarnings: number
  breaches: number
  readonly leads: readonly number[]
  squaredErrors: number
  judged: number
  /** By bin of P: samples, sum of P, breaches. */
  readonly bins: Float64Array
}

const emptyBlock = (): Block & { leads: number[] } => ({
  seconds: 0,
  warnings: 0,
  trueWarnings: 0,
  breaches: 0,
  leads: [],
  squaredErrors: 0,
  judged: 0,
  bins: new Float64Array(3 * binCount),
})

/** See the head of the file. */
export function warningReport(
  runs: readonly WarnedRun[],
  rule: WarningRule,
  holdSamples: number,
): WarningReport {
  const own = runs.flatMap((run) => blocksOf(run, 'forewarn', rule))
  const sum = pooled(own, undefined)
  // Baselines say yes or no, and are taken at their word at once.
  const ruleOf = (method: WarningMethod): WarningRule =>
    method === 'forewarn' ? rule : { ...rule, confirmSamples: 1 }
  const seconds = runs.reduce((total, { samples }) => total + samples, 0)
  const stretchSeconds = seconds < daySeconds ? shortBlockSeconds : hourSeconds
  return {
    seconds,
    rule,
    methods: warningMethods.map((method) => {
      return methodReport(runs, method, ruleOf(method), stretchSeconds)
    }),
    reliability: reliabilityRows(sum),
    tradeOff: thresholds.map((threshold) => tradeOffRow(runs, { ...rule, threshold })),
    faults: faultReport(runs, { ruleOf, holdSamples, stretchSeconds, seed: drawSeed }),
    leads: sum.leads,
  }
}

function blocksOf(
  run: WarnedRun,
  method: WarningMethod,
  rule: WarningRule,
  blockSeconds = hourSeconds,
): Block[] {
  const record = run.records[method]
  const { told, breaches } = warningOutcome(record, rule)
  const count = Math.max(1, Math.ceil(run.samples / blockSeconds))
  const blocks = Array.from({ length: count }, emptyBlock)
  const block = (at: number): (typeof blocks)[number] => blocks[Math.floor(at / blockSeconds)]!
  for (let i = 0; i < count; i++) {
    const left = run.samples - i * blockSeconds
    ;(blocks[i] as Block).seconds = Math.min(blockSeconds, left)
  }
  for (const { at, isTrue } of told) {
    block(at).warnings++
    if (isTrue) block(at).trueWarnings++
  }
  for (const { onset, lead } of breaches) {
    block(onset).breaches++
    if (!Number.isNaN(lead)) block(onset).leads.push(lead)
  }
  forEachJudged(record, rule.horizonSamples, (probability, outcome, at) => {
    const { bins } = block(at)
    block(at).judged++
    block(at).squaredErrors += (probability - outcome) ** 2
    const bin = 3 * Math.min(binCount - 1, Math.floor(probability * binCount))
    bins[bin]! += 1
    bins[bin + 1]! += probability
    bins[bin + 2]! += outcome
  })
  return blocks
}

/** All blocks together, each as often as it was drawn; undefined: once. Leads ascend. */
function pooled(blocks: readonly Block[], drawn: Uint32Array | undefined): Block {
  const sum = emptyBlock()
  blocks.forEach((block, i) => {
    const times = drawn === undefined ? 1 : (drawn[i] as number)
    if (times === 0) return
    sum.seconds += times * block.seconds
    sum.warnings += times * block.warnings
    sum.trueWarnings += times * block.trueWarnings
    sum.breaches += times * block.breaches
    sum.squaredErrors += times * block.squaredErrors
    sum.judged += times * block.judged
    for (let time = 0; time < times; time++) sum.leads.push(...block.leads)
    for (let bin = 0; bin < block.bins.length; bin++) sum.bins[bin]! += times * block.bins[bin]!
  })
  return { ...sum, leads: ascending(sum.leads) }
}

const precisionOf = ({ trueWarnings, warnings }: Block): number => trueWarnings / warnings
const recallOf = ({ leads, breaches }: Block): number => leads.length / breaches
const falseAnHourOf = ({ warnings, trueWarnings, seconds }: Block): number =>
  (warnings - trueWarnings) / (seconds / 3600)

function f1Of(block: Block): number {
  const [precision, recall] = [precisionOf(block), recallOf(block)]
  return (2 * precision * recall) / (precision + recall)
}

const brierOf = ({ squaredErrors, judged }: Block): number => squaredErrors / judged

function calibrationErrorOf({ bins, judged }: Block): number {
  let sum = 0
  for (let bin = 0; bin < binCount; bin++) sum += Math.abs(bins[3 * bin + 1]! - bins[3 * bin + 2]!)
  return sum / judged
}

/** All that has an interval, so that each draw is summed up once. */
function statisticsOf(block: Block): number[] {
  return [
    precisionOf(block),
    recallOf(block),
    f1Of(block),
    falseAnHourOf(block),
    ranked(block.leads, 0.5),
    ranked(block.leads, 0.1),
    brierOf(block),
    calibrationErrorOf(block),
  ]
}

function methodReport(
  runs: readonly WarnedRun[],
  method: WarningMethod,
  rule: WarningRule,
  blockSeconds: number,
): MethodReport {
  const blocks = runs.flatMap((run) => blocksOf(run, method, rule, blockSeconds))
  const all = pooled(blocks, undefined)
  const estimates = bootstrapEstimates(
    blocks.length,
    (drawn) => statisticsOf(pooled(blocks, drawn)),
    drawSeed,
  )
  const estimate = (statistic: number): Estimate => estimates[statistic]!
  return {
    method,
    warnings: all.warnings,
    trueWarnings: all.trueWarnings,
    breaches: all.breaches,
    foundBreaches: all.leads.length,
    precision: estimate(0),
    recall: estimate(1),
    f1: estimate(2),
    falseAnHour: estimate(3),
    leadMedian: estimate(4),
    leadP10: estimate(5),
    brier: estimate(6),
    calibrationError: estimate(7),
    counts: summedCounts(runs.map((run) => warningOutcome(run.records[method], rule))),
  }
}

function summedCounts(outcomes: readonly WarningOutcome[]): SampleCounts {
  const sum = (of: (counts: SampleCounts) => number): number =>
    outcomes.reduce((total, { counts }) => total + of(counts), 0)
  return {
    truePositives: sum(({ truePositives }) => truePositives),
    falsePositives: sum(({ falsePositives }) => falsePositives),
    trueNegatives: sum(({ trueNegatives }) => trueNegatives),
    falseNegatives: sum(({ falseNegatives }) => falseNegatives),
  }
}

function reliabilityRows({ bins }: Block): ReliabilityRow[] {
  return Array.from({ length: binCount }, (_, bin) => {
    const samples = bins[3 * bin]!
    return {
      from: bin / binCount,
      to: (bin + 1) / binCount,
      samples,
      said: bins[3 * bin + 1]! / samples,
      came: bins[3 * bin + 2]! / samples,
    }
  })
}

function tradeOffRow(runs: readonly WarnedRun[], rule: WarningRule): TradeOffRow {
  const all = pooled(
    runs.flatMap((run) => blocksOf(run, 'forewarn', rule)),
    undefined,
  )
  return {
    threshold: rule.threshold,
    precision: precisionOf(all),
    recall: recallOf(all),
    f1: f1Of(all),
    falseAnHour: falseAnHourOf(all),
    leadMedian: ranked(all.leads, 0.5),
  }
}
