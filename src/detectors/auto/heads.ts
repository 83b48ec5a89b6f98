/**
 * Three answers from the same evidence; each is 1 at the default threshold.
 *
 *   score head   c = √( (L₂/2.5)² + (P/2.1)² + (L₁/2.3)² + (E/4)² + (F/2)² ) / 1.4
 *                c at least 1.2 at a standstill
 *   alarm head   a = ( (.273 L₁)⁴ + (.273 U)⁴ + Σ (.15 N)⁴ + 1.2⁴ B + 1.2⁴ R )^¼
 *   sharp head   s = c · trust / 1.3
 *
 * with L₁, L₂ off the forecast by a slow and a fast idea of the usual error, P the rare pair, E off
 * the level, F far off it, U sustained, N the four likelihoods, B 1 beyond the range and R 1 at a
 * standstill. The norm of exponent 4 lies between the largest and the sum: evidence of the same
 * samples is not independent, and yet it adds.
 *
 * Source: weights are one over each part's own best threshold, and one common factor; measured in
 * docs/algorithms/auto.md. Exponents 2 to 4 beat the sum and the largest.
 */

import type { Evidence } from './evidence.ts'

/** Decades of the score that a head of 1 stands for: the default threshold. */
export const headDecades = 3

const alarmShare = 0.75
/** Best thresholds on their own, in decades. */
const rankThreshold = 2.75
const likelihoodThreshold = 5
/** What needs no second witness. */
const certain = 1.2

/** How unusual is this sample? */
export function scoreHead(said: Evidence): number {
  const lately = said.offForecastLately / 2.5
  const pair = said.rarePair / 2.1
  const off = said.offForecast / 2.3
  const level = said.offLevel / 4
  const far = said.farOffLevel / 2
  const squares = lately * lately + pair * pair + off * off + level * level + far * far
  const head = Math.sqrt(squares) / 1.4
  return said.standstill ? Math.max(certain, head) : head
}

/** The same where the series is known well enough that a single sample is worth an alarm. */
export function sharpHead(said: Evidence, sharpThreshold: number): number {
  return (scoreHead(said) * said.trust) / sharpThreshold
}

/** Is this worth telling somebody? */
export function alarmHead(said: Evidence): number {
  const rank = alarmShare / rankThreshold
  const likelihood = alarmShare / likelihoodThreshold
  const sum =
    fourth(rank * said.offForecast) +
    fourth(rank * said.sustained) +
    fourth(likelihood * said.newPairs) +
    fourth(likelihood * said.newLevels) +
    fourth(likelihood * said.newAtThisTime) +
    fourth(likelihood * said.newAtThisHour) +
    (said.beyondRange ? fourth(certain) : 0) +
    (said.standstill ? fourth(certain) : 0)
  return Math.sqrt(Math.sqrt(sum))
}

function fourth(x: number): number {
  return x * x * x * x
}
