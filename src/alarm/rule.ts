/** The options of an alarm rule, and the one default threshold. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { noBudget } from './budget-rate.ts'

/**
 * The one default threshold of all detectors. A score is one minus a tail probability, so .999 is
 * "once in a thousand samples of this series". Chosen by `forewarn bench nab|kpi|cloud`.
 */
export const defaultThreshold = 0.999

const dayMs = 86_400_000

/** Options of an alarm rule. None shapes the saved state: a rule can change while it fires. */
export const alarmOptions = {
  threshold: {
    kind: 'number',
    min: 0,
    max: 1,
    default: defaultThreshold,
    about: 'A sample with this score or more is anomalous. .999 means once in a thousand samples.',
  },
  clearThreshold: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    about:
      'Once an alarm is pending or firing, scores at or over this keep it so. 0: the threshold.',
  },
  rawScoreMin: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    about:
      'The detector’s own score, before score filters, must be this high too. 0: no condition. ' +
      'For detectors whose own score is within 0 and 1: htm, dasrs, range.',
  },
  confidenceMin: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    about:
      'The detector must have been this sure of the value that it expected: the probability of ' +
      'the forecast for this sample. 0: no condition, as where nothing was forecast.',
  },
  budget: {
    kind: 'text',
    default: noBudget,
    about:
      'How many alarms each series may raise if nothing is wrong: "1 per week" (hour, day, week, ' +
      'month). The threshold then follows from the series’ own past, and `threshold` and ' +
      '`clear_threshold` have no meaning. none: the threshold holds.',
  },
  direction: {
    kind: 'choice',
    words: ['both', 'above', 'below'],
    default: 'both',
    about: 'Which side of the expected value counts. Matters only for detectors that expect one.',
  },
  deviationMin: {
    kind: 'number',
    min: 0,
    max: Number.MAX_VALUE,
    default: 0,
    about: 'Smallest distance from the expected value that can alarm, in the unit of the series.',
  },
  deviationShareMin: {
    kind: 'number',
    min: 0,
    max: 1e6,
    default: 0,
    about: 'The same as a share of the expected value: .2 leaves deviations under 20 % alone.',
  },
  holdMs: {
    kind: 'duration',
    min: 0,
    max: 30 * dayMs,
    default: 0,
    about: 'How long the series must stay anomalous before the alarm fires.',
  },
  needed: {
    kind: 'integer',
    min: 1,
    max: 31,
    default: 1,
    about: 'N of M: this many of the last `window` samples must be anomalous.',
  },
  windowSamples: {
    kind: 'integer',
    min: 1,
    max: 31,
    default: 1,
    about: 'M of N of M. At least `needed`.',
  },
  keepFiringMs: {
    kind: 'duration',
    min: 0,
    max: 30 * dayMs,
    default: 60_000,
    about: 'How long the series must be quiet before a firing alarm resolves.',
  },
  absentMs: {
    kind: 'duration',
    min: 0,
    max: 365 * dayMs,
    default: 3_600_000,
    about: 'A firing alarm resolves when its series sends nothing for this long. 0: never.',
  },
  maskedSamples: {
    kind: 'integer',
    min: 0,
    max: 1e9,
    default: 0,
    about:
      'While the alarm fires, this many samples are not learned, so that a fault does not become ' +
      'normal; after them the new level is learned. 0: everything is learned.',
  },
  severity: {
    kind: 'choice',
    words: ['info', 'warning', 'critical'],
    default: 'warning',
    about: 'How bad an alarm of this rule is.',
  },
} as const satisfies OptionSpecs

export type AlarmRule = OptionsOf<typeof alarmOptions>
