/**
 * What of a running composition goes on under a new configuration: sources and sinks that it names
 * with every option the same. Anything else ends, and begins anew where it is still named.
 */

import type { Changes } from '../server/reload.ts'

interface Named {
  readonly name: string
}

/** Which of these go on, begin and end; one that changed does both of the latter. */
export function changesBetween(before: readonly Named[], after: readonly Named[]): Changes {
  const texts = new Map(before.map((each) => [each.name, JSON.stringify(each)]))
  const names = new Set(after.map(({ name }) => name))
  const changes = { kept: [] as string[], begun: [] as string[], ended: [] as string[] }
  for (const each of after) {
    const was = texts.get(each.name)
    if (was === JSON.stringify(each)) changes.kept.push(each.name)
    else {
      changes.begun.push(each.name)
      if (was !== undefined) changes.ended.push(each.name)
    }
  }
  changes.ended.push(...[...texts.keys()].filter((name) => !names.has(name)))
  return changes
}
