/** The options that stand at the top of the file, in no section. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'

/** See the head of the file. */
export const programOptions = {
  workers: {
    kind: 'integer',
    min: 0,
    max: 64,
    default: 1,
    about:
      'Threads that series are scored on, spread by their keys; reports are the same for any ' +
      'number, and it may change from run to run. 0 or 1: all in one thread, which is best for ' +
      'light detectors (ema); more pay where scoring takes most of the time (htm, auto).',
  },
} as const satisfies OptionSpecs

export type ProgramOptions = OptionsOf<typeof programOptions>
