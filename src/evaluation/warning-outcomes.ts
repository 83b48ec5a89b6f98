/**
 * What a warning was worth. All times are in samples, here seconds.
 *
 *   breach     from its onset to its end (warning/objective.ts); samples of it are not judged
 *   warning    told at t, where P has been at or over the threshold for `confirm` judged samples in
 *              a row; one over the limit that is no breach is not judged, and ends no row. It says
 *              that a breach begins within the horizon W, so it stands until t + W or until the
 *              breach, and no other is told meanwhile. If P is still over the threshold at t + W,
 *              it is told again
 *   run        warnings told one after the other without a pause
 *   true       a warning told at t with a breach that begins in (t, t + W]
 *   false      any other warning
 *   missed     a breach without a warning told in the W samples before its onset
 *   lead time  from the first warning of the run that was standing at the onset to the onset
 *
 *   precision  true warnings / warnings         recall  1 - missed / breaches
 *
 * Two more views are of every judged sample: the seed's four counts (was P over the threshold; did
 * a breach begin within W), and calibration (P against what came). Where the record ends before
 * its horizon is over, what was told is not counted.
 */

import type { WarningRule } from '../warning/warning-watch.ts'

/** What is judged: one entry a sample. */
export interface WarnedRecord {
  /** P(breach begins within the horizon); NaN where a breach is under way. */
  readonly probabilities: Float64Array
  /** Onsets of breaches, ascending. */
  readonly onsets: readonly number[]
}

/** One warning. */
export interface ToldWarning {
  readonly at: number
  /** When the first warning of its run was told. */
  readonly runStart: number
  readonly isTrue: boolean
}

/** A breach that began. */
export interface JudgedBreach {
  readonly onset: number
  /** Its lead time; NaN where it was missed. */
  readonly lead: number
}

/** What became of one record. */
export interface WarningOutcome {
  readonly told: readonly ToldWarning[]
  readonly breaches: readonly JudgedBreach[]
  readonly counts: SampleCounts
}

/** Of every judged sample: warned and breach, warned and none, neither, breach alone. */
export interface SampleCounts {
  readonly truePositives: number
  readonly falsePositives: number
  readonly trueNegatives: number
  readonly falseNegatives: number
}

/** For each sample the onset of the next breach after it; Infinity where none follows. */
function nextOnsets(samples: number, onsets: readonly number[]): Float64Array {
  const next = new Float64Array(samples).fill(Infinity)
  let following = Infinity
  let index = onsets.length - 1
  for (let sample = samples - 1; sample >= 0; sample--) {
    next[sample] = following
    while (index >= 0 && (onsets[index] as number) >= sample) following = onsets[index--] as number
  }
  return next
}

/** Every warning that was told and whose horizon the record covers. */
export function toldWarnings(record: WarnedRecord, rule: WarningRule): ToldWarning[] {
  const { probabilities, onsets } = record
  const { threshold, horizonSamples, confirmSamples } = rule
  const next = nextOnsets(probabilities.length, onsets)
  let row = 0
  const told: ToldWarning[] = []
  const broken = new Set(onsets)
  let standsUntil = -1
  let runStart = -1
  for (let at = 0; at < probabilities.length; at++) {
    const probability = probabilities[at] as number
    if (broken.has(at)) {
      standsUntil = -1
      row = 0
    }
    // Not judged: a single second over the limit neither adds to a row nor ends it.
    if (Number.isNaN(probability)) continue
    row = probability >= threshold ? row + 1 : 0
    if (at < standsUntil || row < confirmSamples) continue
    // Told again at the very moment at which the one before ended: the same run.
    if (at !== standsUntil) runStart = at
    standsUntil = at + horizonSamples
    const isTrue = (next[at] as number) <= at + horizonSamples
    if (isTrue || standsUntil < probabilities.length) told.push({ at, runStart, isTrue })
  }
  return told
}

/** See the head of the file. */
export function warningOutcome(record: WarnedRecord, rule: WarningRule): WarningOutcome {
  const told = toldWarnings(record, rule)
  let index = 0
  const breaches = record.onsets.map((onset) => {
    let standing: ToldWarning | undefined
    while (index < told.length && (told[index]?.at ?? Infinity) < onset) standing = told[index++]
    const found = standing !== undefined && standing.at >= onset - rule.horizonSamples
    return { onset, lead: found ? onset - (standing?.runStart ?? NaN) : NaN }
  })
  return { told, breaches, counts: sampleCounts(record, rule) }
}

function sampleCounts({ probabilities, onsets }: WarnedRecord, rule: WarningRule): SampleCounts {
  const { threshold, horizonSamples } = rule
  const next = nextOnsets(probabilities.length, onsets)
  const counts = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 }
  for (let at = 0; at < probabilities.length; at++) {
    const probability = probabilities[at] as number
    const breaks = (next[at] as number) <= at + horizonSamples
    if (Number.isNaN(probability)) continue
    if (!breaks && at + horizonSamples >= probabilities.length) continue
    if (probability >= threshold) counts[breaks ? 'truePositives' : 'falsePositives']++
    else counts[breaks ? 'falseNegatives' : 'trueNegatives']++
  }
  return counts
}

/** P and outcome of every judged sample whose horizon the record covers. */
export function forEachJudged(
  { probabilities, onsets }: WarnedRecord,
  horizonSamples: number,
  call: (probability: number, outcome: 0 | 1, at: number) => void,
): void {
  const next = nextOnsets(probabilities.length, onsets)
  for (let at = 0; at < probabilities.length; at++) {
    const probability = probabilities[at] as number
    const breaks = (next[at] as number) <= at + horizonSamples
    if (Number.isNaN(probability)) continue
    if (breaks) call(probability, 1, at)
    else if (at + horizonSamples < probabilities.length) call(probability, 0, at)
  }
}
