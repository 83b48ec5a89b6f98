/**
 * Where in the day and in the week a moment lies, in a time zone.
 *
 * A zone's distance from UTC is looked up at both ends of eight days and kept: where they are
 * equal the clock was not changed in between, else the quarter of an hour at which it was is
 * sought. So the look-up, which costs some microseconds, is made once in eight days of time and
 * not once a sample; all series of a zone share one calendar.
 *
 * Assumes: clocks change at most once in eight days, at quarters of an hour. Bound: 512 spans.
 */

const quarterMs = 900_000
const dayMs = 86_400_000
const spanMs = 8 * dayMs
const spansMax = 512

/** Distances from UTC in eight days. */
interface Span {
  /** From here on it is another one; the end of the span where it stays. */
  readonly changeMs: number
  readonly beforeMs: number
  readonly afterMs: number
}

/** The local clock of a zone. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat | undefined
  /** By number of the span since 1970. */
  readonly #spans = new Map<number, Span>()
  #number = NaN
  #span: Span = { changeMs: 0, beforeMs: 0, afterMs: 0 }

  /** An IANA zone name; `UTC` costs nothing. Throws RangeError for an unknown zone. */
  constructor(zone: string) {
    this.#format = zone === 'UTC' ? undefined : localFormat(zone)
  }

  /** True where no moment is ever off. */
  get isUtc(): boolean {
    return this.#format === undefined
  }

  /** Milliseconds since local midnight. */
  timeOfDayMs(timestampMs: number): number {
    return modulo(this.localMs(timestampMs), dayMs)
  }

  /** Milliseconds since local midnight between Sunday and Monday. */
  timeOfWeekMs(timestampMs: number): number {
    // The epoch was a Thursday, three days after a Monday.
    return modulo(this.localMs(timestampMs) + 3 * dayMs, 7 * dayMs)
  }

  /** What the local clock shows, as if it were UTC: goes back where the clock is put back. */
  localMs(timestampMs: number): number {
    if (this.#format === undefined) return timestampMs
    const number = Math.floor(timestampMs / spanMs)
    if (number !== this.#number) {
      this.#number = number
      this.#span = this.#spans.get(number) ?? this.#newSpan(number, this.#format)
    }
    const { changeMs, beforeMs, afterMs } = this.#span
    return timestampMs + (timestampMs < changeMs ? beforeMs : afterMs)
  }

  #newSpan(number: number, format: Intl.DateTimeFormat): Span {
    const fromMs = number * spanMs
    const toMs = fromMs + spanMs
    const beforeMs = offsetMs(format, fromMs)
    const afterMs = offsetMs(format, toMs)
    const changed = beforeMs !== afterMs
    const changeMs = changed ? changeBetween(fromMs, toMs, format) : toMs
    if (this.#spans.size >= spansMax) this.#spans.clear()
    const span = { changeMs, beforeMs, afterMs }
    this.#spans.set(number, span)
    return span
  }
}

/** The quarter of an hour at which the distance becomes another one than at the beginning. */
function changeBetween(fromMs: number, toMs: number, format: Intl.DateTimeFormat): number {
  const beforeMs = offsetMs(format, fromMs)
  let [low, high] = [fromMs, toMs]
  while (high - low > quarterMs) {
    const middle = low + Math.floor((high - low) / 2 / quarterMs) * quarterMs
    if (offsetMs(format, middle) === beforeMs) low = middle
    else high = middle
  }
  return high
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

/** What the local clock shows, read as UTC, less the moment itself; to the second. */
function offsetMs(format: Intl.DateTimeFormat, timestampMs: number): number {
  const shown: Record<string, number> = {}
  // What lies beyond the calendar of JavaScript is put into its last year.
  const held = Math.min(8.6e15, Math.max(-6.2e13, timestampMs))
  for (const { type, value } of format.formatToParts(held)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(held / 1000) * 1000
}

function modulo(value: number, period: number): number {
  return value - period * Math.floor(value / period)
}
