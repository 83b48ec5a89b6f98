/** Early warning: P of a broken objective, the last warning, what warnings were worth. */

import type { ObjectiveEntry, WarningEntry } from '../../src/core/feed.ts'
import { nowMs, objectives, select } from './board.ts'
import { clockTime, duration, grouped, short } from './words.ts'

const width = 260
const height = 44

/** Corners of P over time, for `<polyline points>`; the newest sample is at the right. */
function corners({ probability }: ObjectiveEntry): string {
  const step = width / Math.max(1, probability.length - 1)
  return probability
    .map((p, i) => `${(i * step).toFixed(1)},${((1 - p) * (height - 2) + 1).toFixed(1)}`)
    .join(' ')
}

/** The middle one; of an even number the lower. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? NaN
}

function Warning({ warning }: { warning: WarningEntry }) {
  const { state, metric, limit, toldMs, expectedMs, leading, probability, confidence } = warning
  const told = clockTime(toldMs, nowMs.value)
  const breach = `${metric} ${short(limit)} or more`
  if (state !== 'told') {
    const became = state === 'true' ? 'came true' : 'did not come true'
    return (
      <span class="said">
        Warned at {told} of {breach}: {became}
      </span>
    )
  }
  return (
    <span class="said standing">
      Warned at {told}: {breach} expected at {clockTime(expectedMs, nowMs.value)}; {leading} leads;
      P {probability.toFixed(2)}, confidence {confidence.toFixed(2)}
    </span>
  )
}

/** `3 came true, 1 did not, 0 missed; 20 s ahead in the median`. */
function worthInWords({ totals, leadMs }: ObjectiveEntry): string {
  const counts = [
    `${grouped(totals.true)} came true`,
    `${grouped(totals.false)} did not`,
    `${grouped(totals.missed)} missed`,
  ]
  const ahead = leadMs.length > 0 ? `; ${duration(median(leadMs))} ahead in the median` : ''
  return counts.join(', ') + ahead
}

function Objective({ objective }: { objective: ObjectiveEntry }) {
  const { key, probability, warning } = objective
  const latest = probability.at(-1)
  const name = key.replace(/\{.*$/, '')
  return (
    <li class={warning?.state === 'told' ? 'objective warned' : 'objective'}>
      <button type="button" class="name" onClick={() => select(key)}>
        {name}
      </button>
      <span class="now">{latest === undefined ? 'learning' : `P ${latest.toFixed(2)}`}</span>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={corners(objective)} />
      </svg>
      {warning === null ? <span class="said">No warning yet</span> : <Warning warning={warning} />}
      <span class="counts">{worthInWords(objective)}</span>
    </li>
  )
}

/** Nothing where no objective is stated. */
export function ObjectivesPanel() {
  if (objectives.value.length === 0) return null
  return (
    <section class="panel objectives-panel" aria-labelledby="objectives-title">
      <h2 id="objectives-title">Early warning</h2>
      <div class="scroll">
        <ul class="objectives">
          {objectives.value.map((objective) => (
            <Objective key={objective.key} objective={objective} />
          ))}
        </ul>
      </div>
    </section>
  )
}
