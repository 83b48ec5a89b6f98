/** `POST /api/v1/reload`: the configuration again, without a pause, and what became of it. */

import type { FastifyInstance } from 'fastify'
import { ForewarnError } from '../core/errors.ts'
import { refuseForeignPages } from './guard.ts'
import { problem } from './problem.ts'

/** Names of what a reload left as it was, began and ended; what changed ended and began. */
export interface Changes {
  readonly kept: readonly string[]
  readonly begun: readonly string[]
  readonly ended: readonly string[]
}

/** What a reload did. */
export interface ReloadDone {
  readonly sources: Changes
  readonly sinks: Changes
  /** Series that went on; of those whose detector changed the state was refused. */
  readonly series: number
  readonly tookMs: number
}

/** What became of a reload. */
export type ReloadOutcome =
  | { readonly kind: 'done'; readonly done: ReloadDone }
  | { readonly kind: 'failed'; readonly error: unknown }

/** 200 once the new one holds; 422 with all of its faults, or 500, where the old one stays. */
export function addReload(app: FastifyInstance, reload: () => Promise<ReloadOutcome>): void {
  app.register(async (routes) => {
    refuseForeignPages(routes)
    routes.post('/api/v1/reload', async (_request, reply) => {
      const outcome = await reload()
      if (outcome.kind === 'done') return reply.send({ status: 'reloaded', ...outcome.done })
      const { error } = outcome
      const faulty = error instanceof ForewarnError && error.code.startsWith('ERR_CONFIG_')
      const message = error instanceof Error ? error.message : String(error)
      return problem(reply, faulty ? 422 : 500, `the configuration of before stays: ${message}`)
    })
  })
}
