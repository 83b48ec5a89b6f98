/** Input that was refused: why, how often, and what it looked like. */

import { rejectionReasons } from '../../src/core/rejection.ts'
import type { RejectionReason } from '../../src/core/rejection.ts'
import { nowMs, rejections } from './board.ts'
import { clockTime, grouped } from './words.ts'

function Counts() {
  const counts = Object.entries(rejections.value.counts) as [RejectionReason, number][]
  counts.sort((a, b) => b[1] - a[1])
  const largest = counts[0]?.[1] ?? 1
  return (
    <ul class="reasons">
      {counts.map(([reason, count]) => (
        <li key={reason}>
          <span class="what">{rejectionReasons[reason]}</span>
          <span class="count">{grouped(count)}</span>
          <meter min={0} max={largest} value={count} aria-hidden="true" />
        </li>
      ))}
    </ul>
  )
}

export function RejectionsPanel() {
  const { total, recent } = rejections.value
  return (
    <section class="panel rejections-panel" aria-labelledby="rejections-title">
      <h2 id="rejections-title">
        Bad input
        {total > 0 && <span class="number quiet">{grouped(total)}</span>}
      </h2>
      <div class="scroll">
        {total === 0 && <p class="empty">None: every line that came in could be used.</p>}
        <Counts />
        <ul class="examples">
          {recent.map((example, i) => (
            <li key={i}>
              <code>{example.text === '' ? '(nothing)' : example.text}</code>
              <span class="why">{example.detail}</span>
              <span class="when">
                {example.partition} · {clockTime(example.receivedMs, nowMs.value)}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
