/** How long a sender waits for its 204, at half the rate that one sender can send at all. */

import { pause } from '../../../test/live/live-program.ts'
import type { Contender } from './contenders.ts'
import { posted, taken } from './load.ts'
import type { Load } from './load.ts'

/** Milliseconds, of requests of 10,000 lines and of empty ones sent between them. */
export interface Waits {
  readonly p50Ms: number
  readonly p99Ms: number
  /** The same of empty requests: what the machine and HTTP alone take. */
  readonly emptyP99Ms: number
}

/** Rounds that are measured: at 60 requests each, seven of 720 lie over the 99th percentile. */
const rounds = 12

/** Sends one round as fast as it is answered, then others at half that rate. */
export async function acknowledgement(
  { url }: Contender,
  load: Load,
  startSeconds: number,
): Promise<Waits> {
  const nothing = Buffer.alloc(0)
  const began = performance.now()
  for (let i = 0; i < load.requestCount; i++) await taken(url, load.body(i, startSeconds))
  const everyMs = (2 * (performance.now() - began)) / load.requestCount
  const full: number[] = []
  const empty: number[] = []
  for (let round = 1; round <= rounds; round++) {
    for (let i = 0; i < load.requestCount; i++) {
      const sentMs = performance.now()
      const body = load.body(i, startSeconds + round * load.roundSeconds)
      full.push(await taken(url, body))
      empty.push((await posted(url, nothing)).ms)
      await pause(Math.max(0, sentMs + everyMs - performance.now()))
    }
  }
  return {
    p50Ms: quantile(full, 0.5),
    p99Ms: quantile(full, 0.99),
    emptyP99Ms: quantile(empty, 0.99),
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] as number
}
