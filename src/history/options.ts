/** Options of the score history. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'

/** Options under `history:`. */
export const historyOptions = {
  keep: {
    kind: 'boolean',
    default: true,
    about:
      'Keep every scored sample and every alarm in the folder of the store, for charts and ' +
      'questions about the past. Without a store nothing is kept. With store.scope partition ' +
      'false, unless it is written: each program keeps what it scored itself.',
  },
  retentionMs: {
    kind: 'duration',
    min: 3_600_000,
    max: 36_500 * 86_400_000,
    default: 30 * 86_400_000,
    about: 'What was written longer ago is dropped, an hour late at most.',
  },
  diskBytes: {
    kind: 'size',
    min: 1 << 20,
    max: 2 ** 50,
    default: 2 ** 30,
    about:
      'Bound on disk. At it the oldest is dropped, however young: a sample takes four to eight ' +
      'bytes.',
  },
  memoryBytes: {
    kind: 'size',
    min: 1 << 20,
    max: 2 ** 34,
    default: 64 * 2 ** 20,
    about:
      'Bound on samples that are not in blocks yet, at 64 bytes each. More makes longer blocks, ' +
      'which are smaller on disk where there are many series.',
  },
} as const satisfies OptionSpecs

export type HistoryOptions = OptionsOf<typeof historyOptions>
