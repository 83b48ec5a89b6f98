/** How many deviations a value lies from its expected place. */

/** Deviations are never taken for smaller than this share of the level: below it is rounding. */
const deviationShareMin = 2 ** -40

/** Largest answer: what lies off a level that never moved is not infinitely far. */
const deviationsMax = 2 ** 20

/** |distance| / deviation, finite for every input; 0 where the distance is 0. */
export function deviationsOf(distance: number, deviation: number, level: number): number {
  if (distance === 0) return 0
  const divisor = Math.max(deviation, Math.abs(level) * deviationShareMin)
  return Math.min(Math.abs(distance) / divisor, deviationsMax)
}
