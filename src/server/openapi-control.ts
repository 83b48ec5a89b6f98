/** What of the API's description is about silences, acknowledgements and labels. */

import {
  arrayOf,
  closedGet,
  failure,
  json,
  object,
  parameter,
  schema,
  text,
} from './openapi-words.ts'
import { timeMs, unauthorised } from './openapi-words.ts'
import type { Json } from './openapi-words.ts'

export const verdict = { enum: ['true alarm', 'false alarm'] }
const seriesPattern = {
  description:
    'Which series: a glob over the key, a map of globs by label, or a list of these, any of which.',
  oneOf: [{ type: 'string' }, { type: 'object' }, { type: 'array' }],
}

export const silenceSchema = {
  type: 'object',
  properties: {
    id: text,
    match: seriesPattern,
    alarm: { type: 'string', description: 'Id of the one alarm that it is about.' },
    createdMs: timeMs,
    untilMs: timeMs,
    who: text,
    comment: text,
  },
  required: ['id', 'createdMs', 'untilMs', 'who', 'comment'],
}

function bodyOf(properties: Json, required: readonly string[]): Json {
  const of = { type: 'object', properties, required, additionalProperties: false }
  return { required: true, content: { 'application/json': { schema: of } } }
}

function idParameter(description: string): Json {
  return { name: 'id', in: 'path', description, required: true, schema: text }
}

const saidProperties = { who: { ...text, maxLength: 200 }, comment: { ...text, maxLength: 1000 } }
const refused = failure('It could not be written to the incoming log; say it again.')
const badBody = failure('The body is not as described.')
const noAlarm = failure('No series has this alarm.')
const alarmParameters = [idParameter('The id of an alarm.')]

const silencesPath = {
  ...closedGet('Silences that hold now, oldest first.', {
    200: json('All of them.', object({ silences: arrayOf(schema('Silence')) })),
  }),
  post: {
    summary: 'Silence the alarms of some series, or one alarm, for a while.',
    requestBody: bodyOf(
      {
        id: { ...text, description: 'Changes the silence of this id, if there is one.' },
        match: seriesPattern,
        alarm: text,
        durationMs: { type: 'integer', minimum: 1000 },
        untilMs: timeMs,
        ...saidProperties,
      },
      ['who'],
    ),
    responses: {
      201: json('It is in the incoming log.', schema('Silence')),
      400: badBody,
      401: unauthorised,
      404: noAlarm,
      409: failure('There are too many.'),
      503: refused,
    },
  },
}

const silencePath = {
  delete: {
    summary: 'End a silence before its time.',
    parameters: [idParameter('The id of a silence.'), parameter('who', 'Who ends it.', text)],
    responses: {
      204: { description: 'That is in the incoming log.' },
      401: unauthorised,
      404: failure('No such silence.'),
      503: refused,
    },
  },
}

const acknowledgePath = {
  post: {
    summary: 'Say that somebody has seen an alarm and cares for it.',
    parameters: alarmParameters,
    requestBody: bodyOf(saidProperties, ['who']),
    responses: {
      204: { description: 'That is in the incoming log.' },
      400: badBody,
      401: unauthorised,
      404: noAlarm,
      409: failure('The alarm is over.'),
      503: refused,
    },
  },
}

const labelPath = {
  post: {
    summary: 'Say whether an alarm was right; also after it is over.',
    parameters: alarmParameters,
    requestBody: bodyOf({ verdict: { enum: ['true', 'false'] }, ...saidProperties }, [
      'who',
      'verdict',
    ]),
    responses: {
      204: { description: 'That is in the incoming log.' },
      400: badBody,
      401: unauthorised,
      404: noAlarm,
      503: refused,
    },
  },
}

/** The paths, to stand among the others. */
export const controlPaths = {
  '/api/v1/silences': silencesPath,
  '/api/v1/silences/{id}': silencePath,
  '/api/v1/alarms/{id}/acknowledge': acknowledgePath,
  '/api/v1/alarms/{id}/label': labelPath,
}
