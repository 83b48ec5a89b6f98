/**
 * Scores as InfluxDB line protocol: one line for each scored sample.
 *
 *   anomaly_score,app=…,host=vm1,period_description=Regular
 *       value=3.5,anomaly_score=12.5,is_anomaly=0,expected=3.4,lower=3.1,upper=3.7
 *       1592222400000000000
 *
 * The measurement, the fields `value`, `anomaly_score` (0 to 100) and `is_anomaly` (0 or 1, floats)
 * and the tags `app` (the series key) and `period_description` are those of Sophia's topic of
 * anomalies, so that what reads that topic reads this one. All labels of the series are tags too.
 * The band is left out where the detector has none.
 *
 * Sophia also wrote three wall-clock times as tags; each makes a new series in the database, so
 * they are written only if asked for. They are the sample's time and the time of receipt, in UTC;
 * an encoder reads no clock, so `time_detector` is the time of receipt too.
 *
 * Line protocol cannot carry control characters in tags (they become `_`) nor a backslash at the
 * end of a tag (it is left out).
 *
 * What a line says of its series is made once and held as bytes; numbers are written as bytes too.
 *
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 * Cost: bench/speed/encoders.ts.
 */

import type { Status } from '../core/assessment.ts'
import { withoutControlCharacters } from '../core/byte-text.ts'
import { dateText } from '../core/date-text.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ScoreReport } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { Slab } from '../core/slab.ts'
import { asciiBytes, TextBytes } from '../core/text-bytes.ts'
import type { Encoder } from './codec.ts'

/** Options of the encoder of scores as line protocol. */
export const influxScoresOptions = {
  measurement: {
    kind: 'text',
    default: 'anomaly_score',
    about: 'The measurement of the lines.',
  },
  scoreMax: {
    kind: 'number',
    min: 1,
    max: 100,
    default: 100,
    about: 'What the highest score is written as: 100 as Sophia does, 1 as scores are inside.',
  },
  timeTags: {
    kind: 'boolean',
    default: false,
    about:
      'Also write the tags time_collected, time_pipeline and time_detector. Each time is a new ' +
      'series in the database that takes the lines.',
  },
} as const satisfies OptionSpecs

export type InfluxScoresOptions = OptionsOf<typeof influxScoresOptions>

/** Sophia's words for where a sample stands. */
const periods: Readonly<Record<Status, Uint8Array>> = {
  probation: asciiBytes('Training'),
  ok: asciiBytes('Regular'),
  anomalous: asciiBytes('Regular'),
  rejected: asciiBytes('Input\\ Time\\ Out\\ Of\\ Order'),
}

const newline = 10
const space = 32
const minus = 45

/** Fields with what stands in front of their numbers; the last has its number. */
const valueField = asciiBytes('value=')
const scoreField = asciiBytes(',anomaly_score=')
const expectedField = asciiBytes(',expected=')
const lowerField = asciiBytes(',lower=')
const upperField = asciiBytes(',upper=')
const anomalousField = asciiBytes(',is_anomaly=1')
const usualField = asciiBytes(',is_anomaly=0')

/** What a line says of its series, in front of the period and behind it. */
interface Names {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const periodTag = 'period_description'

/** See the head of the file. */
export class InfluxScoresEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #options: InfluxScoresOptions
  readonly #names = new LabelsCache<Names>()
  readonly #slab = new Slab()
  readonly #text = new TextBytes()

  constructor(options: InfluxScoresOptions) {
    this.#options = options
  }

  encode(reports: Reports): Uint8Array {
    this.#text.clear()
    for (const each of reports) {
      if (each.kind === 'scores') for (let i = 0; i < each.count; i++) this.#line(each.at(i))
      else if (each.kind === 'score') this.#line(each)
    }
    return this.#text.copy()
  }

  #line(report: ScoreReport): void {
    const text = this.#text
    const { before, after } = this.#options.timeTags ? this.#timed(report) : this.#held(report)
    text.append(before)
    text.append(periods[report.status])
    text.append(after)
    // A value and a score are finite: what is not was refused.
    this.#field(valueField, report.value)
    this.#field(scoreField, report.score * this.#options.scoreMax)
    text.append(report.status === 'anomalous' ? anomalousField : usualField)
    this.#field(expectedField, report.expected)
    this.#field(lowerField, report.lower)
    this.#field(upperField, report.upper)
    text.byte(space)
    text.nanoseconds(report.timestampMs, report.remainderNs)
    text.byte(newline)
  }

  /** A field; nothing where the number is unknown. */
  #field(name: Uint8Array, value: number): void {
    if (!Number.isFinite(value)) return
    const text = this.#text
    text.append(name)
    if (Object.is(value, -0)) text.byte(minus)
    text.number(value)
  }

  #held({ labels }: ScoreReport): Names {
    const held = this.#names.get(labels)
    if (held !== undefined) return held
    const made = this.#made(labels, [])
    const names = { before: this.#slab.copy(made.before), after: this.#slab.copy(made.after) }
    this.#names.set(labels, names)
    return names
  }

  #timed({ labels, timestampMs, origin }: ScoreReport): Names {
    const received = wallTimeText(origin.receivedMs)
    return this.#made(labels, [
      ['time_collected', wallTimeText(timestampMs)],
      ['time_pipeline', received],
      ['time_detector', received],
    ])
  }

  /** Measurement and tags sorted by key, as databases like them best, and the space behind. */
  #made(labels: Labels, more: readonly (readonly [string, string])[]): Names {
    const tags = new Map<string, string>()
    for (const [name, value] of labels.entries()) {
      if (name !== nameLabel && name !== fieldLabel) tags.set(name, value)
    }
    tags.set('app', labels.key)
    tags.set(periodTag, '')
    for (const [name, value] of more) tags.set(name, value)
    let before = ''
    let text = escaped(this.#options.measurement)
    for (const key of [...tags.keys()].sort()) {
      const name = escaped(key)
      const value = escaped(tags.get(key) as string)
      if (key === periodTag) {
        before = `${text},${name}=`
        text = ''
      } else if (name !== '' && value !== '') text += `,${name}=${value}`
    }
    const utf8 = new TextEncoder()
    return { before: utf8.encode(before), after: utf8.encode(`${text} `) }
  }
}

/** Text as a measurement, tag key or tag value. */
function escaped(text: string): string {
  return withoutControlCharacters(text).replace(/\\+$/, '').replace(/[,= ]/g, '\\$&')
}

/** `2020-06-15 12:00:00`, and milliseconds where there are any. */
function wallTimeText(ms: number): string {
  return dateText(ms).replace('.000', '')
}
