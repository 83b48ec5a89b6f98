import { describe, expect, test } from 'vitest'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { htmMaker } from '../../src/detectors/htm.ts'
import { htmOptionsWith } from '../../src/detectors/htm/options.ts'
import type { LabelledSeries } from '../../src/evaluation/corpus.ts'
import { probationSamplesOf } from '../../src/evaluation/corpus.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { corporaFolder } from '../corpora.ts'

/**
 * Forecasts of `htm` beside the two simplest ones: the last value, and the value one season before
 * (a week of half hours for nyc_taxi, a day of five minutes for the others). Mean absolute errors
 * over the rows after probation and after the first season, printed for each horizon.
 */

const folder = corporaFolder()
const corpus = ((): LabelledSeries[] => {
  try {
    return readNabCorpus(folder)
  } catch {
    return []
  }
})()
const missing = corpus.length > 0 ? '' : ` (left out: no NAB corpus in "${folder}")`

const horizons = [1, 5] as const
const taxi = 'realKnownCause/nyc_taxi.csv'
const make = htmMaker()

/** Mean absolute errors of one horizon. */
interface Errors {
  readonly series: string
  readonly horizon: number
  readonly htm: number
  readonly last: number
  readonly seasonal: number
}

function errorsOf({ name, timestampsMs, values }: LabelledSeries): Errors[] {
  const season = name === taxi ? 7 * 48 : 288
  const probationSamples = probationSamplesOf(values.length)
  const options = htmOptionsWith({ probationSamples, horizons: horizons.map(String) })
  const detector = make(options, 1)
  const assessment = new Assessment()
  const sums = horizons.map((horizon) => ({ horizon, htm: 0, last: 0, seasonal: 0, count: 0 }))
  const forecasts = horizons.map(() => new Float64Array(values.length + 5).fill(NaN))
  const valueAt = (row: number): number => values[row] as number
  values.forEach((value, row) => {
    sums.forEach((sum, h) => {
      const forecast = forecasts[h]?.[row] as number
      if (row < Math.max(probationSamples, season) || Number.isNaN(forecast)) return
      sum.count++
      sum.htm += Math.abs(forecast - value)
      sum.last += Math.abs(valueAt(row - sum.horizon) - value)
      sum.seasonal += Math.abs(valueAt(row - season) - value)
    })
    assessment.clear()
    detector.update(timestampsMs[row] as number, value, 'on', assessment)
    horizons.forEach((horizon, h) => {
      const into = forecasts[h] as Float64Array
      into[row + horizon] = detector.forecast(horizon)?.value ?? NaN
    })
  })
  return sums.map(({ horizon, htm, last, seasonal, count }) => ({
    series: name,
    horizon,
    htm: htm / count,
    last: last / count,
    seasonal: seasonal / count,
  }))
}

describe.skipIf(missing !== '')(`alarms of htm${missing}`, () => {
  test('the daily peak that does not come is alarmed at the default threshold', () => {
    const series = corpus.filter(({ name }) => name.endsWith('/art_daily_flatmiddle.csv'))
    const [file] = runDetector(detectorFactory('htm', []), series).files
    const { firstRow = 0, lastRow = 0 } = series[0]?.ranges[0] ?? {}
    const { threshold } = optionsWithDefaults(alarmOptions)
    const scores = file?.scores.subarray(firstRow, lastRow + 1) ?? new Float64Array(0)
    expect(Math.max(...scores)).toBeGreaterThanOrEqual(threshold)
  })
})

describe.skipIf(missing !== '')(`forecasts of htm${missing}`, () => {
  test('five ahead on nyc_taxi err at most 1.1 times as much as the week before', () => {
    const errors = errorsOf(corpus.find(({ name }) => name === taxi) as LabelledSeries)
    console.table(errors)
    const far = errors.find(({ horizon }) => horizon === 5) as Errors
    expect(far.htm).toBeLessThanOrEqual(1.1 * far.seasonal)
    const near = errors.find(({ horizon }) => horizon === 1) as Errors
    expect(near.htm).toBeLessThan(near.last)
  })

  test(
    'on most of realAWSCloudwatch they err less than the last value',
    { timeout: 300_000 },
    () => {
      const series = corpus.filter(({ name }) => name.startsWith('realAWSCloudwatch/'))
      const errors = series.flatMap(errorsOf)
      console.table(errors)
      const better = errors.filter(({ htm, last }) => htm < last)
      expect(better.length).toBeGreaterThan(errors.length / 2)
    },
  )
})
