/** The options of the detector `auto`. There is nothing to choose but how it speaks. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'

/** See src/detectors/auto.ts. */
export const autoOptions = {
  head: {
    kind: 'choice',
    words: ['alarm', 'score', 'sample'],
    default: 'alarm',
    about:
      'What the score answers. alarm: is this worth telling somebody, with a rest after each ' +
      'alarm. score: how unusual is this sample, with hardly a rest. sample: the same without ' +
      'any; the default where the alarm has hold or needed, and then nothing else is possible.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e9,
    default: 288,
    shapesState: true,
    about:
      'The first samples, learned but not judged. The first thousand of them at most set the ' +
      'scale, the range and the cadence of the series. 288 is a day of five minutes.',
  },
} as const satisfies OptionSpecs

export type AutoOptions = OptionsOf<typeof autoOptions>
