/** What makes the futures that early warning weighs, by the word that asks for them. */

import { newFutures } from '../detectors/registry.ts'
import type { FuturesMaker } from '../warning/futures.ts'

export const futuresMakers: ReadonlyMap<string, FuturesMaker | undefined> = new Map([
  ['off', undefined],
  ['htm', newFutures],
])
