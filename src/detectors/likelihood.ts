/**
 * Anomaly likelihood: is the series more surprising lately than it usually is?
 *
 * Raw scores are averaged over ten samples, so that a lone surprise in a noisy series counts for
 * little, and the average is compared with the normal distribution of all averages before:
 *
 *   a_t = mean of the last ten raw scores
 *   Q_t = ½ erfc((a_t - μ) / (σ 1.4142))        μ ≥ .03, σ² ≥ .0003, fitted every 100 samples
 *   a Q ≤ 1e-5 right after another becomes 1e-3, so that only the first of a run is extreme
 *
 * Two ways to remember the averages:
 *
 * - `window: fading` (ours): mean and variance that forget, O(1) in memory. What Q claims is far
 *   too rare, since averages are not normal: of nominally ten decades some six are real, and they
 *   are fused with the evidence that came in (stats/decades.ts), so a sudden surprise and a
 *   lasting one both count.
 * - `window: 8640` (as published): exactly the last n scores, and the score is 1 - Q, whatever came
 *   in. Averages under μ count as over it, and a series whose own variance is under 1.5e-5 gets the
 *   distribution that calls nothing unusual. For published numbers: it keeps 112 KB a series.
 *
 * The raw score leaves on the published logarithmic scale, ln(1.0000000001 - (1 - Q)) / -23.03: 0.3
 * is one in a thousand, 0.5 one in a hundred thousand, nominally.
 *
 * Source: Ahmad, Lavin, Purdy, Agha 2017, "Unsupervised real-time anomaly detection for streaming
 * data", section 3.1; the limits as NAB's detectors set them.
 * Differs: integer running sums in place of reading 8640 scores again; the fading form. Measured in
 * docs/algorithms/likelihood.md.
 * Cost: O(1) a sample; about twenty numbers of state.
 */

import type { Assessment } from '../core/assessment.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { decadesOf, fused, scoreOf } from '../stats/decades.ts'
import { erfc } from '../stats/gaussian.ts'
import { averagedSamples, FadingHistory, scoreUnits } from '../stats/score-history.ts'
import type { ScoreHistory } from '../stats/score-history.ts'
import { ScoreWindow } from '../stats/score-window.ts'
import { WindowedVariance } from '../stats/windowed-variance.ts'
import type { Learning, ScoreFilter } from './detector.ts'

/** Options of the filter. */
export const likelihoodOptions = {
  windowSamples: {
    kind: 'number-or-word',
    words: ['fading'],
    min: 100,
    max: 8640,
    default: 'fading',
    shapesState: true,
    about:
      'What the present is compared with. fading: all of the past, forgotten slowly. A number: ' +
      'exactly so many samples, as published (8640), at 13 bytes each.',
  },
  memorySamples: {
    kind: 'integer',
    min: 100,
    max: 1e9,
    default: 8640,
    about: 'With a fading window: samples after which the past counts for a third.',
  },
  refitSamples: {
    kind: 'integer',
    min: 1,
    max: 1e6,
    default: 100,
    about: 'The distribution is fitted anew every so many samples.',
  },
  learningSamples: {
    kind: 'number-or-word',
    words: ['auto'],
    min: 0,
    max: 1e9,
    default: 'auto',
    shapesState: true,
    about: 'Scores at the start that are not counted. auto: the detector’s probation.',
  },
} as const satisfies OptionSpecs

export type LikelihoodOptions = OptionsOf<typeof likelihoodOptions>

/** Source: NAB's detectors, as are all limits down to the root. */
const meanMin = 0.03
const varianceMin = 0.0003
const metricVarianceMin = 1.5e-5
const nullMean = 0.5
const nullDeviation = 1000
/** In 1 - .99999 and 1 - .999 the published arithmetic has its own last digits. */
const extremeTail = 1 - 0.99999
const repeatedTail = 1 - 0.999
// oxlint-disable-next-line approx-constant -- four decimals, as published.
const publishedRootTwo = 1.4142
const logOffset = 1.0000000001
const logScale = -23.02585084720009

/**
 * What a nominal decade of Q is worth: 5.19 of them are three real ones. A Q under 10^-5.19 comes
 * once in 950 samples of NAB, 830 of cloud, 2,100 of KPI, and is also where NAB's score is best.
 */
const nominalShare = 0.578
/** What a decade of the incoming evidence is worth, by measurement. */
const incomingShare = 0.88

/** See the head of the file. */
export class Likelihood implements ScoreFilter {
  readonly #options: LikelihoodOptions
  /** The last ten scores in units; the oldest at `seen` modulo ten. */
  readonly #recent: number[] = new Array<number>(averagedSamples).fill(0)
  readonly #fading: boolean
  #history: ScoreHistory | undefined
  /** Variance of the series itself; only with a window. */
  #metric: WindowedVariance | undefined
  #seen = 0
  #sum = 0
  #fitted = false
  #fitMean = nullMean
  #fitDeviation = nullDeviation
  #previousTail = 1

  constructor(options: LikelihoodOptions) {
    this.#options = options
    this.#fading = options.windowSamples === 'fading'
  }

  apply(value: number, learning: Learning, assessment: Assessment): void {
    const { learningSamples, refitSamples } = this.#options
    const learned = learningSamples === 'auto' ? assessment.probationSamples : learningSamples
    const history = (this.#history ??= this.#newHistory(learned))
    const seen = this.#seen++
    const score = Math.round(assessment.rawScore * scoreUnits)
    const averageBefore = this.#average(seen)
    this.#sum += score - (this.#recent[seen % averagedSamples] as number)
    this.#recent[seen % averagedSamples] = score
    const judges = this.#fading ? !assessment.inProbation : seen >= learned
    if (judges && (!this.#fitted || seen % refitSamples === 0)) {
      this.#fit(history)
      this.#previousTail = this.#tail(averageBefore)
    }
    this.#rewrite(assessment, judges ? this.#newTail(this.#average(seen + 1)) : 0.5)
    if (learning === 'masked' && !assessment.inProbation) return
    if (judges || !this.#fading) history.push(this.#sum, score)
    if (judges) this.#metric?.push(value)
  }

  #newHistory(learned: number): ScoreHistory {
    const { windowSamples, memorySamples } = this.#options
    if (typeof windowSamples !== 'number') return new FadingHistory(memorySamples)
    this.#metric = new WindowedVariance(windowSamples)
    return new ScoreWindow(windowSamples, learned)
  }

  #fit(history: ScoreHistory): void {
    this.#fitted = true
    const flat = this.#metric !== undefined && this.#metric.variance < metricVarianceMin
    if (history.count === 0 || flat) {
      this.#fitMean = nullMean
      this.#fitDeviation = nullDeviation
      return
    }
    this.#fitMean = Math.max(meanMin, history.mean())
    this.#fitDeviation = Math.sqrt(Math.max(varianceMin, history.variance()))
  }

  /** Mean of the last ten of `seen` scores. */
  #average(seen: number): number {
    return this.#sum / (Math.max(1, Math.min(seen, averagedSamples)) * scoreUnits)
  }

  /** Q of an average. */
  #tail(average: number): number {
    let z = (average - this.#fitMean) / this.#fitDeviation
    if (!this.#fading) z = Math.abs(z)
    return z <= 0 ? 0.5 : 0.5 * erfc(z / publishedRootTwo)
  }

  /** Q, with all but the first of a run of extremes taken back. */
  #newTail(average: number): number {
    const tail = this.#tail(average)
    const repeated = tail <= extremeTail && this.#previousTail <= extremeTail
    this.#previousTail = tail
    return repeated ? repeatedTail : tail
  }

  #rewrite(assessment: Assessment, tail: number): void {
    const likelihood = 1 - tail
    if (!this.#fading) assessment.score = likelihood
    else if (tail === 0.5) assessment.score = 1 - (1 - assessment.score) ** incomingShare
    else {
      const lasting = nominalShare * -Math.log10(tail + logOffset - 1)
      const sudden = incomingShare * decadesOf(assessment.score)
      assessment.score = scoreOf(fused(lasting, sudden))
    }
    assessment.rawScore = Math.log(logOffset - likelihood) / logScale
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#seen)
    for (const score of this.#recent) writer.int32(score)
    writer.boolean(this.#fitted)
    writer.float64(this.#fitMean)
    writer.float64(this.#fitDeviation)
    writer.float64(this.#previousTail)
    const learned = this.#history instanceof ScoreWindow ? this.#history.skippedSamples : -1
    writer.boolean(this.#history !== undefined)
    writer.float64(learned)
    this.#history?.snapshot(writer)
    this.#metric?.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.#seen = reader.float64()
    for (let i = 0; i < averagedSamples; i++) this.#recent[i] = reader.int32()
    this.#sum = this.#recent.reduce((sum, score) => sum + score, 0)
    this.#fitted = reader.boolean()
    this.#fitMean = reader.float64()
    this.#fitDeviation = reader.float64()
    this.#previousTail = reader.float64()
    const known = reader.boolean()
    const learned = reader.float64()
    if (!known) return
    this.#history = this.#newHistory(learned)
    this.#history.restore(reader)
    this.#metric?.restore(reader)
  }
}
