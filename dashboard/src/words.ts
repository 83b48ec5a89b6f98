/** Numbers, times and states in words, as the page writes them. Pure. */

import type { SeriesSummary } from '../../src/series/series-summary.ts'

/** Significant digits of a short number: those of the reasons of alarms. */
const shortDigits = 4

/** Whole numbers below this are written out: `87,522`. */
const prefixedFrom = 1e6

const prefixes = [
  { from: 1e15, unit: 'P' },
  { from: 1e12, unit: 'T' },
  { from: 1e9, unit: 'G' },
  { from: prefixedFrom, unit: 'M' },
]

/** A number in at most nine characters: `412.3`, `-0.00012`, `87,522`, `81.24M`, `1.2e+21`. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1e18 || (size > 0 && size < 1e-4)) return trimmed(value.toExponential(3))
  const prefix = prefixes.find((one) => size >= one.from)
  if (prefix !== undefined)
    return trimmed((value / prefix.from).toPrecision(shortDigits)) + prefix.unit
  if (Math.round(size) >= 10 ** shortDigits) return grouped(Math.round(value))
  return trimmed(value.toPrecision(shortDigits))
}

/** Without zeros after the point that say nothing: `12.500` is `12.5`, `1.000e+21` is `1e+21`. */
function trimmed(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

/** Whole numbers with thin groups of three. */
export function grouped(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 series`, `2 series`, `3 samples`. */
export function counted(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A length of time in its two largest units: `850 ms`, `42 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '0 s'
  if (ms < secondMs) return `${Math.round(ms)} ms`
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`
  if (ms < hourMs) return pair(ms, { unitMs: minuteMs, unit: 'min', restMs: secondMs, rest: 's' })
  if (ms < dayMs) return pair(ms, { unitMs: hourMs, unit: 'h', restMs: minuteMs, rest: 'min' })
  return pair(ms, { unitMs: dayMs, unit: 'd', restMs: hourMs, rest: 'h' })
}

function pair(
  ms: number,
  units: { unitMs: number; unit: string; restMs: number; rest: string },
): string {
  const whole = Math.floor(ms / units.unitMs)
  const rest = Math.floor((ms % units.unitMs) / units.restMs)
  return rest === 0 ? `${whole} ${units.unit}` : `${whole} ${units.unit} ${rest} ${units.rest}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** Local time of day; with the date where it is not the day of `nowMs`. */
export function clockTime(timestampMs: number, nowMs: number): string {
  const time = new Date(timestampMs)
  const now = new Date(nowMs)
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return time.toDateString() === now.toDateString() ? clock : `${day} ${clock}`
}

/** A sample that is one in ten is nothing to speak of. */
const unusualTail = 0.1

/** A score, which is 1 minus a tail probability, as people think: `once in 1,400 samples`. */
export function rarityInWords(score: number): string {
  const tail = 1 - score
  if (tail > unusualTail) return 'usual'
  if (tail < 1e-9) return 'never seen before'
  return `once in ${grouped(Number((1 / tail).toPrecision(2)))} samples`
}

/** How rare a score is, as a power of ten: .999 is 3. At most `rarityMax`. */
export function rarity(score: number): number {
  return Math.min(rarityMax, -Math.log10(Math.max(1 - score, 1e-12)))
}

/** Beyond once in a million nobody compares any more. */
export const rarityMax = 6

/** What state a series is in, in one word. */
export type State = 'firing' | 'pending' | 'learning' | 'anomalous' | 'ok'

type Standing = Pick<SeriesSummary, 'alarmState' | 'status' | 'learnedSamples' | 'probationSamples'>

export function stateOf(row: Standing): State {
  if (row.alarmState === 'firing' || row.alarmState === 'pending') return row.alarmState
  if (row.status === 'anomalous') return 'anomalous'
  return row.status === 'probation' || row.learnedSamples < row.probationSamples ? 'learning' : 'ok'
}

/** `firing`, `learning 120/288`, … */
export function stateInWords(row: Standing): string {
  const state = stateOf(row)
  if (state !== 'learning') return state
  return row.probationSamples > 0
    ? `learning ${row.learnedSamples}/${row.probationSamples}`
    : 'learning'
}

/** `180 to 260`, or a dash where there is no band. */
export function bandInWords(lower: number | null, upper: number | null): string {
  return lower === null || upper === null ? '–' : `${short(lower)} to ${short(upper)}`
}
