/**
 * The tables of names: which detectors and score filters there are.
 *
 * To add one: its file, its test that starts with the contract, its page in docs/algorithms, its
 * scenario in bench/scenarios.ts, and a row here.
 */

import type { DetectorRow, ScoreFilterRow } from './detector.ts'
import { Ema, emaOptions } from './ema.ts'
import type { EmaOptions } from './ema.ts'

/** Every detector by its name in the configuration. */
export const detectors = {
  ema: {
    about: 'Exponential moving average: far from where the series has lately been.',
    options: emaOptions,
    filters: [],
    stateVersion: 1,
    create: (options) => new Ema(options as EmaOptions),
  },
} as const satisfies Record<string, DetectorRow>

/** Every score filter by its name in the configuration. */
export const scoreFilters = {} as const satisfies Record<string, ScoreFilterRow>
