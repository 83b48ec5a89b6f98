/** The time shown: the newest part of some length, or any part of the past. */

import { signal } from '@preact/signals'
import { historyKept, nowMs, span, windowMs } from './board.ts'

interface Window {
  readonly ms: number
  readonly label: string
}

const keptWindows: readonly Window[] = [
  { ms: 900_000, label: '15 min' },
  { ms: 3_600_000, label: '1 h' },
  { ms: 86_400_000, label: '1 d' },
  { ms: 604_800_000, label: '1 w' },
]

/** Of what the live stream remembers, where nothing is kept on disk. */
const liveWindows: readonly Window[] = [
  { ms: 60_000, label: '1 min' },
  { ms: 300_000, label: '5 min' },
  { ms: Infinity, label: 'All' },
]

/** True while somebody writes down a part of time. */
const writing = signal(false)

/** A time as an input wants it: local, to the second. */
function inputTime(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}

function OwnTime() {
  const last = span.value ?? { fromMs: nowMs.value - 3_600_000, toMs: nowMs.value }
  const choose = (submit: Event): void => {
    submit.preventDefault()
    const fields = new FormData(submit.currentTarget as HTMLFormElement)
    const fromMs = Date.parse(String(fields.get('from')))
    const toMs = Date.parse(String(fields.get('to')))
    if (!(fromMs < toMs)) return
    span.value = { fromMs, toMs }
    writing.value = false
  }
  return (
    <form class="own-time" onSubmit={choose}>
      <label>
        From{' '}
        <input type="datetime-local" name="from" step="1" value={inputTime(last.fromMs)} required />
      </label>
      <label>
        to <input type="datetime-local" name="to" step="1" value={inputTime(last.toMs)} required />
      </label>
      <button type="submit">Show</button>
    </form>
  )
}

export function TimeChoice() {
  const windows = historyKept.value ? keptWindows : liveWindows
  return (
    <div class="time-choice" role="group" aria-label="Time shown">
      {span.value !== undefined && (
        <button type="button" class="reset" onClick={() => (span.value = undefined)}>
          Reset zoom
        </button>
      )}
      {windows.map(({ ms, label }) => (
        <button
          type="button"
          key={label}
          aria-pressed={span.value === undefined && windowMs.value === ms}
          onClick={() => {
            span.value = undefined
            windowMs.value = ms
          }}
        >
          {label}
        </button>
      ))}
      {historyKept.value && (
        <button
          type="button"
          aria-expanded={writing.value}
          onClick={() => (writing.value = !writing.value)}
        >
          From … to
        </button>
      )}
      {writing.value && historyKept.value && <OwnTime />}
    </div>
  )
}
