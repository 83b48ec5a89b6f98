/**
 * The simulated testbed: seconds of the shop one by one, with what was injected. The same seed
 * gives the same seconds everywhere.
 */

import { Random } from '../core/random.ts'
import type { FaultKind, Injection } from './fault.ts'
import { schedule } from './schedule.ts'
import { Shop } from './shop.ts'
import type { ShopSecond } from './shop.ts'

/** What is simulated. */
export interface SimulationPlan {
  readonly seconds: number
  readonly faults: readonly FaultKind[]
  readonly seed: number
}

/** A simulation ready to run. */
export interface Simulation {
  readonly injections: readonly Injection[]
  /** The seconds in order. What a second holds is valid until the next one. */
  run(): Generator<ShopSecond>
}

/** See the head of the file. */
export function simulation({ seconds, faults, seed }: SimulationPlan): Simulation {
  const injections = schedule({ seconds, faults, random: new Random(seed) })
  return {
    injections,
    *run() {
      // The schedule has its own stream, so that the shop can change without moving the faults.
      const shop = new Shop(injections, new Random(seed ^ 0x51ab1e))
      for (let second = 0; second < seconds; second++) yield shop.step(second)
    },
  }
}

/** What was made of a second's requests, as the rollup `aggregate` has it. */
export interface AggregateSecond {
  readonly cpu: number
  readonly mem: number
  readonly disk: number
  readonly waiting: number
  readonly connections: number
  readonly count: number
  /** Milliseconds. Unanswered requests count with their timeout. */
  readonly mean: number
  readonly p95: number
  readonly max: number
  readonly violations: number
}

/** Metrics of a second in the order in which they are judged. */
export const aggregateMetrics = [
  'cpu',
  'mem',
  'disk',
  'waiting',
  'connections',
  'count',
  'mean',
  'p95',
  'max',
  'violations',
] as const satisfies readonly (keyof AggregateSecond)[]

/** The same of a record that is read back. */
export interface MeasuredSecond extends Omit<ShopSecond, 'millis'> {
  readonly millis: ArrayLike<number>
}

/** The aggregate of a second; a second without any request is one over the limit. */
export function aggregateOf(second: MeasuredSecond, limitMs: number): AggregateSecond {
  const { cpu, mem, disk, waiting, connections, millis } = second
  const sorted = new Float64Array(millis)
  const count = sorted.length
  let sum = 0
  let violations = 0
  for (let i = 0; i < count; i++) {
    const each = sorted[i]!
    sum += each
    if (each >= limitMs) violations++
  }
  sorted.sort()
  return {
    cpu,
    mem,
    disk,
    waiting,
    connections,
    count,
    mean: count === 0 ? limitMs : sum / count,
    p95: sorted[Math.floor(0.95 * (count - 1))] ?? limitMs,
    max: sorted[count - 1] ?? limitMs,
    violations,
  }
}
