/**
 * Who may send.
 *
 *   Authorization: Token T          InfluxDB 2 and Telegraf
 *   Authorization: Bearer T         everybody else
 *   Authorization: Basic u:T        InfluxDB 1; any user
 *   ?p=T                            InfluxDB 1
 *
 * Without a token anybody may who reaches the address, but no page in a browser: it could send to
 * this machine without being asked, and says where it is from by the header Origin.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Refusal } from './answers.ts'

/** Why this sender is turned away, or undefined. An empty token asks for none. */
export function turnedAway(request: FastifyRequest, token: string): Refusal | undefined {
  if (token === '') {
    if (request.headers.origin === undefined) return undefined
    return { status: 403, message: 'pages may not send here; set a token and send that' }
  }
  const shown = shownToken(request)
  if (shown === undefined) return { status: 401, message: 'this needs a token' }
  if (timingSafeEqual(digest(shown), digest(token))) return undefined
  return { status: 401, message: 'this is not the token' }
}

function shownToken(request: FastifyRequest): string | undefined {
  const [, scheme, credentials] = /^(\w+) +(\S+) *$/.exec(request.headers.authorization ?? '') ?? []
  if (scheme === undefined || credentials === undefined) {
    const { p } = request.query as { readonly p?: unknown }
    return typeof p === 'string' ? p : undefined
  }
  if (scheme.toLowerCase() !== 'basic') return credentials
  const text = Buffer.from(credentials, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
