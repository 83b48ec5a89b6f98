/**
 * A worked example of DASRS as published: range 0 to 100, seven levels, sequences of two, a rest of
 * five samples. Worked by hand from the published description; other implementations agree.
 */

const values = [10, 12, 11, 90, 12, 11, 13, 10, 55, 55, 56, 100, 100, 0, 12, 11, 99, 14, 15, 10]

const rawScores = [0, 1, 0.5, 1, 1, 0.33, 0.25, 0.2, 1, 1, 0.5, 1, 1, 1, 0.17, 0.14, 0.5, 0.5, 1, 1]

const restScores = [
  0, 1, 0.1, 0.25, 0.33, 0.17, 0.25, 0.2, 1, 0.2, 0.13, 0.33, 0.5, 1, 0.17, 0.14, 0.5, 0.5, 1, 0.2,
]

/** The first sample has no sequence yet; its scores are 0. */
export const published = {
  options: {
    theta: 7,
    windowSamples: 2,
    range: 'fixed',
    rangeMin: 0,
    rangeMax: 100,
    memorySamples: 0,
  },
  restSamples: 5,
  values,
  rawScores,
  restScores,
} as const
