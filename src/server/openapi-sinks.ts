/** What the API's description says of sinks. */

import { arrayOf, closedGet, count, json, object, text, timeMsOrNull } from './openapi-words.ts'

const sinksAnswer = object({
  sinks: arrayOf(
    object({
      name: text,
      activity: { enum: ['idle', 'writing', 'backing off', 'closed'] },
      waiting: { ...count, description: 'Reports that it does not have yet.' },
      limit: { ...count, description: 'Reports that can wait; beyond it the oldest are dropped.' },
      written: count,
      dropped: count,
      failuresInRow: { ...count, description: '0 while the last write succeeded.' },
      lastSuccessMs: timeMsOrNull,
      lastFailureMs: timeMsOrNull,
      lastError: text,
    }),
  ),
})

/** How sinks stand, as it is served. */
export const sinksPath = {
  '/api/v1/sinks': closedGet('How each sink stands.', {
    200: json('In the order of the configuration.', sinksAnswer),
  }),
}
