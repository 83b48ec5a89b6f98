/**
 * Where in the day and in the week a moment lies, in a time zone.
 *
 * The zone's distance from UTC is looked up once for each quarter of an hour of time and kept: no
 * zone changes its clock within one.
 */

const quarterMs = 900_000
const dayMs = 86_400_000

/** The local clock of a zone. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat | undefined
  #quarter = NaN
  #offsetMs = 0

  /** An IANA zone name; `UTC` costs nothing. Throws RangeError for an unknown zone. */
  constructor(zone: string) {
    this.#format = zone === 'UTC' ? undefined : localFormat(zone)
  }

  /** Milliseconds since local midnight. */
  timeOfDayMs(timestampMs: number): number {
    return modulo(this.#local(timestampMs), dayMs)
  }

  /** Milliseconds since local midnight between Sunday and Monday. */
  timeOfWeekMs(timestampMs: number): number {
    // The epoch was a Thursday, three days after a Monday.
    return modulo(this.#local(timestampMs) + 3 * dayMs, 7 * dayMs)
  }

  #local(timestampMs: number): number {
    if (this.#format === undefined) return timestampMs
    const quarter = Math.floor(timestampMs / quarterMs)
    if (quarter !== this.#quarter) {
      this.#quarter = quarter
      this.#offsetMs = offsetMs(this.#format, quarter * quarterMs)
    }
    return timestampMs + this.#offsetMs
  }
}

function localFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}

/** What the local clock shows, read as UTC, less the moment itself. */
function offsetMs(format: Intl.DateTimeFormat, timestampMs: number): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(timestampMs)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - timestampMs
}

function modulo(value: number, period: number): number {
  return value - period * Math.floor(value / period)
}
