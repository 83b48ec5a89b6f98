/** Runs the inputs of a pipeline side by side: when each ends, and what ends with it. */

import type { Telemetry } from '../telemetry/telemetry.ts'

/** What of an input matters to its end. */
export interface EndingInput {
  readonly name: string
  /** True for ticks: they go on only as long as there is another input. */
  readonly companion?: boolean
}

/**
 * Runs every input until the signal aborts, it ends by itself, or another one fails. Resolves when
 * all have ended; throws what the first of those that failed threw.
 */
export async function runInputs<I extends EndingInput>(
  inputs: readonly I[],
  run: (input: I, signal: AbortSignal) => Promise<void>,
  telemetry: Pick<Telemetry, 'sourceEnded' | 'sourceFailed'>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const alone = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const stopOfTicks = AbortSignal.any([stop, alone.signal])
  const runs = inputs.map(async (input) => {
    try {
      await run(input, input.companion === true ? stopOfTicks : stop)
      telemetry.sourceEnded(input.name)
    } catch (error) {
      failed.abort()
      telemetry.sourceFailed(input.name, error, 0)
      throw error
    }
  })
  const others = runs.filter((_, i) => inputs[i]?.companion !== true)
  if (others.length > 0) void Promise.allSettled(others).then(() => alone.abort())
  for (const end of await Promise.allSettled(runs)) {
    if (end.status === 'rejected') throw end.reason
  }
}
