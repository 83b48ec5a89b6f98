/** On which side of what was expected an anomalous sample lies. */

import type { ScoreReport } from '../../core/report.ts'

/** Which sign says what. */
export const directionOption = {
  kind: 'choice',
  words: ['value', 'prediction'],
  default: 'value',
  about:
    'What a direction of 1 says: that the value lies above what was expected (value), or that ' +
    'what was expected lies above the value (prediction), as Pensu wrote it.',
} as const

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
