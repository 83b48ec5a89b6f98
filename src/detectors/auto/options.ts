/** The options of the detector `auto`. There is nothing to choose but how it speaks. */

import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { timezoneOption } from '../timezone.ts'

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
      'The samples until the series is known, in which only gross changes alarm. The first ' +
      'thousand of them at most set the scale, the range and the cadence of the series. 288 is a ' +
      'day of five minutes.',
  },
  earlySamples: {
    kind: 'integer',
    min: 2,
    max: 1e9,
    default: 40,
    about:
      'The first samples, learned but not judged at all. From then on until the end of probation ' +
      'gross changes alarm; as long as probation, or longer: nothing does.',
  },
  horizonSamples: {
    kind: 'integer',
    min: 0,
    max: 100_000,
    default: 0,
    shapesState: true,
    about:
      'How many samples ahead is told in forecasts, besides the next one. 0: nothing is; to tell ' +
      'ahead a series takes 33 KB more.',
  },
  timezone: { ...timezoneOption, shapesState: true },
} as const satisfies OptionSpecs

export type AutoOptions = OptionsOf<typeof autoOptions>
