/** What the API's description says of objectives. */

import {
  arrayOf,
  closedGet,
  count,
  json,
  nullable,
  number,
  object,
  text,
  timeMs,
} from './openapi-words.ts'

const warning = object({
  warningId: text,
  metric: text,
  limit: number,
  horizonMs: number,
  toldMs: timeMs,
  probability: number,
  expectedMs: number,
  leading: text,
  confidence: number,
  state: { enum: ['told', 'true', 'false'] },
})

const objectivesAnswer = object({
  objectives: arrayOf(
    object({
      key: text,
      timestampMs: arrayOf(number),
      probability: {
        ...arrayOf(number),
        description: 'P(a breach begins within the horizon) at these times; 1 while one lasts.',
      },
      warning: nullable(warning),
      totals: object({ true: count, false: count, missed: count }),
      leadMs: { ...arrayOf(number), description: 'Of warnings that came true, oldest first.' },
    }),
  ),
})

/** Early warning as it is served. */
export const objectivesPath = {
  '/api/v1/objectives': closedGet('Early warning: what is said of each objective.', {
    200: json('By the key of the series.', objectivesAnswer),
  }),
}
