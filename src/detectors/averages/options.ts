/** The options that `ema` and `sma` share. */

/** Half the width of the band of both. */
export const bandDeviationsOption = {
  kind: 'number',
  min: 0,
  max: 1e6,
  default: 6,
  about: 'Half the width of the expected band. 6: outside of it lies about one in a thousand.',
} as const

/** The probation of both. */
export const probationSamplesOption = {
  kind: 'integer',
  min: 1,
  max: 1e9,
  default: 150,
  about: 'The first samples, learned but not judged.',
} as const
