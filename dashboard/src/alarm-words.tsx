/** What has been said of an alarm, what can be said, and the silences that hold. */

import { useState } from 'preact/hooks'
import type { AlarmEntry } from '../../src/core/feed.ts'
import { nowMs } from './board.ts'
import { acknowledge, endSilence, refused, silenceAlarm, silences, speaker } from './say.ts'
import type { ShownSilence } from './say.ts'
import { clockTime } from './words.ts'

const hourMs = 3_600_000

/** How long an alarm can be silenced for, by a click. */
const times = [
  { label: '1 h', ms: hourMs },
  { label: '8 h', ms: 8 * hourMs },
  { label: '1 d', ms: 24 * hourMs },
] as const

/** Marks behind the reason: who has seen it, who has silenced it until when. */
export function AlarmMarks({ alarm }: { alarm: AlarmEntry }) {
  const { acknowledged, silenced } = alarm
  return (
    <>
      {acknowledged !== null && (
        <span class="badge quiet" title={acknowledged.text}>
          seen by {acknowledged.who}
        </span>
      )}
      {silenced !== null && (
        <span class="badge quiet" title={`by ${silenced.who}`}>
          silenced until {clockTime(silenced.untilMs, nowMs.value)}
        </span>
      )}
    </>
  )
}

/** Buttons of an alarm that is up. The first word asks for a name. */
export function AlarmActions({ alarm }: { alarm: AlarmEntry }) {
  const [waiting, setWaiting] = useState<(() => Promise<boolean>) | undefined>(undefined)
  const say = (word: () => Promise<boolean>): void => {
    if (speaker.value === '') setWaiting(() => word)
    else void word()
  }
  const named = (submitted: Event): void => {
    submitted.preventDefault()
    if (speaker.value === '' || waiting === undefined) return
    void waiting()
    setWaiting(undefined)
  }
  if (waiting !== undefined) return <NameForm submit={named} />
  return (
    <div class="alarm-actions" role="group" aria-label={`Say about ${alarm.key}`}>
      {alarm.acknowledged === null && (
        <button type="button" onClick={() => say(() => acknowledge(alarm.alarmId))}>
          Acknowledge
        </button>
      )}
      {alarm.silenced === null &&
        times.map(({ label, ms }) => (
          <button
            type="button"
            key={label}
            aria-label={`Silence for ${label}`}
            onClick={() => say(() => silenceAlarm(alarm.alarmId, ms))}
          >
            {label === '1 h' ? `Silence ${label}` : label}
          </button>
        ))}
    </div>
  )
}

function NameForm({ submit }: { submit: (submitted: Event) => void }) {
  const [name, setName] = useState('')
  const said = (submitted: Event): void => {
    speaker.value = name.trim()
    submit(submitted)
  }
  return (
    <form class="alarm-actions" onSubmit={said}>
      <label>
        Your name{' '}
        <input
          value={name}
          maxLength={200}
          autofocus
          onInput={(typed) => setName(typed.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={name.trim() === ''}>
        Say it
      </button>
    </form>
  )
}

function about({ match, alarm }: ShownSilence): string {
  if (alarm !== undefined) return `alarm ${alarm}`
  return typeof match === 'string' ? match : JSON.stringify(match)
}

/** The silences that hold, each with a button that ends it. */
export function Silences() {
  const held = silences.value
  return (
    <>
      {refused.value !== '' && (
        <p class="more" role="alert">
          {refused.value}
        </p>
      )}
      {held.length > 0 && <h3>Silences</h3>}
      {held.length > 0 && (
        <ul class="silences">
          {held.map((silence) => (
            <li key={silence.id}>
              <span class="of" title={silence.comment}>
                {about(silence)}
              </span>
              <span class="when">
                until {clockTime(silence.untilMs, nowMs.value)}, {silence.who}
              </span>
              <button type="button" onClick={() => void endSilence(silence.id)}>
                End
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
