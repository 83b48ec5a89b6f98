/** The last values of each listed series, for the small lines in the list. */

import type { SeriesSummary } from '../../src/series/series-summary.ts'

/** Values kept of a series, and asked of the server for a start. */
export const sparkValuesMax = 40

/** A row of the list; with its last values the first time that it comes. */
export type SeriesRow = SeriesSummary & { readonly recent?: readonly (number | null)[] }

interface Spark {
  timestampMs: number
  readonly values: number[]
}

/** Starts from what the server kept and goes on from the list itself. */
export class Sparks {
  readonly #byKey = new Map<string, Spark>()

  /** Takes the row's last values, or adds its last one if it is new. */
  take(row: SeriesRow): void {
    const { key, lastTimestampMs, lastValue, recent = [] } = row
    const known = this.#byKey.get(key)
    if (known === undefined || recent.length > 0) {
      const values = recent.filter((value) => value !== null)
      this.#byKey.set(key, { timestampMs: lastTimestampMs, values })
      return
    }
    if (known.timestampMs === lastTimestampMs || !Number.isFinite(lastValue)) return
    known.timestampMs = lastTimestampMs
    known.values.push(lastValue)
    if (known.values.length > sparkValuesMax) known.values.shift()
  }

  /** Forgets all series but these. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#byKey.keys()) if (!keys.has(key)) this.#byKey.delete(key)
  }

  /** True if its kept values are not all the same. */
  moves(key: string): boolean {
    const values = this.#byKey.get(key)?.values ?? []
    return values.some((value) => value !== values[0])
  }

  /** Corners of a line in a box, for `<polyline points>`; empty for under two values. */
  line(key: string, width: number, height: number): string {
    const values = this.#byKey.get(key)?.values ?? []
    if (values.length < 2) return ''
    const min = Math.min(...values)
    const max = Math.max(...values)
    const scale = max > min ? (height - 2) / (max - min) : 0
    const step = width / (sparkValuesMax - 1)
    const left = width - (values.length - 1) * step
    const corner = (value: number, i: number): string => {
      const y = scale === 0 ? height / 2 : height - 1 - (value - min) * scale
      return `${(left + i * step).toFixed(1)},${y.toFixed(1)}`
    }
    return values.map(corner).join(' ')
  }
}
