/**
 * Reports as JSON lines: one object a line, of whatever kind.
 *
 *   {"kind":"score","id":…,"series":…,"labels":{…},"timestamp":1592222400000.4002,"value":3.5,…}
 *
 * Times are Unix milliseconds. What a sender's timestamp had below a millisecond follows the point,
 * so that no digit is lost to those who read it as text; as a double it is good to a microsecond.
 * Numbers that are unknown are null, because JSON has no NaN.
 *
 * Scores are what there is most of: their lines are written as bytes, with what is said of a series
 * made once. All other lines are `reportObject`.
 *
 * The decoder `json` with `value_keys: [value]` reads score lines back into their observations.
 * Cost: bench/speed/encoders.ts.
 */

import type { Status } from '../core/assessment.ts'
import type { Labels } from '../core/labels.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import type { OptionSpecs } from '../core/options.ts'
import type { AlarmState, ScoreReport } from '../core/report.ts'
import { ScoreIds } from '../core/score-ids.ts'
import type { Reports } from '../core/score-run.ts'
import { Slab } from '../core/slab.ts'
import { asciiBytes, TextBytes } from '../core/text-bytes.ts'
import type { Encoder } from './codec.ts'
import { reportObject, seriesMembers, timeText } from './json-lines/report-object.ts'

/** It has none. */
export const jsonLinesOptions = {} as const satisfies OptionSpecs

const minus = 45

/** What stands between the numbers of a score's line. */
const beforeId = asciiBytes('{"kind":"score","id":"')
const beforeSeries = asciiBytes('",')
const beforeValue = asciiBytes(',"value":')
const beforeScore = asciiBytes(',"score":')
const beforeRawScore = asciiBytes(',"raw_score":')
const beforeExpected = asciiBytes(',"expected":')
const beforeLower = asciiBytes(',"lower":')
const beforeUpper = asciiBytes(',"upper":')
const beforeStatus = asciiBytes(',"status":"')
const beforeProbation = asciiBytes(',"probation":')
const statusBytes: Readonly<Record<Status, Uint8Array>> = {
  probation: asciiBytes('probation'),
  ok: asciiBytes('ok'),
  anomalous: asciiBytes('anomalous'),
  rejected: asciiBytes('rejected'),
}
const stateBytes: Readonly<Record<AlarmState, Uint8Array>> = {
  inactive: asciiBytes('","alarm":"inactive","learned":'),
  pending: asciiBytes('","alarm":"pending","learned":'),
  firing: asciiBytes('","alarm":"firing","learned":'),
  resolved: asciiBytes('","alarm":"resolved","learned":'),
}
const unknown = asciiBytes('null')
const lineEnd = asciiBytes('}\n')

/** See the head of the file. */
export class JsonLinesEncoder implements Encoder {
  readonly contentType = 'application/x-ndjson'
  readonly #text = new TextBytes()
  readonly #ids = new ScoreIds()
  readonly #series = new LabelsCache<Uint8Array>()
  readonly #slab = new Slab()

  encode(reports: Reports): Uint8Array {
    const text = this.#text
    text.clear()
    for (const report of reports) {
      if (report.kind === 'scores') {
        for (let i = 0; i < report.count; i++) this.#score(report.at(i))
      } else if (report.kind === 'score') this.#score(report)
      else text.text(reportObject(report) + '\n')
    }
    return text.copy()
  }

  #score(report: ScoreReport): void {
    const text = this.#text
    const ids = this.#ids
    ids.take(report)
    text.append(beforeId)
    text.hex(ids.upper)
    text.hex(ids.lower)
    text.append(beforeSeries)
    text.append(this.#held(report.labels))
    if (report.remainderNs === 0) text.number(report.timestampMs)
    else text.text(timeText(report.timestampMs, report.remainderNs))
    this.#number(beforeValue, report.value)
    this.#number(beforeScore, report.score)
    this.#number(beforeRawScore, report.rawScore)
    this.#number(beforeExpected, report.expected)
    this.#number(beforeLower, report.lower)
    this.#number(beforeUpper, report.upper)
    text.append(beforeStatus)
    text.append(statusBytes[report.status])
    text.append(stateBytes[report.alarmState])
    text.number(report.learnedSamples)
    text.append(beforeProbation)
    text.number(report.probationSamples)
    text.append(lineEnd)
  }

  /** JSON has a negative zero, but no NaN and no infinities. */
  #number(before: Uint8Array, value: number): void {
    const text = this.#text
    text.append(before)
    if (!Number.isFinite(value)) {
      text.append(unknown)
      return
    }
    if (Object.is(value, -0)) text.byte(minus)
    text.number(value)
  }

  #held(labels: Labels): Uint8Array {
    const held = this.#series.get(labels)
    if (held !== undefined) return held
    const made = new TextEncoder().encode(`${seriesMembers(labels)},"timestamp":`)
    const members = this.#slab.copy(made)
    this.#series.set(labels, members)
    return members
  }
}
