/**
 * A series of any length as at most so many spans, each with its extremes, in one pass.
 *
 *   samples   · · · · · · · ·      spans of 1 until there is no room,
 *   spans     ├─┼─┼─┼─┼─┼─┼─┤      then neighbours are joined and spans are of 2, of 4, …
 *   joined    ├───┼───┼───┼───┤
 *
 * Extremes survive joining, so a spike of one sample in ten million is still to be seen. A picture
 * of these spans at a width of no more pixels than spans is the picture of all samples.
 *
 * Cost: O(1) a sample, amortised; 80 bytes a span.
 */

/** One sample to be drawn. */
export interface DrawnSample {
  readonly timestampMs: number
  readonly value: number
  /** NaN where there is no band. */
  readonly lower: number
  readonly upper: number
  readonly score: number
  readonly state: SampleState
}

/** What a sample looks like; of joined spans the later word in this list holds. */
export const sampleStates = ['probation', 'ok', 'anomalous', 'firing'] as const
export type SampleState = (typeof sampleStates)[number]

/** Some samples in a row. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
  readonly valueMin: number
  readonly valueMax: number
  readonly lowerMin: number
  readonly upperMax: number
  readonly scoreMax: number
  readonly state: SampleState
}

/** Doubles of a span: start, end, value min and max, lower, upper, score, state. */
const rowLength = 8
const firstSpans = 64

/** See the head of the file. */
export class Decimation {
  #spansMax: number
  /** Float64Array, rows of `rowLength`, indexed by span. */
  #rows: Float64Array
  #count = 0
  /** Samples in a whole span. */
  #spanSamples = 1
  /** Samples in the last span. */
  #lastSamples = 0

  /** `spansMax` is even and at least 2. */
  constructor(spansMax: number) {
    this.#spansMax = spansMax
    this.#rows = new Float64Array(Math.min(firstSpans, spansMax) * rowLength)
  }

  get count(): number {
    return this.#count
  }

  push(sample: DrawnSample): void {
    if (this.#count > 0 && this.#lastSamples < this.#spanSamples) {
      this.#widen((this.#count - 1) * rowLength, sample)
      this.#lastSamples++
      return
    }
    if (this.#count === this.#spansMax) this.#join()
    if (this.#count > 0 && this.#lastSamples < this.#spanSamples) {
      this.push(sample)
      return
    }
    const at = this.#count * rowLength
    if (at === this.#rows.length) this.#grow()
    const rows = this.#rows
    rows[at] = rows[at + 1] = sample.timestampMs
    rows[at + 2] = rows[at + 3] = sample.value
    rows[at + 4] = sample.lower
    rows[at + 5] = sample.upper
    rows[at + 6] = sample.score
    rows[at + 7] = sampleStates.indexOf(sample.state)
    this.#count++
    this.#lastSamples = 1
  }

  /** Lowers the number of spans, where there are many series. */
  limit(spansMax: number): void {
    if (spansMax >= this.#spansMax) return
    this.#spansMax = spansMax
    while (this.#count > spansMax) this.#join()
    this.#rows = this.#rows.slice(0, Math.max(this.#count, 1) * rowLength)
  }

  spans(): Span[] {
    return Array.from({ length: this.#count }, (_, index) => this.#span(index * rowLength))
  }

  #span(at: number): Span {
    const [
      startMs = 0,
      endMs = 0,
      valueMin = 0,
      valueMax = 0,
      lowerMin,
      upperMax,
      scoreMax,
      state,
    ] = this.#rows.subarray(at, at + rowLength)
    return {
      startMs,
      endMs,
      valueMin,
      valueMax,
      lowerMin: lowerMin ?? NaN,
      upperMax: upperMax ?? NaN,
      scoreMax: scoreMax ?? 0,
      state: sampleStates[state ?? 0] ?? 'ok',
    }
  }

  #widen(at: number, sample: DrawnSample): void {
    const rows = this.#rows
    rows[at + 1] = sample.timestampMs
    rows[at + 2] = Math.min(rows[at + 2] as number, sample.value)
    rows[at + 3] = Math.max(rows[at + 3] as number, sample.value)
    rows[at + 4] = lesser(rows[at + 4] as number, sample.lower)
    rows[at + 5] = greater(rows[at + 5] as number, sample.upper)
    rows[at + 6] = Math.max(rows[at + 6] as number, sample.score)
    rows[at + 7] = Math.max(rows[at + 7] as number, sampleStates.indexOf(sample.state))
  }

  #grow(): void {
    const spans = Math.min(this.#spansMax, Math.max(1, this.#count) * 2)
    const grown = new Float64Array(spans * rowLength)
    grown.set(this.#rows)
    this.#rows = grown
  }

  /** Joins neighbours; a last span without one stays, half full. */
  #join(): void {
    const pairs = this.#count >> 1
    const odd = this.#count % 2 === 1
    for (let pair = 0; pair < pairs; pair++) {
      const left = this.#span(2 * pair * rowLength)
      const right = this.#span((2 * pair + 1) * rowLength)
      this.#put(pair, {
        startMs: left.startMs,
        endMs: right.endMs,
        valueMin: Math.min(left.valueMin, right.valueMin),
        valueMax: Math.max(left.valueMax, right.valueMax),
        lowerMin: lesser(left.lowerMin, right.lowerMin),
        upperMax: greater(left.upperMax, right.upperMax),
        scoreMax: Math.max(left.scoreMax, right.scoreMax),
        state: later(left.state, right.state),
      })
    }
    if (odd) this.#put(pairs, this.#span((this.#count - 1) * rowLength))
    this.#lastSamples += odd ? 0 : this.#spanSamples
    this.#count = pairs + (odd ? 1 : 0)
    this.#spanSamples *= 2
  }

  #put(index: number, span: Span): void {
    const { startMs, endMs, valueMin, valueMax, lowerMin, upperMax, scoreMax, state } = span
    const numbers = [startMs, endMs, valueMin, valueMax, lowerMin, upperMax, scoreMax]
    this.#rows.set([...numbers, sampleStates.indexOf(state)], index * rowLength)
  }
}

/** The lesser of two numbers, a missing one (NaN) left out. */
function lesser(a: number, b: number): number {
  return a < b || Number.isNaN(b) ? a : b
}

function greater(a: number, b: number): number {
  return a > b || Number.isNaN(b) ? a : b
}

function later(a: SampleState, b: SampleState): SampleState {
  return sampleStates.indexOf(a) >= sampleStates.indexOf(b) ? a : b
}
