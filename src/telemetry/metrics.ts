/**
 * The program's metrics: a small registry that a scraper reads.
 *
 * Made once and passed in. Families are declared with their name, sentence and labels; what is only
 * worth measuring when somebody asks is refreshed at each scrape.
 */

import { exposition, negotiatedFormat } from './exposition.ts'
import { Metric } from './metric.ts'
import type { Family, MetricKind, MetricSpec } from './metric.ts'

/** An answer to a scraper. */
export interface Scrape {
  readonly contentType: string
  readonly body: string
}

/** Upper bounds in seconds for how long something took: a local write to a timeout. */
export const durationBounds: readonly number[] = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 10, 30]

/** Upper bounds in seconds for how long before a breach it was warned of: seconds to an hour. */
export const leadBounds: readonly number[] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600]

/** See the head of the file. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>()
  readonly #refreshers: (() => void)[] = []

  counter(name: string, about: string, labels: readonly string[] = []): Metric {
    if (!name.endsWith('_total')) throw new TypeError(`a counter ends in _total: ${name}`)
    return this.#declare('counter', { name, about, labels, bounds: [] })
  }

  gauge(name: string, about: string, labels: readonly string[] = []): Metric {
    return this.#declare('gauge', { name, about, labels, bounds: [] })
  }

  /** How long something took, in seconds. */
  duration(name: string, about: string, labels: readonly string[] = []): Metric {
    return this.#declare('histogram', { name, about, labels, bounds: durationBounds })
  }

  /** How long before something it was said, in seconds. */
  lead(name: string, about: string, labels: readonly string[] = []): Metric {
    return this.#declare('histogram', { name, about, labels, bounds: leadBounds })
  }

  #declare(kind: MetricKind, spec: Omit<MetricSpec, 'kind'>): Metric {
    if (this.#metrics.has(spec.name)) throw new TypeError(`${spec.name} is declared already`)
    const metric = new Metric({ kind, ...spec })
    this.#metrics.set(spec.name, metric)
    return metric
  }

  /** Calls back before each scrape. */
  onScrape(refresh: () => void): void {
    this.#refreshers.push(refresh)
  }

  /** Declarations, in their order. */
  specs(): MetricSpec[] {
    return [...this.#metrics.values()].map((metric) => metric.spec)
  }

  /**
   * All families in the format that the scraper's Accept header prefers; `more`: what others show
   * besides.
   */
  scrape(accept?: string, more: readonly Family[] = []): Scrape {
    for (const refresh of this.#refreshers) refresh()
    return exposition([...this.#metrics.values(), ...more], negotiatedFormat(accept))
  }
}
