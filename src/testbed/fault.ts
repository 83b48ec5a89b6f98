/**
 * What can go wrong in the simulated shop, and what only looks like it.
 *
 * A gradual fault grows from nothing until it has broken the objective, after `breakAfterSeconds`
 * where the load is the usual one; a sudden fault is there at once.
 */

/** Faults that grow: there is a lead to be had. */
export const gradualFaults = ['cpu-leak', 'memory-leak', 'disk-hog', 'lock-contention'] as const

/** Faults that come at once: no lead is possible. */
export const suddenFaults = ['slow-dependency', 'surge'] as const

/** Changes that a healthy shop goes through: they must not be warned of. */
export const harmlessChanges = ['load', 'batch-job', 'cache-growth', 'report-job'] as const

export type FaultKind = (typeof gradualFaults)[number] | (typeof suddenFaults)[number]
export type HarmlessKind = (typeof harmlessChanges)[number]

/** One thing that is done to the shop. Seconds are counted from the start of the simulation. */
export interface Injection {
  readonly kind: FaultKind | HarmlessKind
  readonly startSecond: number
  /** First second without it. */
  readonly endSecond: number
  /** Seconds from the start to full strength. At full strength a fault breaks the objective. */
  readonly rampSeconds: number
  /** Full strength of a harmless change, as a share of that of a fault. Faults have 1. */
  readonly strength: number
  /** Seconds between two steps of growth; 1 is smooth. */
  readonly stepSeconds: number
}

/** How strong each kind is at a moment. */
export type Strengths = Readonly<Record<Injection['kind'], number>>

/** Nothing is injected. */
export const noStrengths: Strengths = {
  'cpu-leak': 0,
  'memory-leak': 0,
  'disk-hog': 0,
  'lock-contention': 0,
  'slow-dependency': 0,
  surge: 0,
  load: 0,
  'batch-job': 0,
  'cache-growth': 0,
  'report-job': 0,
}

export const isGradual = (kind: string): boolean =>
  (gradualFaults as readonly string[]).includes(kind)

export const isFault = (kind: string): kind is FaultKind =>
  isGradual(kind) || (suddenFaults as readonly string[]).includes(kind)

/** How far an injection has grown at a second: 1 is the strength that breaks the objective. */
export function grown(injection: Injection, second: number): number {
  const { kind, startSecond, endSecond, rampSeconds, stepSeconds, strength } = injection
  if (second < startSecond || second >= endSecond) return 0
  const elapsed = Math.floor((second - startSecond) / stepSeconds) * stepSeconds
  const share = rampSeconds <= 0 ? 1 : elapsed / rampSeconds
  // A fault grows on beyond its breaking strength, a harmless change does not.
  const most = isFault(kind) ? 1.15 : 1
  return strength * Math.min(most, share)
}
