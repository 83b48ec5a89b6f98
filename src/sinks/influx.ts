/**
 * The Influx sink: scores as line protocol to InfluxDB's HTTP API, version 2, or what speaks it
 * (VictoriaMetrics, Telegraf's influxdb_v2_listener).
 *
 *   POST api/v2/write?org=…&bucket=…&precision=ns     gzip
 *
 * Scores are lines of the encoder influx-scores. An alarm's change is a line of its own:
 *
 *   forewarn_alarm,rule=…,series=…,severity=warning,host=a
 *       firing=1i,value=412,score=0.9995,expected=220,lower=180,upper=260,alarm_id="…",reason="…"
 *
 * 204 is taken; other answers are read as the webhook sink reads them. InfluxDB writes what is
 * right of a batch that it answers with 400, so that is not tried again. What is too large (413)
 * is written again in halves. A line that comes again replaces itself: series and time are equal.
 *
 * Source: https://docs.influxdata.com/influxdb/v2/api/v2/#operation/PostWrite
 */

import { gzipSync } from 'node:zlib'
import type { Encoder } from '../codecs/codec.ts'
import { withoutControlCharacters } from '../core/byte-text.ts'
import type { Clock } from '../core/clock.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type {
  AlarmReport,
  Report,
  ReportKind,
  WarningReport,
  WarningTotals,
} from '../core/report.ts'
import { nanosecondsText } from '../core/timestamp-text.ts'
import { checkAddress, checkHeaderText, fault } from './posting/address.ts'
import { HttpPlace, trustOptions } from './posting/http-place.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the Influx sink. */
export const influxSinkOptions = {
  url: {
    kind: 'text',
    default: 'http://127.0.0.1:8086',
    about: 'Address of the database, without api/v2/write.',
  },
  org: { kind: 'text', default: '', about: 'The organisation; empty where there are none.' },
  bucket: { kind: 'text', default: 'forewarn', about: 'The bucket to write to.' },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Sent as Authorization: Token …. Empty: none.',
  },
  measurement: {
    kind: 'text',
    default: 'anomaly_score',
    about: 'Measurement of the scores; alarms are forewarn_alarm.',
  },
  scoreMax: {
    kind: 'number',
    min: 1,
    max: 100,
    default: 1,
    about: 'What the highest score is written as: 1 as scores are inside, 100 as Sophia does.',
  },
  scores: { kind: 'boolean', default: true, about: 'Write every scored sample.' },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Write every warning of a broken objective: forewarn_warning.',
  },
  gzip: { kind: 'boolean', default: true, about: 'Pack what is sent.' },
  ...trustOptions,
} as const satisfies OptionSpecs

export type InfluxSinkOptions = OptionsOf<typeof influxSinkOptions>

const statusTooLarge = 413
/** Below this packing costs more than it saves: one packet carries as much. */
const gzipFromBytes = 1_400

/** Throws ERR_CONFIG_INVALID where these options cannot be written by. */
export function checkInfluxSink({ url, bucket, token }: InfluxSinkOptions): void {
  checkAddress('url', url, 'http://127.0.0.1:8086')
  checkHeaderText('token', token)
  if (bucket === '') throw fault('bucket: expected a name, found none')
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkInfluxSink` does. */
export class InfluxSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #encoder: Encoder
  readonly #gzip: boolean
  readonly #place: HttpPlace
  readonly #path: string

  constructor(options: InfluxSinkOptions, encoder: Encoder, clock: Clock) {
    checkInfluxSink(options)
    const { url, org, bucket, token, tlsCa, gzip, scores, warnings } = options
    const kinds: ReportKind[] = ['alarm']
    if (scores) kinds.push('score')
    if (warnings) kinds.push('warning')
    this.accepts = new Set(kinds)
    this.#encoder = encoder
    this.#gzip = gzip
    const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' }
    if (token !== '') headers['authorization'] = `Token ${token}`
    this.#place = new HttpPlace({ url, tlsCa, clock, headers })
    const query = new URLSearchParams({ bucket, precision: 'ns' })
    if (org !== '') query.set('org', org)
    this.#path = `api/v2/write?${query}`
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const others = reports.map(lineOf)
    const scores = this.#encoder.encode(reports)
    const lines = Buffer.concat([scores, Buffer.from(others.join(''))])
    if (lines.length === 0) return
    const isPacked = this.#gzip && lines.length >= gzipFromBytes
    const body = isPacked ? gzipSync(lines) : lines
    const headers = isPacked ? { 'content-encoding': 'gzip' } : {}
    const answer = await this.#place.answer({ path: this.#path, headers, body }, signal)
    if (answer.status === statusTooLarge && reports.length > 1) {
      const half = reports.length >> 1
      await this.write(reports.slice(0, half), signal)
      await this.write(reports.slice(half), signal)
      return
    }
    const refusal = this.#place.refusal(answer)
    if (refusal !== undefined) throw refusal
  }

  close(): Promise<void> {
    this.#place.close()
    return Promise.resolve()
  }
}

/** What is no score. */
function lineOf(report: Report): string {
  if (report.kind === 'alarm') return alarmLine(report)
  return report.kind === 'warning' ? warningLine(report) : ''
}

/** What people said of an alarm is no change of it. */
function alarmLine(alarm: AlarmReport): string {
  const { labels, rule, severity, state, news, value, score, expected, lower, upper } = alarm
  if (news !== undefined && news !== 'told') return ''
  const fields = [
    `firing=${state === 'firing' ? 1 : 0}i`,
    ...numberFields({ value, score, expected, lower, upper }),
    `alarm_id=${quoted(alarm.alarmId)}`,
    `reason=${quoted(alarm.reason)}`,
  ]
  return line('forewarn_alarm', tagText(labels, { rule, severity }), fields, alarm.timestampMs)
}

/** Moments as Unix milliseconds: a warning is written when it is told and when it is known. */
function warningLine(warning: WarningReport): string {
  const { labels, rule, state, metric, limit, probability, confidence, leading } = warning
  const { toldMs, expectedMs, onsetMs, leadMs, totals } = warning
  const fields = [
    `warning_id=${quoted(warning.warningId)}`,
    ...numberFields({ limit, probability, confidence, lead_seconds: leadMs / 1000 }),
    ...numberFields({ told: toldMs, expected: expectedMs, onset: onsetMs }),
    ...numberFields(totalNumbers(totals)),
    `leading=${quoted(leading)}`,
  ]
  const tags = tagText(labels, { rule, state, metric })
  return line('forewarn_warning', tags, fields, warning.timestampMs)
}

function line(name: string, tags: string, fields: readonly string[], timestampMs: number): string {
  return `${name}${tags} ${fields.join(',')} ${nanosecondsText(timestampMs, 0)}\n`
}

/** Tags of the series and of the report, sorted by name, each with a comma before it. */
function tagText(labels: Labels, own: Readonly<Record<string, string>>): string {
  const tags = new Map<string, string>()
  for (const [name, text] of labels.entries()) {
    if (name !== nameLabel && name !== fieldLabel) tags.set(name, text)
  }
  tags.set('series', labels.key)
  for (const [name, text] of Object.entries(own)) tags.set(name, text)
  const named = [...tags].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const texts = named.map(([name, text]) => [escaped(name), escaped(text)] as const)
  const written = texts.filter(([name, text]) => name !== '' && text !== '')
  return written.map(([name, text]) => `,${name}=${text}`).join('')
}

function totalNumbers(totals: WarningTotals): Readonly<Record<string, number>> {
  return { came_true: totals.true, did_not: totals.false, missed: totals.missed }
}

/** Fields of the numbers that are known. */
function numberFields(numbers: Readonly<Record<string, number>>): string[] {
  const known = Object.entries(numbers).filter(([, number]) => Number.isFinite(number))
  return known.map(([name, number]) => `${name}=${number}`)
}

/** Text as a tag key or tag value; neither may hold a line end or end with a backslash. */
function escaped(text: string): string {
  const plain = withoutControlCharacters(text).toWellFormed()
  return plain.replace(/\\+$/, '').replace(/[,= ]/g, '\\$&')
}

/** Text as a field's value. */
function quoted(text: string): string {
  return `"${withoutControlCharacters(text).toWellFormed().replace(/["\\]/g, '\\$&')}"`
}

/** The row of the Influx sink. */
export const influxSink = {
  about: 'Writes scores and alarms to InfluxDB by its HTTP API, version 2.',
  options: influxSinkOptions,
  encoderName: () => 'influx-scores',
  encoderOptions: (options: AnyOptions): AnyOptions => {
    const { measurement, scoreMax } = options as InfluxSinkOptions
    return { measurement, scoreMax }
  },
  check: (options: AnyOptions) => checkInfluxSink(options as InfluxSinkOptions),
  create: (options: AnyOptions, { name, clock, encoder }: SinkSurroundings) => {
    if (encoder === undefined) throw new TypeError(`the influx sink ${name} has no encoder`)
    return new InfluxSink(options as InfluxSinkOptions, encoder, clock)
  },
} satisfies SinkRow
