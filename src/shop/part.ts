/** A part's own side of the channel to the recorder; see message.ts. */

import type { Strengths } from '../testbed/fault.ts'
import type { PartMessage } from './message.ts'

/** What the recorder started this process with. */
export function partOptions<Options>(): Options {
  return JSON.parse(process.argv[2] ?? '{}') as Options
}

/** Tells the recorder. Nobody hears it once the channel is closed. */
export function tell(message: PartMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

/**
 * Calls back with each message of strengths and the one before it (the first stands for both), and
 * ends the process when the channel closes, after `end`. The terminal's interrupt reaches the parts
 * too; the recorder alone says when to stop.
 */
export function takePart(
  change: (strengths: Strengths, before: Strengths) => void,
  end: () => Promise<void> = () => Promise.resolve(),
): void {
  let before: Strengths | undefined
  process.on('message', (strengths: Strengths) => {
    change(strengths, before ?? strengths)
    before = strengths
  })
  const stop = (): void => {
    void end().finally(() => process.exit(0))
  }
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', stop)
  process.once('disconnect', stop)
  if (!process.connected) stop()
}
