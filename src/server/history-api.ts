/**
 * The past under /api/v1: samples of a series and alarms of a part of time.
 *
 * Times are Unix milliseconds, both ends included. Without `from` a question is about the last
 * quarter of an hour before `to`, and `to` is now.
 */

import type { FastifyInstance, FastifyReply } from 'fastify'
import { ForewarnError } from '../core/errors.ts'
import type { Feed } from '../core/feed.ts'
import type { HistoryReader } from '../core/history.ts'
import { problem } from './problem.ts'
import type { SeriesList } from './series-list.ts'
import { eventId } from './stream-client.ts'

/** What the routes need. */
export interface HistoryRoutes {
  /** Absent where none is kept. */
  readonly history: HistoryReader | undefined
  readonly feed: Feed
  readonly list: SeriesList
  readonly nowMs: () => number
}

const textLengthMax = 4_096

/** Times that a date of JavaScript can be. */
const timeMsMax = 8.64e15 / 10

const timeMs = { type: 'integer', minimum: -timeMsMax, maximum: timeMsMax }
const usualRangeMs = 900_000

interface Range {
  readonly from?: number
  readonly to?: number
}

interface Wanted extends Range {
  readonly points: number
}

interface WantedAlarms extends Range {
  readonly series: string
  readonly limit: number
}

const noHistory = 'no history is kept here: it needs a store, and history.keep'

/** See the head of the file. */
export function addHistory(app: FastifyInstance, parts: HistoryRoutes): void {
  addSamples(app, parts)
  addAlarms(app, parts)
}

function addSamples(app: FastifyInstance, { history, list, nowMs }: HistoryRoutes): void {
  const points = { type: 'integer', minimum: 10, maximum: 5_000, default: 600 }
  const querystring = { type: 'object', properties: { from: timeMs, to: timeMs, points } }
  const key = { type: 'string', minLength: 1, maxLength: textLengthMax }
  const params = { type: 'object', properties: { key } }
  app.get<{ Params: { key: string }; Querystring: Wanted }>(
    '/api/v1/series/:key/samples',
    { schema: { params, querystring } },
    async (request, reply) => {
      const { params: asked, query } = request
      const range = rangeOf(query, nowMs())
      if (history === undefined) return problem(reply, 404, noHistory)
      if (range.fromMs > range.toMs) return problem(reply, 400, 'from is later than to')
      if (!history.ready) return busy(reply)
      return answered(reply, async () => {
        const wanted = { key: asked.key, points: query.points, ...range }
        const samples = await history.samples(wanted)
        if (samples === undefined && !list.has(asked.key)) {
          return problem(reply, 404, `no series "${asked.key}"`)
        }
        return reply.send({ ...wanted, ...(samples ?? nothing) })
      })
    },
  )
}

const nothing = {
  bucketMs: 0,
  cut: false,
  columns: {
    timestampMs: [],
    value: [],
    expected: [],
    lower: [],
    upper: [],
    score: [],
    flags: [],
    min: [],
    max: [],
  },
}

function addAlarms(app: FastifyInstance, { history, feed, nowMs }: HistoryRoutes): void {
  const series = { type: 'string', maxLength: textLengthMax, default: '' }
  const limit = { type: 'integer', minimum: 1, maximum: 1_000, default: 200 }
  const querystring = { type: 'object', properties: { from: timeMs, to: timeMs, series, limit } }
  app.get<{ Querystring: WantedAlarms }>(
    '/api/v1/alarms',
    { schema: { querystring } },
    async (request, reply) => {
      const { query } = request
      if (query.from === undefined && query.to === undefined && query.series === '') {
        return reply.send({ id: eventId(feed), ...feed.alarms() })
      }
      const range = rangeOf(query, nowMs())
      if (history === undefined) return problem(reply, 404, noHistory)
      if (range.fromMs > range.toMs) return problem(reply, 400, 'from is later than to')
      if (!history.ready) return busy(reply)
      return answered(reply, async () => {
        const alarms = await history.alarms({ ...range, key: query.series, limit: query.limit })
        return reply.send({ ...range, ...alarms })
      })
    },
  )
}

function rangeOf({ from, to }: Range, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = to ?? nowMs
  return { fromMs: from ?? toMs - usualRangeMs, toMs }
}

function busy(reply: FastifyReply): FastifyReply {
  reply.header('retry-after', '1')
  return problem(reply, 503, 'too many questions to the history at once')
}

/** A history that cannot be read is out of service; anything else is our fault. */
async function answered(
  reply: FastifyReply,
  answer: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof ForewarnError) || error.code !== 'ERR_STORE_READ') throw error
    return problem(reply, 503, error.message)
  }
}
