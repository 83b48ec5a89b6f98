/** Alarms that are up and past ones, each with its reason; a click goes to series and time. */

import type { AlarmEntry } from '../../src/core/feed.ts'
import { activeAlarms, nowMs, pastAlarms, unlisted } from './board.ts'
import { AlarmActions, AlarmMarks, Silences } from './alarm-words.tsx'
import { StateMark } from './icons.tsx'
import { showAlarm } from './jump.ts'
import { keyParts } from './key-parts.ts'
import { clockTime, counted, duration } from './words.ts'

function when(alarm: AlarmEntry): string {
  const since = clockTime(alarm.startedMs, nowMs.value)
  if (alarm.endedMs === null) return `since ${since}, ${duration(nowMs.value - alarm.startedMs)}`
  return `${since}, for ${duration(alarm.endedMs - alarm.startedMs)}`
}

function AlarmRow(props: { alarm: AlarmEntry }) {
  const { alarm } = props
  const { name, labels } = keyParts(alarm.key)
  const up = alarm.endedMs === null
  const state = alarm.state === 'pending' ? 'pending' : 'firing'
  const mark = up ? <StateMark state={state} learned={0} probation={0} /> : <span class="over" />
  return (
    <li>
      <button
        type="button"
        class={`alarm ${alarm.state} ${alarm.severity}`}
        title={alarm.key}
        onClick={() => showAlarm(alarm)}
      >
        {mark}
        <span class="reason">
          {alarm.reason}
          {up && <span class={`badge ${state}`}>{state}</span>}
          {alarm.severity === 'critical' && (
            <span class={up ? 'badge critical' : 'badge quiet'}>critical</span>
          )}
          {up && <AlarmMarks alarm={alarm} />}
        </span>
        <span class="of">
          <span class="name">{name}</span>
          {labels.length > 0 && <span class="labels"> {labels.map((l) => l[1]).join(' · ')}</span>}
        </span>
        <span class="when">{when(alarm)}</span>
      </button>
      {up && <AlarmActions alarm={alarm} />}
    </li>
  )
}

export function AlarmsPanel() {
  const active = activeAlarms.value
  const past = pastAlarms.value
  return (
    <section class="panel alarms-panel" aria-labelledby="alarms-title">
      <h2 id="alarms-title">
        Alarms
        {active.length > 0 && <span class="number">{active.length + unlisted.value}</span>}
      </h2>
      <div class="scroll">
        {active.length + past.length === 0 && (
          <p class="empty">
            No alarms so far. When a series stops being normal, the reason stands here in words.
          </p>
        )}
        {active.length > 0 && (
          <ul class="alarms">
            {active.map((alarm) => (
              <AlarmRow key={alarm.alarmId} alarm={alarm} />
            ))}
          </ul>
        )}
        {unlisted.value > 0 && (
          <p class="more">and {counted(unlisted.value, 'alarm', 'alarms')} more</p>
        )}
        <Silences />
        {past.length > 0 && (
          <>
            <h3>Past</h3>
            <ul class="alarms">
              {past.map((alarm) => (
                <AlarmRow key={alarm.alarmId} alarm={alarm} />
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  )
}

/** Says new firing alarms to those who do not see them. */
export function AlarmVoice() {
  const newest = activeAlarms.value.find((alarm) => alarm.state === 'firing')
  return (
    <p class="unseen" aria-live="polite">
      {newest === undefined ? '' : `Alarm: ${newest.key}: ${newest.reason}`}
    </p>
  )
}
