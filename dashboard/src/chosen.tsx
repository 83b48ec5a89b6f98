/** What was chosen for the selected series, and why it last alarmed; asked for when opened. */

import { useEffect, useState } from 'preact/hooks'
import type { Fact } from '../../src/detectors/detector.ts'
import type { Explanation } from '../../src/series/explanation.ts'
import { nowMs, selected } from './board.ts'
import { clockTime, duration, short } from './words.ts'

/** What the server told of the series of a key; undefined where it told nothing. */
interface Told {
  readonly key: string
  readonly explanation: Explanation | undefined
}

async function explanationOf(key: string): Promise<Explanation | undefined> {
  try {
    const answer = await fetch(`api/v1/series/${encodeURIComponent(key)}/explain`)
    return answer.ok ? ((await answer.json()) as Explanation) : undefined
  } catch {
    // The server is away, which the live link says already.
    return undefined
  }
}

/** A fact in words; a number that JSON could not carry comes as null. */
function inWords({ value, unit }: Fact): string {
  if (typeof value === 'string') return value
  if (unit === 'ms') return value === 0 ? 'none' : duration(value)
  return unit === 'share' ? `${Math.round(100 * value)} %` : short(value)
}

function rowsOf({ summary, budget, facts, lastAlarm }: Explanation): [string, string][] {
  const bar = short(summary.threshold)
  const rows: [string, string][] = [
    ['judged by', summary.detector],
    ['alarms from score', budget === 'none' ? bar : `${bar}, by its budget of ${budget}`],
    ...facts.map((fact): [string, string] => [fact.name, inWords(fact)]),
  ]
  if (lastAlarm === undefined) return rows
  const at = clockTime(lastAlarm.startedMs, nowMs.value)
  return [...rows, ['last alarm', `${lastAlarm.state}, since ${at}: ${lastAlarm.reason}`]]
}

/** See the head of the file. */
export function Chosen() {
  const key = selected.value
  const [open, setOpen] = useState(false)
  const [told, setTold] = useState<Told | undefined>(undefined)
  useEffect(() => {
    let left = false
    if (open) {
      void explanationOf(key).then((explanation) => {
        if (!left) setTold({ key, explanation })
      })
    }
    return () => {
      left = true
    }
  }, [open, key])
  const known = told?.key === key ? told.explanation : undefined
  return (
    <details class="chosen" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What was chosen, and why</summary>
      {known === undefined ? (
        <p>{told?.key === key ? 'Nothing is known of it now.' : 'Asking…'}</p>
      ) : (
        <dl>
          {rowsOf(known).map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </details>
  )
}
