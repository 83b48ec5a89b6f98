/**
 * What a message says of an alarm, in words and in fields: series, value, expected band, since
 * when, how rare, severity, and a link to the page. Every sink that calls people tells the same.
 */

import { dateText } from './date-text.ts'
import type { Labels } from './labels.ts'
import type { AlarmReport } from './report.ts'

/** See the head of the file. Texts are as they are: each sink escapes by its own rules. */
export interface AlarmFacts {
  /** `Firing: cpu{host="a"}`, in one line. */
  readonly title: string
  /** `412, expected 180 to 260; once in 2000 samples`. */
  readonly reason: string
  readonly series: string
  readonly value: string
  /** `220 (180 to 260)`; empty where the detector has no opinion. */
  readonly expected: string
  /** UTC. */
  readonly since: string
  /** UTC; empty while it fires. */
  readonly until: string
  /** `once in 2000 samples`; empty where the score says no more than "always". */
  readonly rarity: string
  readonly severity: string
  readonly rule: string
  readonly acknowledged: string
  /** To the series on the page; empty where no address of the page is configured. */
  readonly link: string
}

/** Significant digits that a person reads in an alarm. */
const digits = 4
/** Beyond once in so many samples nothing can be told apart: doubles near 1 end there. */
const rarestSamples = 1e9

/** The facts. `pageUrl` as in SinkSurroundings. */
export function alarmFacts(alarm: AlarmReport, pageUrl: string): AlarmFacts {
  const { labels, state, reason, value, severity, rule, startedMs, timestampMs } = alarm
  const { acknowledged } = alarm
  const word = isOver(alarm) ? 'Resolved' : 'Firing'
  return {
    title: `${alarm.news === 'acknowledged' ? 'Acknowledged' : word}: ${oneLine(labels.key)}`,
    reason: oneLine(reason),
    series: oneLine(labels.key),
    value: short(value),
    expected: expectedText(alarm),
    since: timeText(startedMs),
    until: state === 'resolved' ? timeText(timestampMs) : '',
    rarity: rarityText(alarm.score),
    severity,
    rule: oneLine(rule),
    acknowledged: acknowledged === undefined ? '' : oneLine(`by ${acknowledged.who}`),
    link: seriesLink(labels, pageUrl),
  }
}

/** To a series on the page; empty where no address of the page is configured. */
export function seriesLink({ key }: Labels, pageUrl: string): string {
  return pageUrl === '' ? '' : `${pageUrl}/#${encodeURIComponent(key.toWellFormed())}`
}

/** The facts that have something to say, with their names, in the order in which people read. */
export function namedFacts(facts: AlarmFacts): [string, string][] {
  const all: [string, string][] = [
    ['Series', facts.series],
    ['Value', facts.value],
    ['Expected', facts.expected],
    ['Since', facts.since],
    ['Until', facts.until],
    ['How rare', facts.rarity],
    ['Severity', facts.severity],
    ['Rule', facts.rule],
    ['Acknowledged', facts.acknowledged],
  ]
  return all.filter(([, text]) => text !== '')
}

/** True where the alarm is over. */
export function isOver({ state }: AlarmReport): boolean {
  return state === 'resolved' || state === 'inactive'
}

/** True for what people are told: an alarm that fires or is resolved, not one that only may. */
export function isTold({ state }: AlarmReport): boolean {
  return state === 'firing' || state === 'resolved'
}

function expectedText({ expected, lower, upper }: AlarmReport): string {
  const band = Number.isNaN(lower + upper) ? '' : `${short(lower)} to ${short(upper)}`
  if (Number.isNaN(expected)) return band
  return band === '' ? short(expected) : `${short(expected)} (${band})`
}

function rarityText(score: number): string {
  const samples = 1 / (1 - score)
  if (!(samples >= 2)) return ''
  return samples > rarestSamples ? 'never seen before' : `once in ${short(samples)} samples`
}

function short(value: number): string {
  return String(Number(value.toPrecision(digits)))
}

/** `2025-03-01 12:00:00 UTC`. */
function timeText(ms: number): string {
  return `${dateText(ms).replace(/\.\d+$/, '')} UTC`
}

/** In one line and whole characters: texts come from the wire. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').toWellFormed()
}
