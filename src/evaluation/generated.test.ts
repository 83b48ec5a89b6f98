import { describe, expect, test } from 'vitest'
import { probationSamplesOf } from './corpus.ts'
import { bestSpikeScore, generatedSeries, spikeScore } from './generated.ts'

describe('the generated stream', () => {
  const { series, spikesMs } = generatedSeries(1)

  test('has about one spike in a hundred ticks, a third of them of 10 ms and more', () => {
    const spikes = spikesMs.filter((spike) => spike > 0).length
    // Binomial(120800, .01): mean 1208, deviation 34.6; P(|N(0, 10)| ≥ 10) = .3173.
    expect(Math.abs(spikes - 1208)).toBeLessThan(4 * 34.6)
    expect(Math.abs(series.ranges.length - 0.3173 * spikes)).toBeLessThan(4 * 16.2)
  })

  test('has the value of each row without its spike near the load of its phase', () => {
    const usual = series.values.map((value, row) => value - (spikesMs[row] as number))
    expect(Math.min(...usual.subarray(0, 201))).toBeGreaterThanOrEqual(200)
    expect(Math.max(...usual.subarray(0, 201))).toBeLessThan(200 + 6 * 2.5)
  })

  test('is the same for the same seed', () => {
    expect(generatedSeries(2).series.values).toEqual(generatedSeries(2).series.values)
    expect(generatedSeries(2).series.values).not.toEqual(series.values)
  })
})

describe('spikes and alarms', () => {
  // Of 20 rows the first 3 are probation. Wanted: rows 5 and 9; row 7 has a small spike.
  const spikesMs = new Float64Array(20)
  spikesMs.set([12, 0, 0, 0, 0, 10, 0, 4, 0, 25])

  test('an alarm on any spike is right, and those of 10 ms and more are to be found', () => {
    const f = (rows: readonly number[], precision: number, recall: number): void => {
      const alarmed = new Uint8Array(20)
      for (const row of rows) alarmed[row] = 1
      expect(spikeScore(spikesMs, alarmed)).toMatchObject({ precision, recall })
    }
    f([5, 9], 1, 1)
    f([5, 7], 1, 0.5)
    f([7], 1, 0)
    f([5, 9, 12, 13], 0.5, 1)
    f([0, 1, 9], 1, 0.5)
    f([], 0, 0)
  })

  test('the best threshold is the most precise one that finds enough', () => {
    expect(probationSamplesOf(20)).toBe(3)
    const scores = new Float64Array(20)
    scores[5] = 0.9
    scores[12] = 0.8
    scores[9] = 0.7
    scores[7] = 0.6
    // .9 finds half; .7 finds all with 2 of 3 right; .6 with 3 of 4.
    expect(bestSpikeScore(spikesMs, scores)).toEqual({
      precision: 0.75,
      recall: 1,
      alarms: 4,
      threshold: 0.6,
    })
  })

  test('rows with one score are let in together', () => {
    const best = bestSpikeScore(spikesMs, new Float64Array(20).fill(0.5))
    expect(best).toEqual({ precision: 3 / 17, recall: 1, alarms: 17, threshold: 0.5 })
  })
})

test('probation of the stream is 750 ticks', () => {
  expect(probationSamplesOf(generatedSeries(3).spikesMs.length)).toBe(750)
})
