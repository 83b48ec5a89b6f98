/**
 * The numbers of `auto` that were found by trying: no option, but given from outside so that
 * bench/accuracy/designs.ts can show what each of them is worth, and what choosing them is.
 *
 * Source: by measurement (docs/algorithms/auto.md).
 */

/** See the head of the file. */
export interface AutoDesign {
  /** Steps that the range of the warm-up is cut into, for pairs, levels, levels at a time. */
  readonly pairSteps: number
  readonly levelSteps: number
  readonly timeSteps: number
  readonly hourSteps: number
  /** Samples after which the likelihoods are fitted anew. */
  readonly refitSamples: number
  /** Samples that a likelihood is fitted to at least. */
  readonly fittedSamplesMin: number
  /** Days until the time of the day counts in full. */
  readonly timeKnownDays: number
  /** Decades by which a run of equal values must be too long. */
  readonly standstillDecades: number
  /** Samples until a series is known, and the share of movement left at which it never is. */
  readonly ripeSamples: number
  readonly unexplainedMax: number
  /** The score head at which a fully trusted series alarms. */
  readonly sharpThreshold: number
  /** Rest after an alarm, as a share of probation; a day at most. */
  readonly restShare: number
}

export const autoDesign: AutoDesign = {
  pairSteps: 11,
  levelSteps: 16,
  timeSteps: 10,
  hourSteps: 15,
  refitSamples: 100,
  fittedSamplesMin: 50,
  timeKnownDays: 7,
  standstillDecades: 12,
  ripeSamples: 5000,
  unexplainedMax: 0.45,
  sharpThreshold: 1.3,
  restShare: 0.3,
}
