/**
 * Who may ask, and what a browser may do with the answers.
 *
 *   every answer    strict headers: nothing from outside, no frames, no sniffing
 *   loopback        the Host header must name this machine, or a page of another site whose name
 *                   was made to point here could read everything (DNS rebinding)
 *   with a token    the API wants it, as a bearer token or as the cookie that a browser got for it
 *
 * The cookie holds a keyed hash of the token, not the token; it is HttpOnly and SameSite=Strict, so
 * no script reads it and no other site sends it. Its name depends on the token too, because
 * browsers do not tell the ports of one machine apart. Comparisons take the same time for right and
 * wrong tokens.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLoopback } from './listen-address.ts'
import { problem } from './problem.ts'

/** A browser is let in for this long without the token: 30 days. */
const sessionSeconds = 30 * 86_400

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Sets the headers of every answer. */
export function addStrictHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers)
  })
}

/**
 * Refuses requests for other hosts than this machine while listening on a loopback address.
 * `hosts` are further names to accept, for a proxy in front.
 */
export function checkHost(
  app: FastifyInstance,
  listenHost: string,
  hosts: readonly string[],
): void {
  if (!isLoopback(listenHost)) return
  const accepted = new Set(['localhost', '127.0.0.1', '[::1]', ...hosts])
  app.addHook('onRequest', async (request, reply) => {
    const name = (request.headers.host ?? '').toLowerCase().replace(/:\d*$/, '')
    if (accepted.has(name) || isLoopback(name)) return undefined
    return problem(reply, 421, `this server does not answer for the host "${name}"`)
  })
}

/** The one token, and the cookie that stands for it. */
export class TokenGuard {
  readonly #digest: Buffer
  readonly #cookieName: string
  readonly #cookieValue: string
  readonly #cookieEnd: string

  constructor(token: string, secure: boolean) {
    this.#digest = sha256(token)
    this.#cookieName = 'forewarn_' + keyed(token, 'cookie name').slice(0, 8)
    this.#cookieValue = keyed(token, 'cookie value')
    this.#cookieEnd = '; Path=/; HttpOnly; SameSite=Strict' + (secure ? '; Secure' : '')
  }

  /** True for the right token, compared in constant time. */
  matches(token: string): boolean {
    return timingSafeEqual(sha256(token), this.#digest)
  }

  /** True if the request carries the token or its cookie. */
  admits(request: FastifyRequest): boolean {
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (bearer !== undefined) return this.matches(bearer)
    const cookie = cookieOf(request.headers.cookie ?? '', this.#cookieName)
    return cookie !== undefined && timingSafeEqual(sha256(cookie), sha256(this.#cookieValue))
  }

  letIn(reply: FastifyReply): FastifyReply {
    const cookie = `${this.#cookieName}=${this.#cookieValue}; Max-Age=${sessionSeconds}`
    return reply.header('set-cookie', cookie + this.#cookieEnd)
  }

  letOut(reply: FastifyReply): FastifyReply {
    return reply.header('set-cookie', `${this.#cookieName}=; Max-Age=0${this.#cookieEnd}`)
  }
}

/** Answers 401 to all requests of an instance that the guard does not admit. */
export function demandToken(app: FastifyInstance, guard: TokenGuard): void {
  app.addHook('onRequest', async (request, reply) => {
    if (guard.admits(request)) return undefined
    reply.header('www-authenticate', 'Bearer realm="forewarn"')
    return problem(reply, 401, 'this needs the access token of the server')
  })
}

/**
 * Answers 403 to pages of other sites: without a token they could have a browser on this machine
 * ask for things. A browser says by the header Origin where a page is from; programs send none.
 */
export function refuseForeignPages(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin, host } = request.headers
    if (origin === undefined) return undefined
    if (URL.canParse(origin) && new URL(origin).host === host) return undefined
    return problem(reply, 403, 'pages of other sites may not do this')
  })
}

function cookieOf(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name) return value
  }
  return undefined
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function keyed(token: string, purpose: string): string {
  return createHmac('sha256', token).update(`forewarn ${purpose}`).digest('hex')
}
