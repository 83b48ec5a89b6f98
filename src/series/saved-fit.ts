/** Whether what a series saved is still of use to it. */

import { ForewarnError } from '../core/errors.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { layoutOf, layoutVersion, seriesLayout } from './layout.ts'
import type { Series } from './series.ts'

/** Whether a saved state is one of this series: of its detector, in a layout that is known. */
export function fits({ kind, version, digest }: SnapshotHead, { rule }: Series): boolean {
  const layout = layoutOf({ version })
  const known = layout <= seriesLayout && version === layoutVersion(rule.stateVersion, layout)
  return known && kind === rule.detector && digest === rule.stateDigest
}

/** ERR_SNAPSHOT_UNKNOWN: what it is of, and what it would have to be of. */
export function misfit(head: SnapshotHead, { labels, rule }: Series): ForewarnError {
  const was = `${head.kind} version ${head.version}, options ${head.digest.toString(16)}`
  const version = layoutVersion(rule.stateVersion, seriesLayout)
  const is = `${rule.detector} version ${version}, options ${rule.stateDigest.toString(16)}`
  const message = `cannot use the state of ${labels.key}: it is of ${was}; now ${is}`
  return new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
}
