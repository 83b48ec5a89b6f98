/** On which side of what was expected an anomalous sample lies. */

import type { ScoreReport } from '../../core/report.ts'

/**
 * 1 above and -1 below, or the other way round for `prediction`; 0 where nothing was expected and
 * of samples that are not anomalous.
 */
export function directionOf(
  { status, value, expected }: ScoreReport,
  what: 'value' | 'prediction',
): number {
  if (status !== 'anomalous' || Number.isNaN(expected)) return 0
  return value >= expected === (what === 'value') ? 1 : -1
}
