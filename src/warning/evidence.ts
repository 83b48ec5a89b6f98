/**
 * The evidences that a probability is made of, by name, and each in words.
 *
 *   line        the objective's metric extended by a straight line
 *   queue       its reciprocal extended by one: the response time of a queue
 *   forecast    the distribution of a forecast of its logarithm with a local trend
 *   metrics     every other metric against its usual level and the one of breaches before
 *   map         how often samples at this place of the map were followed by a breach
 *   futures     learned sequences, their predictions fed on (where it is asked)
 *
 * What an evidence adds is the sum of its weights times how far its features are from where they
 * are while nothing is coming; log odds, so the parts add up to what P is above rest.
 */

import type { Futures } from './futures.ts'
import type { Extrapolation } from './extrapolation.ts'
import type { MetricEvidence } from './metric-evidence.ts'

export type EvidenceName = 'line' | 'queue' | 'forecast' | 'metrics' | 'map' | 'futures'

/** A feature of the regression. */
export interface Feature {
  /** None of the constant. */
  readonly evidence: EvidenceName | undefined
  /** Its weight before any outcome, and the variance of that. */
  readonly prior: number
  readonly variance: number
  /** Where it is while nothing is coming. */
  readonly rest: number
}

/** What an evidence adds to the log odds, and why. */
export interface EvidencePart {
  readonly name: EvidenceName
  readonly odds: number
  readonly reason: string
}

/** What an evidence adds, by name; only those that speak for a breach, the strongest first. */
export function evidenceParts(
  features: readonly Feature[],
  weights: ArrayLike<number>,
  values: ArrayLike<number>,
): { readonly name: EvidenceName; readonly odds: number }[] {
  const odds = new Map<EvidenceName, number>()
  features.forEach(({ evidence, rest }, i) => {
    if (evidence === undefined) return
    const added = weights[i]! * (values[i]! - rest)
    odds.set(evidence, (odds.get(evidence) ?? 0) + added)
  })
  const parts = [...odds].map(([name, added]) => ({ name, odds: added }))
  return parts.filter((part) => part.odds > 0).sort((a, b) => b.odds - a.odds)
}

/** What the reasons are about. */
export interface EvidenceFacts {
  readonly metric: string
  readonly limit: number
  readonly horizonSamples: number
  readonly extrapolation: Extrapolation
  readonly leadName: string
  readonly lead: MetricEvidence
  readonly map: { readonly probability: number; readonly isPreFailure: boolean }
  readonly futures: Futures | undefined
  /** A number of samples as a time. */
  readonly inWords: (samples: number) => string
}

/** Why an evidence speaks for a breach. */
export function evidenceReason(name: EvidenceName, facts: EvidenceFacts): string {
  const { metric, limit, extrapolation, lead, leadName, map, inWords } = facts
  const within = `within ${inWords(facts.horizonSamples)}`
  const left = (samples: number): string =>
    samples === 0 ? 'now' : samples === Infinity ? 'not yet' : `in ${inWords(samples)}`
  switch (name) {
    case 'line':
      return `a line through ${metric} is over ${limit} ${within}: ${share(extrapolation.plain)}`
    case 'queue':
      return `${metric} grows as in a queue, to ${limit} ${left(extrapolation.samplesLeft)}`
    case 'forecast':
      return `the forecast of ${metric} is over ${limit} ${within}: ${share(extrapolation.local)}`
    case 'metrics':
      return (
        `${leadName} is ${lead.height.toFixed(1)} spreads over what is usual` +
        (lead.known ? `, where the limit was broken before ${left(lead.samplesLeft)}` : '')
      )
    case 'map':
      return (
        `${share(map.probability)} of the samples at this place of the map came before a breach` +
        (map.isPreFailure ? ', and it is in a pre-failure area' : '')
      )
    case 'futures':
      return futuresReason(facts)
  }
}

function futuresReason({ futures, metric, limit, inWords }: EvidenceFacts): string {
  const { probability = 0, samplesLeft = Infinity, surprise = 0 } = futures ?? {}
  const when = samplesLeft === Infinity ? '' : ` in ${inWords(samplesLeft)}`
  return (
    `predictions fed on have ${metric} over ${limit}${when}: ${share(probability)}` +
    (surprise >= notable ? `, ${share(surprise)} of what they pass was never seen` : '')
  )
}

/** Share of unforeseen columns that is worth a word. */
const notable = 0.5

const share = (probability: number): string => `${Math.round(100 * probability)} %`
