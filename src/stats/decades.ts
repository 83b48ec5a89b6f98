/**
 * Tail probabilities as evidence: a decade is a factor of ten in rarity.
 *
 *   decades = -log10(tail)        score = 1 - tail = 1 - 10^(-decades)
 *
 * Two pieces of evidence about one sample are not independent, so their probabilities must not be
 * multiplied, and the larger one alone forgets that they agree. Between the two lies the norm
 *
 *   (a⁴ + b⁴)^(1/4)      of decades a and b
 *
 * which is the larger one plus at most 19 % where both are equal.
 *
 * Source: the exponent by measurement: 4 and 8 are alike, 2 loses four points of
 * NAB (docs/algorithms/likelihood.md).
 */

/** Tails under this cannot be told from 0 once they were written as a score. */
const tailMin = 1e-16

/** -log10 of the tail that a score in [0, 1] stands for; at most 16. */
export function decadesOf(score: number): number {
  return -Math.log10(Math.max(1 - score, tailMin))
}

/** The score of so many decades. */
export function scoreOf(decades: number): number {
  return 1 - 10 ** -decades
}

/** Two pieces of evidence as one; all in decades ≥ 0. */
export function fused(a: number, b: number): number {
  const squares = a * a * a * a + b * b * b * b
  return Math.sqrt(Math.sqrt(squares))
}
