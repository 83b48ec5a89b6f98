/** What the keys of a transform's owners begin with, in the store. */

import type { ComponentConfig } from './config.ts'

/**
 * Its place among those of its kind: one of another kind that is put before it, or taken away,
 * changes nothing, so that it goes on from its own state after a reload.
 */
export function transformPrefix(all: readonly ComponentConfig[], index: number): string {
  const type = all[index]?.type ?? ''
  const before = all.slice(0, index).filter((each) => each.type === type).length
  return `transform/${before}-${type}/`
}
