/**
 * The tail of Student's t distribution with four degrees of freedom, scaled to variance one.
 *
 * What is left over when a metric is compared with its moving average has heavier tails than a
 * normal distribution: "six deviations" happen once in a thousand samples and not once in a
 * billion. Four degrees of freedom say just that, P(|T| ≥ 6.09) = .001, and have a closed form:
 *
 *   t = z √2      s = t / √(t² + 4)      P(|T| ≥ |z|) = (1 - s)² (2 + s) / 2
 *
 * 1 - s is written 4 / (r (r + t)) with r = √(t² + 4), so that no digits are lost far out.
 *
 * Source: Abramowitz and Stegun 1964, 26.7.4 (even degrees of freedom); the four by measurement
 * (docs/algorithms/ema.md).
 * Cost: one square root, one division.
 */

/** Probability of lying at least `deviations` ≥ 0 from the mean, on either side; in (0, 1]. */
export function studentTail(deviations: number): number {
  const t = deviations * Math.SQRT2
  const r = Math.sqrt(t * t + 4)
  const rest = 4 / (r * (r + t))
  return 0.5 * rest * rest * (3 - rest)
}
