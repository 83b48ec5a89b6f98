/**
 * The options of the detector `htm`. A preset names a whole set; every other option overrides one
 * setting of it, and says `preset` where it does not.
 */

import { ForewarnError } from '../../core/errors.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import type { OptionSpecs, OptionsOf } from '../../core/options.ts'
import { checkTimezone, timezoneOption } from '../timezone.ts'
import { htmPresets } from './presets.ts'
import type { HtmSettings } from './presets.ts'

const words = ['preset'] as const

const overriding = { kind: 'number-or-word', words, default: 'preset', shapesState: true } as const

const share = { ...overriding, min: 0, max: 1 } as const

const bits = { ...overriding, min: 0, max: 4096 } as const

/** Options of the detector. */
export const htmOptions = {
  preset: {
    kind: 'choice',
    words: ['small', 'nab', 'numenta-tm', 'hot-gym', 'rubis-1', 'rubis-2', 'rubis-3'],
    default: 'small',
    shapesState: true,
    about:
      'Which set of settings to start from. small: a sixth of the memory of nab and as accurate; ' +
      'nab and numenta-tm: as published for the Numenta Anomaly Benchmark; hot-gym: quick to ' +
      'learn, knows the hour and the weekend; rubis-1, rubis-2: percentages each second; ' +
      'rubis-3: the same for a group of two fields.',
  },
  probationSamples: {
    kind: 'integer',
    min: 1,
    max: 1e6,
    default: 750,
    about:
      'The first samples, learned but not judged. The range of values is taken from the first ' +
      'half of them.',
  },
  timezone: { ...timezoneOption, shapesState: true },
  horizons: {
    kind: 'text-list',
    default: ['1', '5'],
    shapesState: true,
    about:
      'How many samples ahead to forecast. With 1 among them each sample also has an expected ' +
      'value and a band. Each horizon costs time and memory; [] leaves forecasts out.',
  },
  futures: {
    kind: 'choice',
    words: ['off', 'reported', 'scored'],
    default: 'off',
    about:
      'Feeds the forecasts for 1, 2, … samples ahead on, without learning, as if they had come ' +
      'true, and tells how unforeseen each would be. reported: forecast reports carry these raw ' +
      'scores. scored: the raw score of a sample is also the greatest of its futures, so that ' +
      'heading for something unusual alarms. Needs the horizons 1, 2, … without a gap; each ' +
      'costs a pass of pooler and memory.',
  },
  forecastRate: {
    kind: 'number',
    min: 1e-6,
    max: 1,
    default: 0.01,
    about: 'How fast forecasts learn: .1 follows after a few samples, .005 averages over many.',
  },
  buckets: {
    ...overriding,
    min: 2,
    max: 900,
    about:
      'Into how many steps the learned range is divided. More see finer changes, and take longer ' +
      'to learn that near values are alike.',
  },
  paddingShare: {
    ...share,
    about: 'By what share of itself the seen range is widened on both sides before it is divided.',
  },
  timeOfDayBits: {
    ...bits,
    about:
      'Input bits for the time of day, 21 of them active: 54 tell hours apart, 504 minutes; 0 ' +
      'leaves it out. Helps where values depend on the clock, and costs learning where not.',
  },
  dayOfWeekBits: { ...bits, about: 'Input bits for the day of the week; 147 tell days apart.' },
  weekendBits: { ...bits, about: 'Input bits for weekend or not: 42, or 0 to leave it out.' },
  columns: {
    ...overriding,
    min: 64,
    max: 2048,
    about: 'Columns of the pooler, a multiple of 32. More tell more inputs apart.',
  },
  activeColumns: {
    ...overriding,
    min: 1,
    max: 64,
    about: 'Columns active at once, some 2 %. The raw score counts in steps of one over this.',
  },
  cellsPerColumn: {
    ...overriding,
    min: 1,
    max: 32,
    about: 'Cells of a column: in how many contexts the same value can be told apart.',
  },
  poolerIncrement: {
    ...share,
    about: 'How fast a winning column binds to active inputs. 0 and 0 with the decrement: fixed.',
  },
  poolerDecrement: {
    ...share,
    about: 'How fast a winning column lets go of inputs that are not active.',
  },
  boostStrength: {
    ...overriding,
    min: 0,
    max: 100,
    about: 'How much columns that seldom win are helped. Spreads the work; makes codes restless.',
  },
  activationThreshold: {
    ...overriding,
    min: 1,
    max: 128,
    about:
      'Connected active synapses from which a segment predicts its cell. Lower: predicts more.',
  },
  matchingThreshold: {
    ...overriding,
    min: 1,
    max: 128,
    about: 'Active synapses, connected or not, from which a segment is taken for the context.',
  },
  newSynapses: {
    ...overriding,
    min: 1,
    max: 128,
    about: 'Synapses of a new segment. More than the activation threshold leaves room for noise.',
  },
  segmentsMax: {
    ...overriding,
    min: 64,
    max: 65000,
    about: 'Segments in all; beyond it the one that has not been used for long gives way.',
  },
  permanenceIncrement: {
    ...share,
    about: 'How fast a context is believed: with .1 after three times, with .04 after seven.',
  },
  permanenceDecrement: {
    ...share,
    about: 'How fast a segment forgets cells that were not active when it was right.',
  },
  predictedDecrement: {
    ...share,
    about: 'What a segment loses for a prediction that did not come true; 0 never forgets these.',
  },
  surpriseShare: {
    ...overriding,
    min: 0.05,
    max: 2,
    about:
      'Share of unforeseen columns from which a new sequence starts, from a place that the next ' +
      'surprise finds again. Saves memory in noisy series; 2: never.',
  },
} as const satisfies OptionSpecs

export type HtmOptions = OptionsOf<typeof htmOptions>

/** Samples ahead at most: the features of so many records are kept. */
const horizonMax = 1000

/** Throws ERR_CONFIG_INVALID for options that are right each but not together. */
export function checkHtmOptions(options: HtmOptions): void {
  const { horizons, futures } = options
  for (const text of horizons) {
    if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= horizonMax) continue
    refuse(`horizons: expected whole numbers from 1 to ${horizonMax}, found "${text}"`)
  }
  const ahead = new Set(horizons.map(Number))
  for (let h = 1; h <= Math.max(1, ...ahead); h++) {
    if (futures !== 'off' && !ahead.has(h))
      refuse(`futures: expected ${h} among the horizons: it is fed on`)
  }
  checkTimezone(options)
  const { columns } = settingsOf(options)
  if (columns % 32 !== 0) refuse(`columns: expected a multiple of 32, found ${columns}`)
}

function refuse(message: string): never {
  throw new ForewarnError('ERR_CONFIG_INVALID', message)
}

/** Options with every default, overridden by what is given. */
export function htmOptionsWith(given: Partial<HtmOptions>): HtmOptions {
  return optionsWithDefaults(htmOptions, given)
}

/** The preset's settings, overridden by the options that say something else than `preset`. */
export function settingsOf(options: HtmOptions): HtmSettings {
  const settings: Record<string, unknown> = { ...htmPresets[options.preset] }
  for (const [name, value] of Object.entries(options)) {
    if (name in settings && value !== 'preset') settings[name] = value
  }
  return settings as unknown as HtmSettings
}
