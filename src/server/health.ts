/**
 * What other programs ask: does it live, is it ready, what does it count. The paths are those that
 * Kubernetes, Prometheus and Influx clients try by themselves.
 */

import type { FastifyInstance, FastifyReply } from 'fastify'

/** Content type of Prometheus' text format. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** `/healthz`, `/readyz` and `/ping`, open to all. `ready` returns the reasons why it is not. */
export function addHealth(
  app: FastifyInstance,
  parts: { readonly ready: () => readonly string[]; readonly version: string },
): void {
  const healthy = async () => ({ status: 'ok' })
  const ready = (_request: unknown, reply: FastifyReply) => {
    const reasons = parts.ready()
    if (reasons.length === 0) return reply.send({ status: 'ready', reasons })
    return reply.code(503).send({ status: 'not ready', reasons })
  }
  app.get('/healthz', healthy)
  app.get('/-/healthy', healthy)
  app.get('/readyz', ready)
  app.get('/-/ready', ready)
  app.get('/ping', (_request, reply) => {
    reply.headers({ 'x-influxdb-build': 'forewarn', 'x-influxdb-version': parts.version })
    return reply.code(204).send()
  })
}

/** `/metrics`, with the text that telemetry keeps. */
export function addMetrics(
  app: FastifyInstance,
  metricsText: () => string | Promise<string>,
): void {
  app.get('/metrics', async (_request, reply) => {
    return reply.type(metricsType).send(await metricsText())
  })
}
