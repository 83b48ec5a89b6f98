/**
 * The page's files. Names under `assets/` carry a hash of their content and are cached for good;
 * everything else is asked for again each time (and mostly answered 304).
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { problem } from './problem.ts'

/** Serves the files that `vite build dashboard` made below `root`. */
export function addPage(app: FastifyInstance, root: string): void {
  if (!existsSync(join(root, 'index.html'))) {
    app.get('/', (_request, reply) => {
      return problem(reply, 503, 'the page is not built: run "npm run build" and start again')
    })
    return
  }
  app.register(fastifyStatic, {
    root,
    cacheControl: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      const hashed = path.includes('/assets/')
      const policy = hashed ? 'public, max-age=31536000, immutable' : 'no-cache'
      reply.header('cache-control', policy)
    },
  })
}
