/** Going from an alarm to its series and time; the address of the page. */

import { effect, signal } from '@preact/signals'
import type { AlarmEntry } from '../../src/core/feed.ts'
import { nowMs, select, selected } from './board.ts'

/** The part of the page that a narrow screen shows. */
export type Pane = 'series' | 'chart' | 'alarms' | 'rejections'

export const pane = signal<Pane>('series')

/** Time shown before and after an alarm: half its length, at least this. */
const marginMsMin = 30_000

/** Shows the series of an alarm, around the time of the alarm. */
export function showAlarm(alarm: AlarmEntry): void {
  const endMs = alarm.endedMs ?? Math.max(nowMs.value, alarm.startedMs)
  const marginMs = Math.max(marginMsMin, (endMs - alarm.startedMs) / 2)
  // An alarm that is up goes on: the live chart shows it, with what is still to come.
  const shown =
    alarm.endedMs === null
      ? undefined
      : { fromMs: alarm.startedMs - marginMs, toMs: endMs + marginMs }
  select(alarm.key, shown)
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
