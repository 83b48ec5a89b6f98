/** What early warning has learned, as a file. */

import { ForewarnError } from '../core/errors.ts'
import { hash32 } from '../core/hash.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import { EarlyWarning } from '../warning/early-warning.ts'
import type { EarlyWarningOptions } from '../warning/early-warning.ts'

const kind = 'early-warning'
const version = 3

/** A state of other metrics, another objective, horizon or futures cannot be used. */
function digestOf(options: EarlyWarningOptions): number {
  const { metrics, objective, horizonSamples, futures } = options
  const further = futures === undefined ? [] : ['futures']
  return hash32(JSON.stringify([metrics, objective, horizonSamples, ...further]))
}

/** The bytes to save. */
export function warningState(warning: EarlyWarning, options: EarlyWarningOptions): Uint8Array {
  const head = { kind, version, digest: digestOf(options), lastTimestampMs: 0 }
  return sealedSnapshot(head, (writer) => warning.snapshot(writer))
}

/** Early warning that begins with saved bytes, or anew where there are none. */
export function taughtWarning(
  options: EarlyWarningOptions,
  saved: Uint8Array | undefined,
): EarlyWarning {
  const warning = new EarlyWarning(options)
  if (saved === undefined) return warning
  const { head, body } = openedSnapshot(saved)
  if (head.kind !== kind || head.version !== version || head.digest !== digestOf(options)) {
    const message =
      'cannot use the saved state: it is of other metrics, objective, horizon or futures'
    throw new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
  }
  warning.restore(body)
  return warning
}
