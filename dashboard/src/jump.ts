/** Going from an alarm to its series and time; the address of the page. */

import { effect, signal } from '@preact/signals'
import type { AlarmEntry } from '../../src/core/feed.ts'
import { nowMs, select, selected } from './board.ts'
import type { Span } from './board.ts'

/** The part of the page that a narrow screen shows. */
export type Pane = 'series' | 'chart' | 'alarms' | 'objectives' | 'rejections' | 'sinks'

export const pane = signal<Pane>('series')

/** Time shown before and after an alarm: half its length, at least this. */
const marginMsMin = 30_000

/** The time around an alarm that is over; undefined for one that is up: the live chart has it. */
function around(alarm: AlarmEntry): Span {
  const { startedMs, endedMs } = alarm
  if (endedMs === null) return undefined
  const marginMs = Math.max(marginMsMin, (endedMs - startedMs) / 2)
  const toMs = Math.max(endedMs, Math.min(endedMs + marginMs, nowMs.value))
  return { fromMs: startedMs - marginMs, toMs }
}

/** Shows the series of an alarm, around the time of the alarm. */
export function showAlarm(alarm: AlarmEntry): void {
  select(alarm.key, around(alarm))
  pane.value = 'chart'
}

function keyInAddress(): string {
  try {
    return decodeURIComponent(location.hash.slice(1))
  } catch {
    return ''
  }
}

/** Keeps the selected series in the address, so that it can be bookmarked. Called once. */
export function startAddress(): void {
  const wanted = keyInAddress()
  if (wanted !== '') {
    select(wanted)
    pane.value = 'chart'
  }
  addEventListener('hashchange', () => select(keyInAddress()))
  effect(() => {
    const key = selected.value
    if (key === keyInAddress()) return
    history.replaceState(null, '', key === '' ? '#' : '#' + encodeURIComponent(key))
  })
}
