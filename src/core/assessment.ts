/**
 * What a detector says of one sample, before it learns it.
 *
 * The object is written by `Detector.update` and is reused: copy what you keep. Reuse matters: the
 * five doubles would otherwise be five allocations a sample.
 */

/** Where a sample stands. `rejected` is said by the series, never by a detector. */
export type Status = 'probation' | 'ok' | 'anomalous' | 'rejected'

/** A reusable record of one judgement. */
export class Assessment {
  /** True while the detector does not judge yet. The score is then 0. */
  inProbation = true
  /**
   * False where there were too few samples for any score, as with a sequence that is not full yet.
   * Score filters pass over such a sample.
   */
  scored = true
  /** In [0, 1]: one minus the tail probability against the series' own past; 1 = most unusual. */
  score = 0
  /** The detector's natural score before score filters; any finite number. */
  rawScore = 0
  /** The raw score before any score filter; NaN where none stands behind the detector. */
  detectorScore = NaN
  /** In [0, 1]: how sure the detector was of what it expected; NaN where it does not say. */
  confidence = NaN
  /** What the detector thought the value would be; NaN where it has no opinion. */
  expected = NaN
  /** Band of the values it would have called normal; NaN together with `expected`. */
  lower = NaN
  upper = NaN
  /**
   * Samples learned before this one towards knowing the series, and how many that takes. A detector
   * may judge before, by less: then it is not in probation, and only gross changes alarm.
   */
  learnedSamples = 0
  probationSamples = 0
  /** True where the score is the probability of what is to come, not how rare the sample is. */
  foretells = false
  /** Which evidence spoke, in words; empty where the band says all there is to say. */
  evidence = ''

  /** The same with this sample, which is learned at once but where it is masked. */
  learnedAfter(learning: 'on' | 'masked'): number {
    const isLearned = learning === 'on' || this.inProbation
    return Math.min(this.probationSamples, this.learnedSamples + (isLearned ? 1 : 0))
  }

  /** The score that the detector gave, whatever filters made of it. */
  get ownScore(): number {
    return Number.isNaN(this.detectorScore) ? this.rawScore : this.detectorScore
  }

  /** Sets everything to "nothing known". Called by the series before each update. */
  clear(): void {
    this.inProbation = true
    this.scored = true
    this.score = 0
    this.rawScore = 0
    this.detectorScore = NaN
    this.confidence = NaN
    this.expected = NaN
    this.lower = NaN
    this.upper = NaN
    this.learnedSamples = 0
    this.probationSamples = 0
    this.foretells = false
    this.evidence = ''
  }
}
