/** The selected series: its name, what is known of the sample one looks at, and its chart. */

import {
  link,
  paused,
  samples,
  selected,
  selectedRow,
  series,
  shown,
  span,
  standing,
} from './board.ts'
import { Chart, pointedMs } from './chart.tsx'
import { Chosen } from './chosen.tsx'
import { keyParts } from './key-parts.ts'
import { TimeChoice } from './time-choice.tsx'
import { alarmFlag, cadenceMs, firstAfter, statusFlag } from './samples.ts'
import {
  bandInWords,
  clockTime,
  counted,
  duration,
  rarityInWords,
  short,
  stateOf,
} from './words.ts'
import { nowMs } from './board.ts'

const alarmStates = ['inactive', 'pending', 'firing', 'resolved'] as const
const statuses = ['probation', 'ok', 'anomalous', 'rejected'] as const

/** Index of the sample one looks at: under the pointer, or else the newest. */
function lookedAt(): number {
  const { timestampMs } = shown.value.columns
  if (pointedMs.value === null) return timestampMs.length - 1
  return Math.max(0, firstAfter(timestampMs, pointedMs.value) - 1)
}

function Heading() {
  const { name, labels } = keyParts(selected.value)
  const last = samples.value.flags.at(-1)
  const state =
    last === undefined
      ? undefined
      : stateOf({
          alarmState: alarmStates[alarmFlag(last)] ?? 'inactive',
          status: statuses[statusFlag(last)] ?? 'ok',
          learnedSamples: selectedRow.value?.learnedSamples ?? 0,
          probationSamples: selectedRow.value?.probationSamples ?? 0,
        })
  return (
    <div class="heading">
      <h2 title={selected.value}>{name}</h2>
      {state !== undefined && state !== 'ok' && <span class={`badge ${state}`}>{state}</span>}
      <ul class="label-list" aria-label="Labels">
        {labels.map(([label, value]) => (
          <li key={label}>
            <span>{label}</span> {value}
          </li>
        ))}
        {selectedRow.value !== undefined && (
          <li>
            <span>judged by</span> {selectedRow.value.detector}
            {selectedRow.value.insteadOf !== undefined &&
              `, over the quota of ${selectedRow.value.insteadOf}`}
          </li>
        )}
      </ul>
    </div>
  )
}

function Facts() {
  const { columns } = shown.value
  const at = lookedAt()
  const timestampMs = columns.timestampMs[at]
  const learning = statusFlag(columns.flags[at] ?? 1) === 0
  return (
    <dl class="facts">
      <div class="fact value">
        <dt>Value</dt>
        <dd>{short(columns.value[at])}</dd>
      </div>
      <div class="fact expected">
        <dt>Expected</dt>
        <dd>{bandInWords(columns.lower[at] ?? null, columns.upper[at] ?? null)}</dd>
      </div>
      <div class="fact score">
        <dt>Rarity</dt>
        <dd>
          {learning || timestampMs === undefined ? '–' : rarityInWords(columns.score[at] ?? 0)}
        </dd>
      </div>
      <div class="fact time">
        <dt>{pointedMs.value === null ? 'Last sample' : 'At'}</dt>
        <dd>{timestampMs === undefined ? '–' : clockTime(timestampMs, nowMs.value)}</dd>
      </div>
    </dl>
  )
}

/** How long until it is judged in full, from the progress and the pace of the samples. */
function Learning() {
  const row = selectedRow.value
  if (row === undefined || stateOf(row) !== 'learning' || row.probationSamples === 0) return null
  const left = Math.max(0, row.probationSamples - row.learnedSamples)
  const leftMs = left * cadenceMs(samples.value.timestampMs)
  const wait = Number.isNaN(leftMs) ? '' : `, in about ${duration(leftMs)}`
  return (
    <p class="notice learning">
      <progress max={row.probationSamples} value={row.learnedSamples} aria-label="Learned" />
      <span>
        Learning what is normal: {row.learnedSamples} of {row.probationSamples} samples.{' '}
        {row.status === 'probation'
          ? 'First judgement'
          : 'Until then only gross changes alarm: known'}{' '}
        after {counted(left, 'more sample', 'more samples')}
        {wait}.
      </span>
    </p>
  )
}

function Missing() {
  const chosen = span.value
  const { timestampMs } = shown.value.columns
  if (standing.value === 'asked') return null
  if (standing.value === 'unknown') {
    return (
      <p class="notice">
        There is no such series now. Its chart begins as soon as it sends something.
      </p>
    )
  }
  if (timestampMs.length === 0) {
    return (
      <p class="notice">
        Recent samples of this series were not kept until now. The chart begins with the next one.
      </p>
    )
  }
  if (chosen === undefined || chosen.toMs >= (timestampMs[0] ?? 0)) return null
  return (
    <p class="notice">
      This is older than the samples that are kept, which begin at{' '}
      {clockTime(timestampMs[0] ?? 0, nowMs.value)}.
    </p>
  )
}

function Nothing() {
  const none = series.value.order !== undefined && series.value.total === 0
  return (
    <div class="nothing">
      <h2>{none ? 'Waiting for the first sample' : 'No series selected'}</h2>
      <p>
        {none
          ? 'As soon as a source sends something, its series appear in the list. Each is learned ' +
            'for a while, then judged sample by sample.'
          : 'Choose one from the list.'}
      </p>
    </div>
  )
}

export function DetailPanel() {
  if (selected.value === '') {
    return (
      <section class="detail" aria-label="Selected series">
        <Nothing />
      </section>
    )
  }
  const stale = link.value === 'lost' || paused.value
  return (
    <section class={stale ? 'detail stale' : 'detail'} aria-label="Selected series">
      <Heading />
      <div class="above-plots">
        <Facts />
        <TimeChoice />
      </div>
      <Learning />
      <Missing />
      <Chart />
      <Chosen />
    </section>
  )
}
