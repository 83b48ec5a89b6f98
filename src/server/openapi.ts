/**
 * The API's description, served at /openapi.json.
 *
 * Source: OpenAPI Specification 3.1.1. Written by hand; a test compares its paths with the routes.
 */

import { rejectionReasons } from '../core/rejection.ts'
import { controlPaths, silenceSchema, verdict } from './openapi-control.ts'
import { objectivesPath } from './openapi-objectives.ts'
import { sinksPath } from './openapi-sinks.ts'
import {
  alarmState,
  arrayOf,
  closedGet,
  count,
  failure,
  get,
  json,
  nullable,
  number,
  numberOrNull,
  object,
  parameter,
  schema,
  text,
  timeMs,
  timeMsOrNull,
  unauthorised,
} from './openapi-words.ts'
import type { Json } from './openapi-words.ts'

const listParameters = [
  parameter('search', 'Part of the series key, in any case.', { type: 'string', default: '' }),
  parameter('state', 'Only series in this state.', {
    enum: ['all', 'learning', 'inactive', 'pending', 'firing', 'resolved'],
    default: 'all',
  }),
  parameter('limit', 'At most so many.', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 200,
  }),
]

const keyParameter = parameter('key', 'The series key.', { type: 'string' }, true)

const schemas = {
  Problem: {
    ...object({ type: text, title: text, status: count, detail: text }),
    description: 'RFC 9457.',
  },
  SeriesSummary: object({
    key: text,
    detector: text,
    status: { enum: ['probation', 'ok', 'anomalous', 'rejected'] },
    alarmState,
    learnedSamples: count,
    probationSamples: count,
    lastTimestampMs: timeMsOrNull,
    lastValue: numberOrNull,
    score: { type: 'number', minimum: 0, maximum: 1 },
    threshold: { ...number, description: 'Score from which on a sample is anomalous.' },
    insteadOf: {
      ...text,
      description: 'The heavy detector that it would have had under the quota; else absent.',
    },
  }),
  Explanation: {
    ...object(
      {
        summary: schema('SeriesSummary'),
        budget: { ...text, description: 'Of alarms, by the rule: none, or such as 1 per week.' },
        facts: arrayOf(
          object(
            {
              name: text,
              value: { oneOf: [numberOrNull, text] },
              unit: { enum: ['ms', 'share'] },
            },
            ['name', 'value'],
          ),
        ),
        lastAlarm: object({
          state: alarmState,
          startedMs: timeMs,
          value: numberOrNull,
          score: number,
          reason: text,
        }),
      },
      ['summary', 'budget', 'facts'],
    ),
    description: 'facts: what the detector has found out by itself. lastAlarm: where it alarmed.',
  },
  ForecastColumns: {
    ...object({
      timestampMs: arrayOf(timeMs),
      value: arrayOf(numberOrNull),
      lower: arrayOf(numberOrNull),
      upper: arrayOf(numberOrNull),
    }),
    description:
      'What was said after the newest sample of moments to come, nearest first. Absent where ' +
      'the detector does not forecast, or not yet.',
  },
  SampleColumns: {
    ...object({
      timestampMs: arrayOf(timeMs),
      value: arrayOf(numberOrNull),
      expected: arrayOf(numberOrNull),
      lower: arrayOf(numberOrNull),
      upper: arrayOf(numberOrNull),
      score: arrayOf(number),
      flags: arrayOf({ type: 'integer', minimum: 0, maximum: 15 }),
    }),
    description:
      'Columns of equal length, oldest sample first. flags: bits 0 and 1 are the status ' +
      '(probation, ok, anomalous, rejected), bits 2 and 3 the alarm state (inactive, pending, ' +
      'firing, resolved).',
  },
  Alarm: object({
    alarmId: text,
    rule: text,
    key: text,
    state: alarmState,
    severity: { enum: ['info', 'warning', 'critical'] },
    startedMs: timeMs,
    firedMs: timeMsOrNull,
    endedMs: timeMsOrNull,
    value: numberOrNull,
    score: number,
    expected: numberOrNull,
    lower: numberOrNull,
    upper: numberOrNull,
    reason: { type: 'string', description: 'In words, for people.' },
    silenced: {
      ...nullable(object({ silenceId: text, who: text, untilMs: timeMs })),
      description: 'The silence that holds it back.',
    },
    acknowledged: nullable(object({ who: text, atMs: timeMs, text })),
    label: nullable(object({ verdict, who: text, atMs: timeMs, text })),
  }),
  Silence: silenceSchema,
  Rejection: object({
    reason: { enum: Object.keys(rejectionReasons) },
    detail: text,
    text: { type: 'string', description: 'At most 200 characters of what was refused.' },
    key: { type: ['string', 'null'] },
    partition: text,
    receivedMs: timeMs,
  }),
  Readiness: object({
    status: text,
    reasons: arrayOf(text),
    configuration: object({
      loadedMs: timeMs,
      lastReload: { enum: ['none', 'running', 'done', 'failed'] },
    }),
    store: nullable(
      object({
        type: { enum: ['embedded', 'redis', 'none'] },
        scope: { enum: ['process', 'partition'] },
        lastSavedMs: nullable(timeMs),
        failing: { type: 'boolean' },
      }),
    ),
    partitions: arrayOf(object({ partition: text, lagRecords: nullable(count) })),
  }),
  Changes: object({ kept: arrayOf(text), begun: arrayOf(text), ended: arrayOf(text) }),
}

const historyColumns = {
  ...object({
    timestampMs: arrayOf(timeMs),
    value: arrayOf(numberOrNull),
    expected: arrayOf(numberOrNull),
    lower: arrayOf(numberOrNull),
    upper: arrayOf(numberOrNull),
    score: arrayOf(number),
    flags: arrayOf({ type: 'integer', minimum: 0, maximum: 15 }),
    min: arrayOf(numberOrNull),
    max: arrayOf(numberOrNull),
  }),
  description:
    'As SampleColumns. Where a row stands for several samples (bucketMs above 0) time, value and ' +
    'band are those of the last one, score is the greatest, flags are the worst.',
}
const samplesAnswer = object({
  key: text,
  fromMs: timeMs,
  toMs: timeMs,
  points: count,
  bucketMs: { ...count, description: 'Time that one row stands for; 0: each is one sample.' },
  cut: { type: 'boolean', description: 'The range has too many samples; the oldest are left out.' },
  columns: historyColumns,
})
const rangeParameters = [
  parameter('from', 'Unix milliseconds; without it a quarter of an hour before to.', timeMs),
  parameter('to', 'Unix milliseconds; without it now.', timeMs),
]
const pathKeyParameter = {
  name: 'key',
  in: 'path',
  description: 'The series key.',
  required: true,
  schema: text,
}
const samplesParameters = [
  pathKeyParameter,
  ...rangeParameters,
  parameter('points', 'Rows at most.', {
    type: 'integer',
    minimum: 10,
    maximum: 5000,
    default: 600,
  }),
]
const alarmsParameters = [
  ...rangeParameters,
  parameter('series', 'Only alarms of this series.', { type: 'string', default: '' }),
  parameter('limit', 'At most so many.', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 200,
  }),
]
const noHistory = failure('No history is kept, or there is no such series.')
const outOfRange = failure('A parameter is out of range.')
const tooBusy = failure('Too many questions at once, or the history cannot be read.')

const seriesAnswer = object({ total: count, series: arrayOf(schema('SeriesSummary')) })
const historyAnswer = object({
  id: text,
  summary: schema('SeriesSummary'),
  columns: schema('SampleColumns'),
  kept: { type: 'boolean', description: 'Whether more is kept on disk: see samples.' },
  forecast: schema('ForecastColumns'),
})
const alarmsAnswer = object({
  id: text,
  active: arrayOf(schema('Alarm')),
  past: arrayOf(schema('Alarm')),
  unlisted: { ...count, description: 'Alarms that are up beyond those listed.' },
})
const pastAlarmsAnswer = object({
  fromMs: timeMs,
  toMs: timeMs,
  alarms: arrayOf(schema('Alarm')),
  more: { type: 'boolean', description: 'There are more than the limit.' },
})
const rejectionsAnswer = object({
  reasons: { type: 'object', additionalProperties: text, description: 'Their meaning.' },
  total: count,
  counts: { type: 'object', additionalProperties: count },
  recent: arrayOf(schema('Rejection')),
})

const eventParameters = [
  ...listParameters,
  parameter('watch', 'Series whose samples are wanted; may be repeated.', arrayOf(text)),
  parameter('recent', 'Last values that come with a row the first time.', {
    type: 'integer',
    minimum: 0,
    maximum: 100,
    default: 0,
  }),
  parameter('since', 'Id of the last event seen, as header Last-Event-ID.', text),
]

const events = {
  description:
    'Events series, samples, alarms, rejections, objectives, sinks and beat; data is JSON.',
  content: { 'text/event-stream': { schema: text } },
}

const session = {
  ...closedGet('Is this browser signed in?', { 204: { description: 'It is.' } }),
  post: {
    summary: 'Sign in: exchanges the token for a cookie.',
    requestBody: {
      required: true,
      content: { 'application/json': { schema: object({ token: text }) } },
    },
    responses: { 204: { description: 'Signed in.' }, 401: unauthorised },
  },
  delete: { summary: 'Sign out.', responses: { 204: { description: 'Signed out.' } } },
}

const reload = {
  post: {
    summary: 'Load the configuration again. What it does not change goes on without a pause.',
    responses: {
      200: json(
        'It holds. What changed ended and began.',
        object({
          status: text,
          sources: schema('Changes'),
          sinks: schema('Changes'),
          series: { ...count, description: 'Series that went on.' },
          tookMs: number,
        }),
      ),
      401: unauthorised,
      403: failure('A page of another site asked.'),
      422: failure('It has faults, all of which are listed; the one of before stays.'),
      500: failure('It could not be put to work; the one of before stays.'),
    },
  },
}

const readiness = get('Is it ready for work?', {
  200: json('It is.', schema('Readiness')),
  503: json('It is not, for these reasons.', schema('Readiness')),
})
const health = get('Does it live?', { 200: json('It does.', object({ status: text })) })

const paths = {
  ...controlPaths,
  '/api/v1/series': closedGet(
    'Series, trouble first.',
    { 200: json('Those that match.', seriesAnswer), 400: failure('A parameter is out of range.') },
    listParameters,
  ),
  '/api/v1/series/history': closedGet(
    'Recent samples of one series.',
    { 200: json('Those that are kept.', historyAnswer), 404: failure('No such series.') },
    [keyParameter],
  ),
  '/api/v1/series/{key}/explain': closedGet(
    'What a series was given, what it has learned and chosen by itself, why it last alarmed.',
    { 200: json('As it stands.', schema('Explanation')), 404: failure('No such series.') },
    [pathKeyParameter],
  ),
  '/api/v1/series/{key}/samples': closedGet(
    'Samples of one series in a part of time.',
    {
      200: json('All of them, or rows that stand for several.', samplesAnswer),
      400: outOfRange,
      404: noHistory,
      503: tooBusy,
    },
    samplesParameters,
  ),
  '/api/v1/alarms': closedGet(
    'Alarms that are up, and past ones; with from, to or series those of the history.',
    {
      200: json('Newest first.', { oneOf: [alarmsAnswer, pastAlarmsAnswer] }),
      400: outOfRange,
      404: noHistory,
      503: tooBusy,
    },
    alarmsParameters,
  ),
  '/api/v1/rejections': closedGet('Input that was refused.', {
    200: json('Counts by reason, and the latest examples.', rejectionsAnswer),
  }),
  ...objectivesPath,
  ...sinksPath,
  '/api/v1/events': closedGet(
    'Everything as it happens, as server-sent events.',
    { 200: events, 503: failure('Too many clients.') },
    eventParameters,
  ),
  '/api/v1/session': session,
  '/api/v1/reload': reload,
  '/metrics': closedGet('What the program counts, for Prometheus.', {
    200: { description: 'Text format 0.0.4.', content: { 'text/plain': { schema: text } } },
  }),
  '/healthz': health,
  '/-/healthy': health,
  '/readyz': readiness,
  '/-/ready': readiness,
  '/ping': get('As InfluxDB or, by server.ping, as Pensu answers it.', {
    200: json('It lives, in Pensu’s words.', { type: 'object' }),
    204: { description: 'It lives.' },
  }),
  '/openapi.json': get('This description.', { 200: json('OpenAPI 3.1.', { type: 'object' }) }),
}

/** The document for a version of the program. */
export function openApiDocument(version: string, withToken: boolean): Json {
  const securitySchemes = { token: { type: 'http', scheme: 'bearer' } }
  return {
    openapi: '3.1.1',
    info: { title: 'Forewarn', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: withToken ? { schemas, securitySchemes } : { schemas },
    ...(withToken ? { security: [{ token: [] }] } : {}),
  }
}
