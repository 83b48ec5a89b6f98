/**
 * A seasonal stream with injected anomalies, of which the truth is known.
 *
 *   value_t = 100 + 20 sin(2πt/T) + 6 sin(4πt/T + 1) + n_t       n_t = 0.6 n_{t-1} + N(0, 1.2)
 *
 * so the noise n has a deviation of 1.2/√(1 - 0.36) = 1.5. From the second period on anomalies come
 * at random, on average one in `anomalyEverySamples`, never two at a time:
 *
 *   spike, dip   one sample, 6 to 12 noise deviations off
 *   shift        20 to 59 samples, 5 to 9 noise deviations off, up or down
 *   flat         20 to 59 samples stuck at one value
 *
 * All numbers are chosen so that a spike stands clear of the noise and still lies inside the range
 * of the season: a fixed limit cannot find it.
 *
 * Cost: one or two normal draws a sample; a few numbers of state.
 */

import { Random } from '../../core/random.ts'

export type SeasonalAnomaly = 'spike' | 'dip' | 'shift' | 'flat'

/** One sample of the stream. */
export interface SeasonalSample {
  /** 1 for the first. */
  readonly tick: number
  readonly value: number
  /** What is wrong with it; empty where nothing is. */
  readonly anomaly: SeasonalAnomaly | ''
}

/** What a seasonal stream is made of. */
export interface SeasonalShape {
  readonly seed: number
  readonly periodSamples: number
  /** Mean number of normal samples between two anomalies. */
  readonly anomalyEverySamples: number
}

const level = 100
const swing = 20
const overtone = 6
const noiseMemory = 0.6
const noiseStep = 1.2
/** noiseStep / √(1 - noiseMemory²). */
const noiseDeviation = 1.5

const kinds: readonly SeasonalAnomaly[] = ['spike', 'dip', 'shift', 'flat']

/** See the head of the file. Endless. */
export class SeasonalStream {
  readonly #shape: SeasonalShape
  readonly #random: Random
  #tick = 0
  #noise = 0
  #anomaly: SeasonalAnomaly | '' = ''
  #anomalyLeft = 0
  #offset = 0
  #stuckAt = 0

  constructor(shape: SeasonalShape) {
    this.#shape = shape
    this.#random = new Random(shape.seed)
  }

  /** The next sample. */
  next(): SeasonalSample {
    const phase = (2 * Math.PI * this.#tick) / this.#shape.periodSamples
    this.#noise = noiseMemory * this.#noise + this.#random.gaussian(0, noiseStep)
    const normal = level + swing * Math.sin(phase) + overtone * Math.sin(2 * phase + 1)
    const usual = normal + this.#noise
    this.#tick++
    if (this.#anomalyLeft > 0) this.#goOn()
    else if (this.#begins()) this.#begin(usual)
    const value = this.#anomaly === 'flat' ? this.#stuckAt : usual + this.#offset
    return { tick: this.#tick, value, anomaly: this.#anomaly }
  }

  #goOn(): void {
    this.#anomalyLeft--
    if (this.#anomalyLeft > 0) return
    this.#anomaly = ''
    this.#offset = 0
  }

  #begins(): boolean {
    if (this.#tick <= this.#shape.periodSamples) return false
    return this.#random.uniform() * this.#shape.anomalyEverySamples < 1
  }

  #begin(usual: number): void {
    const anomaly = kinds[this.#random.below(kinds.length)] as SeasonalAnomaly
    const single = anomaly === 'spike' || anomaly === 'dip'
    this.#anomaly = anomaly
    this.#anomalyLeft = single ? 1 : 20 + this.#random.below(40)
    this.#stuckAt = usual
    const strength = single ? 6 + 6 * this.#random.uniform() : 5 + 4 * this.#random.uniform()
    const down = anomaly === 'dip' || (anomaly === 'shift' && this.#random.uniform() < 0.5)
    this.#offset = strength * noiseDeviation * (down ? -1 : 1)
  }
}
