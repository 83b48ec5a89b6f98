/**
 * The features of the regression in their order, each with what is believed of it before any
 * outcome: first those that all metrics share, then those of each metric, then those of the
 * futures.
 *
 * A shop at rest is at log odds of about -5; a source that is certain adds about 1. The shared
 * weights are a guess, held to be sane by the tests; outcomes soon outweigh it. Variances and the
 * metrics' own weights were chosen on the first part of the recorded shops, each judged by what
 * the others taught: variances among .5, 1, 4 and 10 of the shared ones and .03, .1, .25, .5, 1
 * and 4 of the others, the weights of a metric's long trend of 0, .5 and .7, and of 0, .2 and .5.
 */

import type { Feature } from './evidence.ts'

const sharedVariance = 1
const ownVariance = 0.5

const shared = (evidence: Feature['evidence'], prior: number, rest: number): Feature => ({
  evidence,
  prior,
  variance: sharedVariance,
  rest,
})

const own = (evidence: Feature['evidence'], prior: number): Feature => ({
  evidence,
  prior,
  variance: ownVariance,
  rest: 0,
})

const sharedFeatures: readonly Feature[] = [
  shared(undefined, -2, 1),
  shared('queue', 1, -1),
  shared('line', 0.5, -1),
  shared('forecast', 1, -1),
  // Of the metric that leads: P(at its critical level), further down its height, growth and so on.
  shared('metrics', 1.5, -1),
  shared('forecast', 0.5, -1),
  shared('metrics', 0.5, 0),
  shared('metrics', 0.5, 0),
  shared('map', 1, -1),
  shared('map', 1, -1),
  shared('metrics', 0.5, 0),
  shared('metrics', 0.5, -1),
  shared('queue', 0.5, -1),
  shared('metrics', 0.5, 0),
]

/** Height; by the long trend height and growth, and P(at its critical level within the horizon). */
const ownFeatures: readonly Feature[] = [own('metrics', 0), own('metrics', 0.5), own('metrics', 0)]

/**
 * P, how near its moment is, how unforeseen its steps are; a guess. Whether it is asked at all was
 * measured (docs/guides/early-warning.md).
 */
const futuresFeatures: readonly Feature[] = [
  own('futures', 0.5),
  own('futures', 0.25),
  own('futures', 0),
]

export const sharedFeatureCount = sharedFeatures.length
export const ownFeatureCount = ownFeatures.length
export const futuresFeatureCount = futuresFeatures.length

/** All features of so many metrics. */
export function featuresOf(metrics: number, withFutures: boolean): Feature[] {
  const ofMetrics = Array.from({ length: metrics }, () => ownFeatures).flat()
  return [...sharedFeatures, ...ofMetrics, ...(withFutures ? futuresFeatures : [])]
}
