/**
 * The testbed's output as lines, as the agents of the shop send them:
 *
 *   stats          epoch,cpu,mem,disk,waiting,connections,…    once a second
 *   responsetime   millis,epoch                                once a request, at its end
 *
 * Epochs are whole seconds since 1970, all other fields whole numbers. The first three fields of
 * `stats` are what the seed's agent sends. The agent of the real shop sends further fields, which
 * the truth names.
 */

import type { Objective } from '../warning/objective.ts'
import { isGradual } from './fault.ts'
import type { Injection } from './fault.ts'
import type { ShopSecond } from './shop.ts'

/** The index in a line of `stats` from which on the truth names the fields. */
export const firstFurtherField = 6

/** The line of a second for `stats`. */
export function statsLine(epoch: number, second: ShopSecond): string {
  const { cpu, mem, disk, waiting, connections } = second
  return `${epoch},${cpu},${mem},${disk},${waiting},${connections}\n`
}

/** The lines of a second for `responsetime`. */
export function responseTimeLines(epoch: number, { millis }: ShopSecond): string {
  return millis.map((each) => `${each},${epoch}\n`).join('')
}

/** A breach of the objective, in seconds from the start; `end` is its first second without. */
export interface Breach {
  readonly onset: number
  readonly end: number
}

/** What was done and what came of it, beside the data. */
export interface Truth {
  readonly seed: number
  readonly startEpoch: number
  readonly seconds: number
  readonly objective: Objective
  /** Names of the fields of `stats` behind `connections`. */
  readonly columns?: readonly string[]
  /** How it was recorded: machine, load. */
  readonly about?: Readonly<Record<string, string | number>>
  readonly injections: readonly (Injection & { readonly gradual: boolean })[]
  readonly breaches: readonly Breach[]
}

/** The truth of a simulation or a record. */
export function truthOf(
  parts: Omit<Truth, 'injections'> & { readonly injections: readonly Injection[] },
): Truth {
  const injections = parts.injections.map((each) => ({ ...each, gradual: isGradual(each.kind) }))
  return { ...parts, injections }
}
