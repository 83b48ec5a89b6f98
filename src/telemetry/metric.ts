/**
 * One metric family: a name, and a value for each combination of label values.
 *
 *   counter    only rises; its name ends in `_total`
 *   gauge      goes up and down
 *   histogram  how many observations were at or below each bound, their sum and their count
 *
 * The number of combinations is bounded, because some label values come from outside: beyond the
 * bound everything is counted under the value `other`, so that sums stay right.
 */

export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** What a family is declared with. */
export interface MetricSpec {
  readonly name: string
  readonly kind: MetricKind
  /** One sentence for the help line and the reference page. */
  readonly about: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending, +Inf left out. */
  readonly bounds: readonly number[]
}

/** One combination of label values. */
export interface MetricCell {
  readonly labelValues: readonly string[]
  /** The value; of a histogram the sum. */
  value: number
  /** Observations of a histogram in each bucket, the last one without a bound. Not cumulative. */
  readonly bucketCounts: number[]
}

/** What a scrape shows of a family. */
export interface Family {
  readonly spec: MetricSpec
  cells(): Iterable<MetricCell>
}

/** Combinations of label values that a family keeps apart. */
const cellsMax = 500

const otherValue = 'other'

/** No label value holds it: sources, sinks and reasons are words. */
const separator = '\u0000'

/** See the head of the file. */
export class Metric {
  readonly spec: MetricSpec
  readonly #cells = new Map<string, MetricCell>()

  constructor(spec: MetricSpec) {
    this.spec = spec
    if (spec.labels.length === 0) this.#cell([])
  }

  /** Counters and gauges: adds to the value. */
  add(amount: number, ...labelValues: string[]): void {
    if (this.spec.kind === 'counter' && !(amount >= 0)) {
      throw new RangeError(`counter ${this.spec.name} cannot rise by ${amount}`)
    }
    this.#cell(labelValues).value += amount
  }

  /** Gauges, and counters that something else counts: sets the value. */
  set(value: number, ...labelValues: string[]): void {
    this.#cell(labelValues).value = value
  }

  /** Forgets combinations: of what is not there any more. */
  forget(gone: (labelValues: readonly string[]) => boolean): void {
    for (const [key, { labelValues }] of this.#cells) if (gone(labelValues)) this.#cells.delete(key)
  }

  /** Histograms: takes one observation. */
  observe(value: number, ...labelValues: string[]): void {
    const cell = this.#cell(labelValues)
    cell.value += value
    const found = this.spec.bounds.findIndex((bound) => value <= bound)
    const bucket = found < 0 ? this.spec.bounds.length : found
    cell.bucketCounts[bucket] = (cell.bucketCounts[bucket] ?? 0) + 1
  }

  /** All combinations so far, in the order in which they came up. */
  cells(): IterableIterator<MetricCell> {
    return this.#cells.values()
  }

  #cell(labelValues: readonly string[]): MetricCell {
    const { labels, bounds, name } = this.spec
    if (labelValues.length !== labels.length) {
      throw new TypeError(`metric ${name} has labels ${labels.join(', ')}`)
    }
    const key = labelValues.join(separator)
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    if (this.#cells.size >= cellsMax && labelValues.some((value) => value !== otherValue)) {
      return this.#cell(labels.map(() => otherValue))
    }
    const cell = {
      labelValues: [...labelValues],
      value: 0,
      bucketCounts: this.spec.kind === 'histogram' ? [...bounds.map(() => 0), 0] : [],
    }
    this.#cells.set(key, cell)
    return cell
  }
}
