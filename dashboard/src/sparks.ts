/** The last values of each listed series, for the small lines in the list. */

import type { SeriesSummary } from '../../src/series/series.ts'

/** Values kept of a series: forty seconds of a list that comes once a second. */
const valuesMax = 40

interface Spark {
  timestampMs: number
  readonly values: number[]
}

/** Filled from the list itself, so it costs the server nothing. */
export class Sparks {
  readonly #byKey = new Map<string, Spark>()

  /** Adds the row's last value, if it is a new one. */
  take(row: SeriesSummary): void {
    const { key, lastTimestampMs, lastValue } = row
    if (lastValue === null || !Number.isFinite(lastValue)) return
    const spark = this.#byKey.get(key) ?? { timestampMs: -Infinity, values: [] }
    if (spark.timestampMs === lastTimestampMs) return
    spark.timestampMs = lastTimestampMs
    spark.values.push(lastValue)
    if (spark.values.length > valuesMax) spark.values.shift()
    this.#byKey.set(key, spark)
  }

  /** Forgets all series but these. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#byKey.keys()) if (!keys.has(key)) this.#byKey.delete(key)
  }

  /** Corners of a line in a box, for `<polyline points>`; empty for under two values. */
  line(key: string, width: number, height: number): string {
    const values = this.#byKey.get(key)?.values ?? []
    if (values.length < 2) return ''
    const min = Math.min(...values)
    const max = Math.max(...values)
    const scale = max > min ? (height - 2) / (max - min) : 0
    const step = width / (valuesMax - 1)
    const left = width - (values.length - 1) * step
    const corner = (value: number, i: number): string => {
      const y = scale === 0 ? height / 2 : height - 1 - (value - min) * scale
      return `${(left + i * step).toFixed(1)},${y.toFixed(1)}`
    }
    return values.map(corner).join(' ')
  }
}
