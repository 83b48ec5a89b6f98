/**
 * Scores as rows: what a series reports of its samples, without an object for each.
 *
 *   series ──take──▶ rows of a block ──runs──▶ deliveries ──▶ sinks and encoders
 *
 *   row    timestampMs, value, score, rawScore, detectorScore, confidence, expected, lower, upper;
 *          remainderNs, flags, learned, probation, index
 *   beside labels and origin of each row, and the values of groups
 *
 * A report of a score is an object with nine doubles, each an object of its own to the machine.
 * A run is a range of rows of a block. Rows are written once and never changed, so runs are handed
 * on, cut and kept like reports. Whoever reads a row gets a `ScoreReport`: one that holds until the
 * next row of its block is read (`at`), or one to keep (`report`).
 *
 * A block lives as long as any run of it: whoever keeps few rows for long keeps reports instead.
 *
 * Cost: bench/speed/topic-path.ts; 128 bytes a row.
 */

import type { Assessment, Status } from './assessment.ts'
import { flagAlarmStates, flagStatuses, sampleFlags } from './feed.ts'
import { Labels } from './labels.ts'
import type { Observation, Origin } from './observation.ts'
import type { AlarmState, Report, ScoreReport } from './report.ts'

/** Rows of a block. */
const blockRows = 512

/** Doubles of a row; see the head of the file. */
const rowDoubles = 14
/** Bit of the flags, beside those of `sampleFlags`. */
const foretellsBit = 16

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const nowhere: Origin = Object.freeze({ partition: '', offset: 0, receivedMs: 0 })

/** Where a series stands with a sample. */
interface Standing {
  readonly labels: Labels
  readonly status: Status
  readonly alarmState: AlarmState
}

/** A report of one score. `values` and `foretells` as in the interface. */
export function scoreReport(
  { labels, status, alarmState }: Standing,
  { timestampMs, remainderNs, value, values, origin, index }: Observation,
  assessment: Assessment,
): ScoreReport {
  return {
    kind: 'score',
    labels,
    timestampMs,
    remainderNs,
    value,
    values,
    score: assessment.score,
    rawScore: assessment.rawScore,
    detectorScore: assessment.ownScore,
    confidence: assessment.confidence,
    expected: assessment.expected,
    lower: assessment.lower,
    upper: assessment.upper,
    status,
    alarmState,
    learnedSamples: assessment.learnedSamples,
    probationSamples: assessment.probationSamples,
    ...(assessment.foretells ? { foretells: true } : {}),
    origin,
    index,
  }
}

/** A report that is filled anew for each row. */
class RowReport implements Writable<ScoreReport> {
  readonly kind = 'score'
  labels = Labels.of([])
  timestampMs = NaN
  remainderNs = 0
  value = NaN
  values: readonly number[] | undefined = undefined
  score = NaN
  rawScore = NaN
  detectorScore = NaN
  confidence = NaN
  expected = NaN
  lower = NaN
  upper = NaN
  status: Status = 'probation'
  alarmState: AlarmState = 'inactive'
  learnedSamples = 0
  probationSamples = 0
  foretells = false
  origin = nowhere
  index = 0
}

function kept(report: ScoreReport): ScoreReport {
  return {
    kind: 'score',
    labels: report.labels,
    timestampMs: report.timestampMs,
    remainderNs: report.remainderNs,
    value: report.value,
    values: report.values,
    score: report.score,
    rawScore: report.rawScore,
    detectorScore: report.detectorScore,
    confidence: report.confidence,
    expected: report.expected,
    lower: report.lower,
    upper: report.upper,
    status: report.status,
    alarmState: report.alarmState,
    learnedSamples: report.learnedSamples,
    probationSamples: report.probationSamples,
    ...(report.foretells === true ? { foretells: true } : {}),
    origin: report.origin,
    index: report.index,
  }
}

/**
 * A plain array of doubles, which lies in the machine's own heap: new typed arrays lie beside it,
 * and so much of them has the whole heap looked through again and again.
 */
const emptyRows: readonly number[] = new Array<number>(blockRows * rowDoubles).fill(0.5)

/** Rows as they are written, front to end. */
class Block {
  readonly labels: Labels[] = []
  readonly origins: Origin[] = []
  readonly numbers = emptyRows.slice()
  /** Values of groups, by row. */
  readonly values = new Map<number, readonly number[]>()
  /** Rows that are written. */
  count = 0
  #row: RowReport | undefined

  take(
    { labels, status, alarmState }: Standing,
    { timestampMs, remainderNs, value, values, origin, index }: Observation,
    assessment: Assessment,
  ): void {
    const row = this.count++
    const { numbers } = this
    const at = row * rowDoubles
    numbers[at] = timestampMs
    numbers[at + 1] = value
    numbers[at + 2] = assessment.score
    numbers[at + 3] = assessment.rawScore
    numbers[at + 4] = assessment.ownScore
    numbers[at + 5] = assessment.confidence
    numbers[at + 6] = assessment.expected
    numbers[at + 7] = assessment.lower
    numbers[at + 8] = assessment.upper
    numbers[at + 9] = remainderNs
    const flags = sampleFlags(status, alarmState)
    numbers[at + 10] = assessment.foretells ? flags | foretellsBit : flags
    numbers[at + 11] = assessment.learnedSamples
    numbers[at + 12] = assessment.probationSamples
    numbers[at + 13] = index
    this.labels.push(labels)
    this.origins.push(origin)
    if (values !== undefined) this.values.set(row, values)
  }

  /** The report of a row, until the next is asked for. */
  at(row: number): ScoreReport {
    const report = (this.#row ??= new RowReport())
    const { numbers } = this
    const at = row * rowDoubles
    report.labels = this.labels[row] as Labels
    report.timestampMs = numbers[at]!
    report.value = numbers[at + 1]!
    report.score = numbers[at + 2]!
    report.rawScore = numbers[at + 3]!
    report.detectorScore = numbers[at + 4]!
    report.confidence = numbers[at + 5]!
    report.expected = numbers[at + 6]!
    report.lower = numbers[at + 7]!
    report.upper = numbers[at + 8]!
    report.remainderNs = numbers[at + 9]! >>> 0
    const flags = numbers[at + 10]! >>> 0
    report.status = flagStatuses[flags & 3] as Status
    report.alarmState = flagAlarmStates[(flags >> 2) & 3] as AlarmState
    report.foretells = (flags & foretellsBit) !== 0
    report.learnedSamples = numbers[at + 11]! >>> 0
    report.probationSamples = numbers[at + 12]! >>> 0
    report.index = numbers[at + 13]! >>> 0
    report.origin = this.origins[row] as Origin
    report.values = this.values.size === 0 ? undefined : this.values.get(row)
    return report
  }
}

/** Some rows of a block, in their order. */
export class ScoreRun {
  readonly kind = 'scores'
  readonly #block: Block
  /** The rows by number; undefined where they are all from `#first` on. */
  readonly #rows: readonly number[] | undefined
  readonly #first: number
  readonly count: number

  constructor(block: Block, first: number, count: number, rows?: readonly number[]) {
    this.#block = block
    this.#first = first
    this.count = count
    this.#rows = rows
  }

  /** The labels of one. */
  labelsAt(i: number): Labels {
    return this.#block.labels[this.#row(i)] as Labels
  }

  /** The report of one, until another of the same block is asked for. */
  at(i: number): ScoreReport {
    return this.#block.at(this.#row(i))
  }

  /** The report of one, to keep. */
  report(i: number): ScoreReport {
    return kept(this.at(i))
  }

  /** From one up to another, that one not included. */
  slice(from: number, to: number): ScoreRun {
    const count = Math.min(to, this.count) - from
    return new ScoreRun(this.#block, this.#first + from, count, this.#rows)
  }

  /** Some of it, by their places in ascending order. */
  picked(places: readonly number[]): ScoreRun {
    const rows = places.map((place) => this.#row(place))
    return new ScoreRun(this.#block, 0, rows.length, rows)
  }

  #row(i: number): number {
    return this.#rows === undefined ? this.#first + i : (this.#rows[this.#first + i] as number)
  }
}

/** Reports in their order; scores one by one or many as a run. */
export type Reports = readonly (Report | ScoreRun)[]

/** How many reports there are. */
export function countOf(reports: Reports): number {
  let count = 0
  for (const each of reports) count += each.kind === 'scores' ? each.count : 1
  return count
}

/** Each as a report of its own, to keep. */
export function singleReports(reports: Reports): readonly Report[] {
  if (!reports.some(({ kind }) => kind === 'scores')) return reports as readonly Report[]
  const single: Report[] = []
  for (const each of reports) {
    if (each.kind !== 'scores') single.push(each)
    else for (let i = 0; i < each.count; i++) single.push(each.report(i))
  }
  return single
}

/** Each as a report that holds until the next. */
export function* eachReport(reports: Reports): Generator<Report, void> {
  for (const each of reports) {
    if (each.kind !== 'scores') yield each
    else for (let i = 0; i < each.count; i++) yield each.at(i)
  }
}

/** Where series put their scores: rows, with their places among the other reports. */
export class ScoreRuns {
  #block = new Block()
  /** The first row that was not handed out. */
  #first = 0
  /** Finished runs, and how many other reports stand before each. */
  #runs: ScoreRun[] = []
  #places: number[] = []
  /** How many other reports stand before the run under way. */
  #place = 0
  /** True while scores are to be reported one by one, because they are put into another order. */
  paused = false

  /** Takes one score, behind so many other reports. */
  take(place: number, series: Standing, observation: Observation, assessment: Assessment): void {
    if (place !== this.#place || this.#block.count === blockRows) {
      this.#end()
      this.#place = place
      if (this.#block.count === blockRows) {
        this.#block = new Block()
        this.#first = 0
      }
    }
    this.#block.take(series, observation, assessment)
  }

  /** Hands out what was taken, in its places among the other reports, and begins anew. */
  woven(reports: readonly Report[]): Reports {
    this.#end()
    this.#place = 0
    if (this.#runs.length === 0) return reports
    const woven: (Report | ScoreRun)[] = []
    let next = 0
    this.#runs.forEach((run, i) => {
      for (; next < (this.#places[i] as number); next++) woven.push(reports[next] as Report)
      woven.push(run)
    })
    for (; next < reports.length; next++) woven.push(reports[next] as Report)
    this.#runs = []
    this.#places = []
    return woven
  }

  #end(): void {
    const { count } = this.#block
    if (count === this.#first) return
    this.#runs.push(new ScoreRun(this.#block, this.#first, count - this.#first))
    this.#places.push(this.#place)
    this.#first = count
  }
}
