/**
 * The start: what a store has saved goes back into the catalog and the transforms.
 *
 * A state that is damaged or of other options is passed over, loudly; its owner starts anew with
 * its next sample. Everything else goes on as if nothing had happened.
 */

import type { SavedState } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Transform } from '../transforms/transform.ts'
import type { Catalog } from './catalog.ts'

/** What the saved state goes back into. */
export interface RecoveryParts {
  readonly catalog: Catalog
  readonly transforms: readonly Transform[]
  readonly telemetry: Telemetry
}

/** Puts every saved owner back; returns how many series there are. */
export function recover(state: SavedState, parts: RecoveryParts): number {
  const { catalog, transforms, telemetry } = parts
  let series = 0
  for (const saved of state.owners) {
    try {
      if (saved.ownerKey.startsWith('series')) series += catalog.restore(saved.sealed) ? 1 : 0
      else transforms.some((transform) => transform.recover?.(saved) === true)
    } catch (error) {
      telemetry.snapshotRefused(saved.ownerKey, error)
    }
  }
  return series
}
