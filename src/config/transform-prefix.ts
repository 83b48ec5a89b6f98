/** What the keys of a transform's owners begin with, in the store. */

import { hash32 } from '../core/hash.ts'
import type { Ledger, SavedOwner } from '../core/ledger.ts'
import type { Transform } from '../transforms/transform.ts'
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
const transformsPrefix = 'transform/'

/** Keys as they were before: by the kind and the place among its own. */
const byPlace = /^transform\/(\d{1,4})-([a-z-]+)\/(.*)$/su

/**
 * What no transform knows by its key goes from the store; but where the key is one of before, to
 * the transform that had it then, which saves it anew under its own. Throws like a snapshot.
 */
export function takeOverOrForget(
  { ownerKey, sealed }: SavedOwner,
  all: readonly ComponentConfig[],
  transforms: readonly Transform[],
  ledger: Ledger,
): void {
  if (!ownerKey.startsWith(transformsPrefix)) return
  ledger.forgetKey(ownerKey)
  const [, place, type, key] = byPlace.exec(ownerKey) ?? []
  const index = all
    .map((each, i) => (each.type === type ? i : -1))
    .filter((i) => i >= 0)
    .at(Number(place))
  if (index === undefined || place === undefined) return
  const transform = transforms[index]
  const now = { ownerKey: `${transformPrefix(all, index)}${key}`, sealed }
  if (transform?.recover?.(now) !== true) return
  const owner = transform.owner?.(now.ownerKey)
  if (owner !== undefined) ledger.touch(owner)
}
