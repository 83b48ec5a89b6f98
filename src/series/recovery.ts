/**
 * The start: what a store has saved goes back into the catalog and the transforms.
 *
 * A state that is damaged or of other options is passed over, loudly; its owner starts anew with
 * its next sample. Everything else goes on as if nothing had happened.
 */

import type { OwnerKeeper, SavedOwner } from '../core/ledger.ts'
import type { SavedState } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Scoring } from './scoring.ts'
import { silencesKind } from './silences.ts'

/** What the saved state goes back into. */
export interface RecoveryParts {
  readonly scoring: Scoring
  /** The transforms, and whoever else has owners beside the scoring. */
  readonly keepers: readonly OwnerKeeper[]
  readonly telemetry: Pick<Telemetry, 'snapshotRefused'>
  /** Given what nobody takes back, so that it does not lie in the store for ever. */
  readonly unclaimed?: ((saved: SavedOwner) => void) | undefined
}

/** Puts every saved owner back; returns how many series there are. */
export async function recover(state: SavedState, parts: RecoveryParts): Promise<number> {
  const { scoring, telemetry } = parts
  const series: SavedOwner[] = []
  for (const saved of state.owners) {
    const { ownerKey } = saved
    const ofCatalog = ownerKey.startsWith('series') || ownerKey === silencesKind
    if (ofCatalog) series.push(saved)
    else recoverKept(saved, parts)
  }
  return scoring.restore(series, (key, error) => telemetry.snapshotRefused(key, error))
}

function recoverKept(saved: SavedOwner, { keepers, telemetry, unclaimed }: RecoveryParts): void {
  try {
    if (!keepers.some((keeper) => keeper.recover?.(saved) === true)) unclaimed?.(saved)
  } catch (error) {
    telemetry.snapshotRefused(saved.ownerKey, error)
  }
}
