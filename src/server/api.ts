/** The API under /api/v1: what the page shows, for programs. */

import type { FastifyInstance } from 'fastify'
import { rejectionReasons } from '../core/rejection.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import type { HistoryRoutes } from './history-api.ts'
import type { LiveStream } from './live-stream.ts'
import { problem } from './problem.ts'
import { eventId } from './stream-client.ts'

/** Longest search text and longest key that are looked at. */
const textLengthMax = 4_096

/** Series that one client may watch at once. */
const watchMax = 16

const listProperties = {
  search: { type: 'string', maxLength: textLengthMax, default: '' },
  state: {
    type: 'string',
    enum: ['all', 'learning', 'inactive', 'pending', 'firing', 'resolved'],
    default: 'all',
  },
  limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 200 },
}

const key = { type: 'string', minLength: 1, maxLength: textLengthMax }

/** Series, recent samples, rejections. */
export function addApi(
  app: FastifyInstance,
  { feed, list, history }: Pick<HistoryRoutes, 'feed' | 'list' | 'history'>,
): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  app.get<{ Querystring: SeriesQuery }>(
    '/api/v1/series',
    { schema: { querystring: { type: 'object', properties: listProperties } } },
    (request) =>
      Promise.resolve(list.rows(request.query)).then((series) => ({ total: list.size, series })),
  )
  app.get<{ Querystring: { key: string } }>(
    '/api/v1/series/history',
    { schema: { querystring: { type: 'object', required: ['key'], properties: { key } } } },
    async (request, reply) => {
      const [summary] = await list.rowsOf([request.query.key])
      if (summary === undefined) return problem(reply, 404, `no series "${request.query.key}"`)
      const columns = feed.samples(summary.key)
      const kept = history !== undefined
      const forecast = feed.forecast(summary.key)
      return reply.send({ id: eventId(feed), summary, columns, kept, forecast })
    },
  )
  app.get<{ Params: { key: string } }>(
    '/api/v1/series/:key/explain',
    { schema: { params: { type: 'object', properties: { key } } } },
    async ({ params: asked }, reply) => {
      const explanation = await list.explanationOf(asked.key)
      if (explanation === undefined) return problem(reply, 404, `no series "${asked.key}"`)
      return reply.send(explanation)
    },
  )
  app.get('/api/v1/objectives', (_request, reply) => {
    return reply.send({ objectives: feed.objectives() })
  })
  app.get('/api/v1/rejections', (_request, reply) => {
    return reply.send({ reasons: rejectionReasons, ...feed.rejections() })
  })
}

interface EventsQuery extends SeriesQuery {
  readonly watch: string[]
  readonly recent: number
  readonly since: string
}

/** The live stream; see live-stream.ts. */
export function addEvents(app: FastifyInstance, stream: LiveStream): void {
  const watch = { type: 'array', maxItems: watchMax, items: key, default: [] }
  const recent = { type: 'integer', minimum: 0, maximum: 100, default: 0 }
  const since = { type: 'string', maxLength: 64, default: '' }
  const querystring = { type: 'object', properties: { ...listProperties, watch, recent, since } }
  app.get<{ Querystring: EventsQuery }>(
    '/api/v1/events',
    { schema: { querystring }, exposeHeadRoute: false },
    (request, reply) => {
      if (stream.full) {
        reply.header('retry-after', '10')
        return problem(reply, 503, 'too many clients on the live stream')
      }
      const { watch, recent, since, ...list } = request.query
      const lastSeen = request.headers['last-event-id']
      reply.hijack()
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      })
      stream.join(reply.raw, {
        watch: [...new Set(watch)],
        list,
        recent,
        since: typeof lastSeen === 'string' ? lastSeen : since,
      })
      return reply
    },
  )
}
