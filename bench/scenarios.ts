/**
 * Which detectors are measured, under ids that stay the same from release to release.
 *
 * A scenario is a detector with its default settings, on every corpus, the other answer of a
 * detector that has two, or settings for which others published what NAB gives. The former are what
 * `forewarn bench accuracy` prints and keeps in results/; the last are given what only a benchmark
 * knows, the range of the whole file.
 */

/** A detector and its settings, as `--detector` and `--set` say them. */
export interface Scenario {
  readonly detector: string
  readonly set: readonly string[]
  /** Only these kept numbers are checked each time, for a detector that takes minutes on all. */
  readonly checkedOn?: 'cloud'
  /**
   * Published score on NAB in the standard profile at the best threshold; without one all numbers
   * are kept in results/.
   */
  readonly nabStandard?: number
}

/** The settings of DASRS as published: seven steps of the file's range, counts that never fade. */
const dasrsPublished = ['theta=7', 'range=file', 'memory=0']

/** By id. The id of default settings is the detector's name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  sma: { detector: 'sma', set: [] },
  ema: { detector: 'ema', set: [] },
  range: { detector: 'range', set: [] },
  dasrs: { detector: 'dasrs', set: [] },
  htm: { detector: 'htm', set: [], checkedOn: 'cloud' },
  auto: { detector: 'auto', set: [] },
  'auto-score': { detector: 'auto', set: ['head=score'] },
  'dasrs-rest-published': {
    detector: 'dasrs',
    set: [...dasrsPublished, 'filters=rest', 'rest.style=divide'],
    nabStandard: 67.45831868,
  },
  'dasrs-likelihood-published': {
    detector: 'dasrs',
    set: [...dasrsPublished, 'filters=likelihood,range-rule', 'likelihood.window=8640'],
    nabStandard: 70.63030871,
  },
  'range-rule-alone': { detector: 'range', set: ['filters='], nabStandard: 50.82949996 },
}

/** Detectors without a scenario, each with the reason. */
export const excluded: Readonly<Record<string, string>> = {
  'early-warning': 'judges by a stated limit; what it is worth is said by `forewarn evaluate`',
  som: 'for several fields together; the corpora have one value each',
  seasonal: 'made for its forecasts, which bench/accuracy/forecast.ts measures',
}
