/**
 * What a sender is told, in the words of InfluxDB, whose clients know what to do with each:
 *
 *   204                taken; the sender forgets it
 *   400                refused for what is in it, wholly or in part; not sent again
 *   401, 403           no token, the wrong one, or a browser; kept and tried again
 *   413                too large; sent again in smaller pieces
 *   415                an encoding that is not known; not sent again
 *   503 + Retry-After  no room just now; sent again after that many seconds
 *
 * So overload is never a 400 and bad syntax never a 5xx.
 * https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite
 */

import type { FastifyReply } from 'fastify'

/** Why a request is not simply taken. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 413 | 415 | 503
  readonly message: string
  /** 1-based line of the body that is to blame, where it is known. */
  readonly line?: number | undefined
}

const codes: Readonly<Record<Refusal['status'], string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'request too large',
  415: 'unsupported media type',
  503: 'unavailable',
}

/** Long enough for a checkpoint or a slow disk, short enough not to be noticed. */
const retryAfterSeconds = 1

/** Answers 204. */
export function answerTaken(reply: FastifyReply): FastifyReply {
  return reply.code(204).send()
}

/**
 * Answers a refusal. What was not read of the body is read and thrown away by Node.js, so that the
 * sender finds the answer and not a broken connection.
 */
export function answerRefused(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { status, message, line } = refusal
  if (status === 503) reply.header('retry-after', retryAfterSeconds)
  if (status === 401) reply.header('www-authenticate', 'Token realm="forewarn"')
  reply.header('x-influxdb-error', message.replace(/[^\x20-\x7e]/g, '?'))
  const body = { code: codes[status], message, ...(line === undefined ? {} : { line }) }
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
