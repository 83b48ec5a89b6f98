/** How far a metric is from what is usual, on bounded scales. */

/** A hundred spreads and more are as far as can be. */
const squashedFull = Math.log1p(100)

/** From spreads to [-1, 1]: fine near to what is usual, and a difference still far from it. */
export function squashed(spreads: number): number {
  return Math.sign(spreads) * Math.min(1, Math.log1p(Math.abs(spreads)) / squashedFull)
}

/** From spreads to (0, 1): a metric far away must not outweigh all others on the map. */
export function squeezed(spreads: number): number {
  return 0.5 + Math.atan(spreads / 3) / Math.PI
}
