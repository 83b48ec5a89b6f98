/** Options of what goes to Carbon, declared once for the encoder and the sink choosing for it. */

import type { ChoiceOption, OptionSpecs } from './options.ts'

/** Names of all numbers; codecs/graphite-scores.ts says what each is. */
export const carbonNumbers = [
  'anomaly_score',
  'anomaly_likelihood',
  'anomaly_direction',
  'value',
  'expected',
  'lower',
  'upper',
  'prediction',
  'prediction_confidence',
  'alarm',
  'alarm_value',
] as const

/** Which sign of a direction says what. */
export const directionOption = {
  kind: 'choice',
  words: ['value', 'prediction'],
  default: 'value',
  about:
    'What a direction of 1 says: that the value lies above what was expected (value), or that ' +
    'what was expected lies above the value (prediction), as Pensu wrote it.',
} as const satisfies ChoiceOption

export const carbonOptions = {
  template: {
    kind: 'text',
    default: 'pensu.{{#anomaly_metric}}.metrics_analyzer',
    about:
      'What stands in front of the name of the series; {{#anomaly_metric}} becomes the name of ' +
      'the number, for instance anomaly_score.',
  },
  form: {
    kind: 'choice',
    words: ['plaintext', 'pickle'],
    default: 'plaintext',
    about: 'Lines, or frames of pickled lists, which cost Carbon less.',
  },
  direction: directionOption,
} as const satisfies OptionSpecs
