/** What is right in a configuration and yet worth a look, for `forewarn check`. */

import type { Config } from './config.ts'
import { pathText } from './origin.ts'

/** One line each. */
export function configNotes({ store, sources, settings }: Config): string[] {
  if (store.scope !== 'partition') return []
  return sources.flatMap(({ name, type, options }) => {
    const place = pathText(['sources', name, 'keyed'])
    const written = settings.find(({ path }) => pathText(path) === place)?.origin !== undefined
    if (type !== 'kafka' || options['keyed'] === false || written) return []
    return [
      `${place} is true by default: records need a key that tells series apart (the host, say), ` +
        'so that a series always comes by the same partition; without keys set it to false',
    ]
  })
}
