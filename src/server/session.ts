/**
 * Signing in with the token: from the page's field, or by opening `/?token=…` once. Either way the
 * browser is left with a cookie and a clean address.
 */

import type { FastifyInstance } from 'fastify'
import type { TokenGuard } from './guard.ts'
import { problem } from './problem.ts'

const path = '/api/v1/session'

/** Routes that must be reachable without the token. */
export function addSignIn(app: FastifyInstance, guard: TokenGuard | undefined): void {
  app.post<{ Body: { token: string } }>(
    path,
    { schema: { body: signInBody } },
    (request, reply) => {
      if (guard === undefined) return reply.code(204).send()
      if (!guard.matches(request.body.token)) return problem(reply, 401, 'this is not the token')
      return guard.letIn(reply).code(204).send()
    },
  )
  app.delete(path, (_request, reply) => {
    guard?.letOut(reply)
    return reply.code(204).send()
  })
  app.addHook<{ Querystring: { token?: unknown } }>('onRequest', async (request, reply) => {
    const { token } = request.query
    if (typeof token !== 'string' || !request.url.startsWith('/?')) return undefined
    if (guard?.matches(token)) guard.letIn(reply)
    return reply.header('cache-control', 'no-store').redirect('/', 303)
  })
}

const signInBody = {
  type: 'object',
  required: ['token'],
  properties: { token: { type: 'string', maxLength: 4096 } },
}

/** Lets a page ask whether it is signed in: 204, or the 401 of the guard. */
export function addSessionCheck(app: FastifyInstance): void {
  app.get(path, (_request, reply) => reply.code(204).send())
}
