/**
 * Errors of the API as problem details.
 *
 * Source: RFC 9457, "Problem Details for HTTP APIs". `type` is about:blank throughout, so `title`
 * is the status phrase and `detail` says what was wrong with this request.
 */

import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** Answers with a problem. */
export function problem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body))
}

/** Makes every error of an instance a problem; what is our fault is told to telemetry. */
export function answerWithProblems(
  app: FastifyInstance,
  telemetry: Pick<Telemetry, 'requestFailed'>,
): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) return problem(reply, status, error.message)
    telemetry.requestFailed(`${request.method} ${request.routeOptions.url ?? request.url}`, error)
    return problem(reply, 500, 'this request failed here; the log says why')
  })
  app.setNotFoundHandler((request, reply) => {
    return problem(reply, 404, `there is nothing at ${request.method} ${pathOf(request.url)}`)
  })
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}
