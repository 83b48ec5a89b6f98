/** Where reports go: whether each sink takes them, what waits for it, and why it does not. */

import type { SinkState } from '../../src/core/sink-state.ts'
import { nowMs, sinks } from './board.ts'
import { clockTime, duration, grouped } from './words.ts'

/** From this share of the queue on it is worth a colour. */
const fullShare = 0.5

function standing({ failuresInRow, lastSuccessMs, lastFailureMs }: SinkState): string {
  const ago = (ms: number): string => duration(Math.max(0, nowMs.value - ms))
  if (failuresInRow > 0) {
    const tries = failuresInRow === 1 ? 'once' : `${grouped(failuresInRow)} times in a row`
    return lastSuccessMs === null
      ? `failed ${tries}, never succeeded`
      : `failed ${tries}, last success ${ago(lastSuccessMs)} ago`
  }
  if (lastSuccessMs !== null) return `last success ${ago(lastSuccessMs)} ago`
  return lastFailureMs === null ? 'nothing to write yet' : 'nothing written'
}

function Sink({ sink }: { sink: SinkState }) {
  const { name, waiting, limit, written, dropped, failuresInRow, lastError, lastFailureMs } = sink
  const failing = failuresInRow > 0
  const class_ = `sink ${failing ? 'failing' : sink.lastSuccessMs === null ? 'quiet' : 'good'}`
  return (
    <li class={class_}>
      <span class="dot" />
      <span class="name">{name}</span>
      <span class="stand">{standing(sink)}</span>
      <span class="counts">
        {grouped(written)} written
        {waiting > 0 && `, ${grouped(waiting)} waiting`}
        {dropped > 0 && <strong class="lost">, {grouped(dropped)} lost</strong>}
      </span>
      {waiting > 0 && (
        <meter min={0} max={limit} low={limit * fullShare} value={waiting} aria-hidden="true" />
      )}
      {lastError !== '' && lastFailureMs !== null && (
        <span class="error">
          {clockTime(lastFailureMs, nowMs.value)} {lastError}
        </span>
      )}
    </li>
  )
}

export function SinksPanel() {
  const failing = sinks.value.filter((sink) => sink.failuresInRow > 0).length
  return (
    <section class="panel sinks-panel" aria-labelledby="sinks-title">
      <h2 id="sinks-title">
        Sinks
        {failing > 0 && <span class="number">{failing}</span>}
      </h2>
      <div class="scroll">
        {sinks.value.length === 0 && <p class="empty">Nothing is written anywhere yet.</p>}
        <ul class="sinks">
          {sinks.value.map((sink) => (
            <Sink key={sink.name} sink={sink} />
          ))}
        </ul>
      </div>
    </section>
  )
}
