/**
 * The intake: from a source that cannot be asked again into the incoming log.
 *
 *   source ──▶ batch ──▶ log.append ──safe──▶ batch.acknowledge   (HTTP answers 2xx here)
 *                             └──full, failed──▶ batch.refuse      (HTTP answers 503)
 *                                                or, where the source can wait, try again
 */

import type { Batch } from '../core/record.ts'
import type { Timers } from '../core/clock.ts'
import type { Source } from '../sources/source.ts'
import type { RecordLog } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** Pause before a batch is offered to the log again, by the source or by its sender. */
const againMs = 250

/** What the intake works with. */
export interface IntakeParts {
  readonly name: string
  readonly source: Source
  readonly log: RecordLog
  readonly telemetry: Telemetry
  readonly clock: Timers
}

/** Runs until the source ends or the signal aborts. */
export async function runIntake(parts: IntakeParts, signal: AbortSignal): Promise<void> {
  const { name, source, log, telemetry } = parts
  for await (const batch of source.batches(signal)) {
    const { refuse } = batch
    if (refuse === undefined) await keptAtLast(batch, parts, signal)
    else {
      // Not awaited: many senders wait for one write together.
      log.append(name, batch.records).then(
        () => batch.acknowledge(),
        (error: unknown) => {
          telemetry.sourceFailed(name, error, againMs)
          refuse.call(batch, error)
        },
      )
    }
  }
}

/** A source that can wait waits until the log takes its batch: back-pressure. */
async function keptAtLast(batch: Batch, parts: IntakeParts, signal: AbortSignal): Promise<void> {
  const { name, log, telemetry, clock } = parts
  for (;;) {
    try {
      await log.append(name, batch.records)
      batch.acknowledge()
      return
    } catch (error) {
      if (signal.aborted) return
      telemetry.sourceFailed(name, error, againMs)
      await new Promise<void>((resolve) => clock.after(againMs, resolve))
    }
  }
}
