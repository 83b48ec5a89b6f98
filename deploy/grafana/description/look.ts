/** Colours and texts that mean the same on every dashboard. */

/** Grafana's own colour names, which follow its light and dark theme. */
export const colors = {
  value: 'blue',
  expected: 'text',
  band: 'super-light-green',
  unusual: 'red',
  score: 'orange',
  rawScore: 'super-light-orange',
  forecast: 'purple',
  calm: 'green',
  pending: 'yellow',
  firing: 'red',
} as const

/** Steps of a score: from when it is worth a look. The rule's threshold is the program's affair. */
export const scoreSteps = [
  [null, 'green'],
  [0.99, 'yellow'],
  [0.999, 'red'],
] as const

/** Anything but none is bad. */
export const noneIsGood = [
  [null, 'green'],
  [1, 'red'],
] as const

/** Steps that say nothing. */
export const plain = [[null, 'text']] as const

/** States of an alarm as numbers. */
export const stateTexts = {
  '0': { text: 'calm', color: colors.calm },
  '0.5': { text: 'pending', color: colors.pending },
  '1': { text: 'firing', color: colors.firing },
} as const

/** The same states in SQL. */
export const stateNumber = `case state when 'firing' then 1 when 'pending' then 0.5 else 0 end`

export const severityColors = { info: 'blue', warning: 'orange', critical: 'red' } as const
