/** Alarm reports: what a series says when its alarm changes, or what people say of it. */

import type { Alarm } from '../alarm/alarm.ts'
import type { AlarmNames, AlarmWords, Attention } from '../alarm/attention.ts'
import { readable } from '../alarm/reason.ts'
import type { AlarmRule } from '../alarm/rule.ts'
import { hash64 } from '../core/hash.ts'
import type { Labels } from '../core/labels.ts'
import type { Origin } from '../core/observation.ts'
import type { AlarmNews, AlarmReport, SilenceMark } from '../core/report.ts'

/** The sample, tick or control record that a report is about. */
export interface Cause {
  readonly timestampMs: number
  readonly origin: Origin
  readonly index: number
}

/** What judges a series. */
interface Judged {
  readonly detector: string
  readonly insteadOf?: string
}

/** What of a series its alarm is called by. */
interface Alarmed {
  readonly labels: Labels
  readonly rule: { readonly name: string; readonly alarm: AlarmRule }
}

/** What the alarm of a series that began at a time is called: the same through its life. */
export function alarmNamesOf({ labels, rule }: Alarmed, startedMs: number): AlarmNames {
  const alarmId = hash64(`${rule.name}\n${labels.key}\n${startedMs}`)
  return { alarmId, rule: rule.name, severity: rule.alarm.severity }
}

/** What stands in a report besides the alarm itself. */
interface Telling {
  readonly at: Cause
  readonly words: AlarmWords
  readonly silenced: SilenceMark | undefined
  readonly news?: AlarmNews
}

/** The report of an alarm as it is now; `judged` tells by what its series is judged. */
export function alarmReport(
  { labels, rule: judged }: { readonly labels: Labels; readonly rule: Judged },
  alarm: Alarm,
  { names: { alarmId, rule, severity }, acknowledged, label }: Attention,
  { at, words, silenced, news }: Telling,
): AlarmReport {
  return {
    kind: 'alarm',
    alarmId,
    rule,
    labels,
    state: alarm.state,
    severity,
    timestampMs: at.timestampMs,
    startedMs: alarm.startedMs,
    ...words,
    reason: words.reason + lightly(judged),
    ...(news === undefined ? {} : { news }),
    ...(silenced === undefined ? {} : { silenced }),
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(label === undefined ? {} : { label }),
    origin: at.origin,
    index: at.index,
  }
}

/** What can be said of an alarm whose first words are not known: its last sample. */
export function wordsOf(value: number, score: number): AlarmWords {
  const reason = readable(value)
  return { value, score, expected: NaN, lower: NaN, upper: NaN, reason }
}

/** That a series is judged by another detector than its rule says. */
function lightly({ detector, insteadOf }: Judged): string {
  return insteadOf === undefined ? '' : `; judged by ${detector}: over the quota of ${insteadOf}`
}
