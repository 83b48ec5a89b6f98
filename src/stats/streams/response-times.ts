/**
 * A stream of response times with spikes, of which the truth is known.
 *
 * A web server whose load rises and falls. One tick is a tenth of a second; a cycle has four phases
 * and takes 604 ticks. With c = ticks since the phase began:
 *
 *   phase       ticks   value in ms
 *   normal        201   200 + |N(0, 2.5)|
 *   ramp-up       101   200 + |N(0, 2.5)| + 0.25 c
 *   high          201   200 + |N(0, 2.5)| + 25 + |N(0, 2.5)|
 *   ramp-down     101   200 + |N(0, 2.5)| + 25 - 0.25 c
 *
 * Each tick has a spike with probability 0.01, which adds |N(0, 10)|: half of the spikes are under
 * 6.7 ms and drown in the noise, so nobody finds all of them.
 *
 * The parameters are those of the stream that the response-time configuration stands in for. It had
 * neither seed nor labels; here the seed fixes every draw, and each sample says whether it was a
 * spike and of what size.
 *
 * Streams stand among the statistics because they are those run backwards: from a law to samples
 * instead of from samples to a law. They are pure, so that the generator source, `generate` and the
 * benches draw the same numbers from the same seed.
 *
 * Cost: up to three normal draws a tick; a few numbers of state.
 */

import { Random } from '../../core/random.ts'

export type ResponseTimePhase = 'normal' | 'ramp-up' | 'high' | 'ramp-down'

/** One tick of the stream. */
export interface ResponseTime {
  /** 1 for the first. */
  readonly tick: number
  readonly phase: ResponseTimePhase
  readonly valueMs: number
  /** What the spike adds; 0 where there is none. */
  readonly spikeMs: number
}

const baseMs = 200
const noiseMs = 2.5
const highMs = 25
const rampMsPerTick = 0.25
const spikeShare = 0.01
const spikeMs = 10

const phases: readonly { readonly phase: ResponseTimePhase; readonly ticks: number }[] = [
  { phase: 'normal', ticks: 201 },
  { phase: 'ramp-up', ticks: 101 },
  { phase: 'high', ticks: 201 },
  { phase: 'ramp-down', ticks: 101 },
]

/** Ticks from one start of the normal phase to the next. */
export const responseTimeCycleTicks = 604

/** See the head of the file. Endless. */
export class ResponseTimeStream {
  readonly #random: Random
  #tick = 0
  #phaseIndex = 0
  #ticksInPhase = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** The next tick. */
  next(): ResponseTime {
    const { phase, ticks } = phases[this.#phaseIndex] as (typeof phases)[number]
    let valueMs = baseMs + this.#halfNormal(noiseMs) + this.#load(phase)
    const spike = this.#random.uniform() < spikeShare ? this.#halfNormal(spikeMs) : 0
    valueMs += spike
    this.#tick++
    this.#ticksInPhase++
    if (this.#ticksInPhase === ticks) {
      this.#ticksInPhase = 0
      this.#phaseIndex = (this.#phaseIndex + 1) % phases.length
    }
    return { tick: this.#tick, phase, valueMs, spikeMs: spike }
  }

  /** What the phase adds. */
  #load(phase: ResponseTimePhase): number {
    switch (phase) {
      case 'normal':
        return 0
      case 'ramp-up':
        return rampMsPerTick * this.#ticksInPhase
      case 'high':
        return highMs + this.#halfNormal(noiseMs)
      case 'ramp-down':
        return highMs - rampMsPerTick * this.#ticksInPhase
    }
  }

  #halfNormal(deviation: number): number {
    return Math.abs(this.#random.gaussian(0, deviation))
  }
}
