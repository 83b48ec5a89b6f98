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
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

import type { Status } from '../core/assessment.ts'
import { withoutControlCharacters } from '../core/byte-text.ts'
import { dateText } from '../core/date-text.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Report, ScoreReport } from '../core/report.ts'
import { nanosecondsText } from '../core/timestamp-text.ts'
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
const periods: Readonly<Record<Status, string>> = {
  probation: 'Training',
  ok: 'Regular',
  anomalous: 'Regular',
  rejected: 'Input Time Out Of Order',
}

/** See the head of the file. */
export class InfluxScoresEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #options: InfluxScoresOptions

  constructor(options: InfluxScoresOptions) {
    this.#options = options
  }

  encode(reports: readonly Report[]): Uint8Array {
    let text = ''
    for (const report of reports) if (report.kind === 'score') text += this.#line(report)
    return new TextEncoder().encode(text)
  }

  #line(report: ScoreReport): string {
    const { measurement, scoreMax } = this.#options
    let fields = field('value', report.value) + field('anomaly_score', report.score * scoreMax)
    fields += field('is_anomaly', report.status === 'anomalous' ? 1 : 0)
    fields += field('expected', report.expected)
    fields += field('lower', report.lower) + field('upper', report.upper)
    const time = nanosecondsText(report.timestampMs, report.remainderNs)
    return `${escaped(measurement)}${this.#tags(report)} ${fields.slice(1)} ${time}\n`
  }

  /** Tags sorted by key, as databases like them best. */
  #tags(report: ScoreReport): string {
    const { labels } = report
    const tags = new Map<string, string>()
    for (const [name, value] of labels.entries()) {
      if (name !== nameLabel && name !== fieldLabel) tags.set(name, value)
    }
    tags.set('app', labels.key)
    tags.set('period_description', periods[report.status])
    if (this.#options.timeTags) {
      const received = wallTimeText(report.origin.receivedMs)
      tags.set('time_collected', wallTimeText(report.timestampMs))
      tags.set('time_pipeline', received)
      tags.set('time_detector', received)
    }
    let text = ''
    for (const key of [...tags.keys()].sort()) {
      const name = escaped(key)
      const value = escaped(tags.get(key) as string)
      if (name !== '' && value !== '') text += `,${name}=${value}`
    }
    return text
  }
}

/** A field with the comma in front of it; nothing where the number is unknown. */
function field(name: string, value: number): string {
  if (!Number.isFinite(value)) return ''
  return `,${name}=${Object.is(value, -0) ? '-0' : value}`
}

/** Text as a measurement, tag key or tag value. */
function escaped(text: string): string {
  return withoutControlCharacters(text).replace(/\\+$/, '').replace(/[,= ]/g, '\\$&')
}

/** `2020-06-15 12:00:00`, and milliseconds where there are any. */
function wallTimeText(ms: number): string {
  return dateText(ms).replace('.000', '')
}
