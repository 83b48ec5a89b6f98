/** What the keys of a transform's owners begin with, in the store. */

import { hash32 } from '../core/hash.ts'
import type { ComponentConfig } from './config.ts'

/**
 * What it does, and its place among those that do just the same. So after a reload it goes on from
 * its own state wherever it stands by then, and one that was put before it, also of its kind, never
 * takes that state. With other options it begins anew: what it kept may be of other groups, windows
 * or counters.
 */
export function transformPrefix(all: readonly ComponentConfig[], index: number): string {
  const contents = all.map(({ type, options }) => JSON.stringify([type, options]))
  const content = contents[index] ?? ''
  const before = contents.slice(0, index).filter((each) => each === content).length
  return `${transformsPrefix}${all[index]?.type}-${hash32(content).toString(16)}-${before}/`
}

/** What the keys of all transforms' owners begin with. */
export const transformsPrefix = 'transform/'
