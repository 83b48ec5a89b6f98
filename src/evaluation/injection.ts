/**
 * Faults put into series whose past is known, to see which are noticed and how soon.
 *
 *   step            everything higher by k d from here on
 *   spike           one sample higher by k d
 *   drift           higher by k d after 144 samples, on a straight line, and then for good
 *   variance        noise of k d / 2 added
 *   flat            stuck at the last value
 *   no-season       the season gone: what is left is the mean of the day before and noise of d
 *   phase           the season late by so many hours
 *
 * d is the unforeseeable part of a series, k one of 3, 6, 12. From the median step between
 * neighbours,
 *
 *   d = 1.4826 median |x_t - x_{t-1}| / √2          or, where that is 0, the standard deviation
 *
 * The last two are put only into series with a season: those whose correlation with the day before
 * is over .5. A fault is noticed if a row is alarmed from its first row on, within its span: a day,
 * two rows for a spike. As noise is alarmed too, the same span without the fault is judged as well.
 *
 * The detector runs over the past once; for each fault a copy of it goes on from its snapshot.
 *
 * Cost: a run over each carrier and a day for each fault.
 */

import { Assessment } from '../core/assessment.ts'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector } from '../detectors/detector.ts'
import type { LabelledSeries } from './corpus.ts'
import { probationSamplesOf, valueRange } from './corpus.ts'
import type { DetectorFactory } from './run.ts'

const dayMs = 86_400_000
const driftRows = 144
/** A day of five minutes. */
const spanRows = 288
const spikeSpanRows = 2
/** Rows before the end of a carrier at which its fault begins: the span and a late season. */
const reserveRows = spanRows + driftRows
const seasonCorrelationMin = 0.5

/** A kind of fault and its size; hours for `phase`, 0 where there is no size. */
export interface Fault {
  readonly kind: 'step' | 'spike' | 'drift' | 'variance' | 'flat' | 'no-season' | 'phase'
  readonly size: number
}

const sizes = [3, 6, 12] as const
const sized = ['step', 'spike', 'drift', 'variance'] as const

/** Every fault that is tried. */
export const faults: readonly Fault[] = [
  ...sized.flatMap((kind) => sizes.map((size): Fault => ({ kind, size }))),
  { kind: 'flat', size: 0 },
  { kind: 'no-season', size: 0 },
  ...sizes.map((size): Fault => ({ kind: 'phase', size })),
]

/** How often a fault was noticed. */
export interface FaultOutcome extends Fault {
  readonly carriers: number
  /** Share of carriers in which it was noticed; NaN of none. */
  readonly recall: number
  /** The same without the fault. */
  readonly by_chance: number
  /** Median rows from its first to the first alarmed one, where it was noticed; NaN of none. */
  readonly delay_rows: number
}

/** Where a fault can be put. */
interface Carrier {
  readonly series: LabelledSeries
  readonly firstRow: number
  readonly deviation: number
  readonly dayRows: number
  readonly seasonal: boolean
}

/** Puts every fault into every carrier; rows whose score is at or over `threshold` are alarmed. */
export function injectionOutcomes(
  carriers: readonly LabelledSeries[],
  factory: DetectorFactory,
  threshold: number,
  progress: (done: number) => void = () => undefined,
): FaultOutcome[] {
  const delays = faults.map((): number[] => [])
  const byChance = faults.map(() => 0)
  const tried = faults.map(() => 0)
  carriers.forEach((series, c) => {
    const carrier = carrierOf(series)
    if (carrier === undefined) return
    const past = new Past(carrier, factory)
    const unharmed = past.firstAlarm(series.values, spanRows, threshold)
    faults.forEach((fault, f) => {
      if (needsSeason(fault) && !carrier.seasonal) return
      const span = fault.kind === 'spike' ? spikeSpanRows : spanRows
      const values = harmed(carrier, fault, new Random(c * faults.length + f))
      const delay = past.firstAlarm(values, span, threshold)
      tried[f]!++
      if (delay >= 0) delays[f]!.push(delay)
      if (unharmed >= 0 && unharmed < span) byChance[f]!++
    })
    progress(c + 1)
  })
  return faults.map(({ kind, size }, f) => ({
    kind,
    size,
    carriers: tried[f]!,
    recall: delays[f]!.length / tried[f]!,
    by_chance: byChance[f]! / tried[f]!,
    delay_rows: median(delays[f]!),
  }))
}

function needsSeason({ kind }: Fault): boolean {
  return kind === 'no-season' || kind === 'phase'
}

/** Undefined for a series too short for a day of past behind its probation. */
function carrierOf(series: LabelledSeries): Carrier | undefined {
  const { values, timestampsMs } = series
  const firstRow = values.length - reserveRows
  const steps = differences(timestampsMs.subarray(0, Math.max(0, firstRow)))
  const dayRows = Math.round(dayMs / Math.max(1, median(steps)))
  if (firstRow < probationSamplesOf(values.length) + spanRows) return undefined
  const past = values.subarray(0, firstRow)
  const deviation = (1.4826 * median(differences(past).map(Math.abs))) / Math.SQRT2
  const seasonal =
    dayRows >= 12 && dayRows * 2 < firstRow && lagCorrelation(past, dayRows) > seasonCorrelationMin
  return {
    series,
    firstRow,
    deviation: deviation > 0 ? deviation : deviationOf(past),
    dayRows,
    seasonal,
  }
}

/** The values with a fault from `firstRow` on. */
export function harmed(
  { series, firstRow, deviation, dayRows }: Carrier,
  { kind, size }: Fault,
  random: Random,
): Float64Array {
  const { values } = series
  const from = values.subarray(0, firstRow)
  const day = from.subarray(Math.max(0, firstRow - dayRows))
  const dayMean = day.reduce((sum, value) => sum + value / day.length, 0)
  const lateRows = Math.round((size / 24) * dayRows)
  const changed = (row: number): number => {
    const value = values[row]!
    const rows = row - firstRow
    if (kind === 'step') return value + size * deviation
    if (kind === 'spike') return rows === 0 ? value + size * deviation : value
    if (kind === 'drift') return value + size * deviation * Math.min(1, (rows + 1) / driftRows)
    if (kind === 'variance') return value + random.gaussian(0, (size / 2) * deviation)
    if (kind === 'flat') return values[firstRow - 1]!
    if (kind === 'no-season') return dayMean + random.gaussian(0, deviation)
    return values[row - lateRows]!
  }
  return values.map((value, row) => (row < firstRow ? value : changed(row)))
}

/** A detector that has seen all before the fault. */
class Past {
  readonly #carrier: Carrier
  readonly #fresh: () => Detector
  readonly #snapshot: Uint8Array

  constructor(carrier: Carrier, factory: DetectorFactory) {
    const { series, firstRow } = carrier
    const probationSamples = probationSamplesOf(series.values.length)
    const facts = { probationSamples, ...valueRange(series.values.subarray(0, firstRow)) }
    this.#carrier = carrier
    this.#fresh = () => factory(facts)
    const detector = this.#fresh()
    const assessment = new Assessment()
    for (let row = 0; row < firstRow; row++) {
      assessment.clear()
      detector.update(series.timestampsMs[row]!, series.values[row]!, 'on', assessment)
    }
    const writer = new SnapshotWriter()
    detector.snapshot(writer)
    this.#snapshot = writer.finish()
  }

  /** Rows from the first of the fault to the first alarmed one; -1 where none is in the span. */
  firstAlarm(values: Float64Array, span: number, threshold: number): number {
    const { series, firstRow } = this.#carrier
    const detector = this.#fresh()
    detector.restore(new SnapshotReader(this.#snapshot))
    const assessment = new Assessment()
    for (let rows = 0; rows < span; rows++) {
      const row = firstRow + rows
      assessment.clear()
      detector.update(series.timestampsMs[row]!, values[row]!, 'on', assessment)
      if (!assessment.inProbation && assessment.score >= threshold) return rows
    }
    return -1
  }
}

function differences(values: Float64Array): Float64Array {
  return Float64Array.from({ length: Math.max(0, values.length - 1) }, (_, i) => {
    return values[i + 1]! - values[i]!
  })
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0))
}

function lagCorrelation(values: Float64Array, lag: number): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  let together = 0
  let alone = 0
  values.forEach((value, row) => {
    alone += (value - mean) ** 2
    if (row >= lag) together += (value - mean) * (values[row - lag]! - mean)
  })
  return alone === 0 ? 0 : together / alone
}

/** The middle one, of an even number the upper; NaN of none. */
function median(values: ArrayLike<number>): number {
  return Float64Array.from(values).sort()[values.length >> 1] ?? NaN
}
