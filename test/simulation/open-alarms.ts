/** The alarms of saved states. */

import { ForewarnError } from '../../src/core/errors.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import type { CreateSeries } from '../../src/series/catalog.ts'
import { isOrphanKey } from '../../src/series/owner-key.ts'
import { silencesKind } from '../../src/series/silences.ts'

/** The ids of those that are up, or wait for a tick that ends them. */
export function openAlarms(
  owners: Iterable<readonly [string, Uint8Array]>,
  create: CreateSeries,
): ReadonlySet<string> {
  const open = new Set<string>()
  const catalog = new Catalog(optionsWithDefaults(catalogOptions), create, new Ledger('off'))
  for (const [ownerKey, sealed] of owners) {
    if (!ownerKey.startsWith('series') && ownerKey !== silencesKind) continue
    try {
      catalog.restore({ ownerKey, sealed })
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error
    }
  }
  for (const { ownerKey } of catalog.owners()) {
    if (isOrphanKey(ownerKey)) open.add(ownerKey.split('/')[1] ?? '')
  }
  for (const { alarmId, alarmState } of catalog.all()) {
    if (alarmId !== undefined && alarmState !== 'resolved') open.add(alarmId)
  }
  return open
}
