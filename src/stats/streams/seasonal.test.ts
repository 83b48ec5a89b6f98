import { describe, expect, test } from 'vitest'
import { SeasonalStream } from './seasonal.ts'
import type { SeasonalSample } from './seasonal.ts'

const periodSamples = 300
const anomalyEverySamples = 400

function samples(seed: number, count: number): SeasonalSample[] {
  const stream = new SeasonalStream({ seed, periodSamples, anomalyEverySamples })
  return Array.from({ length: count }, () => stream.next())
}

/** The season of the head of the file, without noise. */
function season(tick: number): number {
  const phase = (2 * Math.PI * (tick - 1)) / periodSamples
  return 100 + 20 * Math.sin(phase) + 6 * Math.sin(2 * phase + 1)
}

interface Run {
  readonly anomaly: string
  readonly samples: SeasonalSample[]
}

/** Neighbouring samples with the same truth. */
function runs(all: readonly SeasonalSample[]): Run[] {
  const found: Run[] = []
  for (const sample of all) {
    const last = found.at(-1)
    if (last?.anomaly === sample.anomaly) last.samples.push(sample)
    else found.push({ anomaly: sample.anomaly, samples: [sample] })
  }
  return found
}

const long = samples(1, 200_000)
const anomalies = runs(long).filter(({ anomaly }) => anomaly !== '')

test('normal samples are the season and noise of deviation 1.5', () => {
  const noise = long.filter(({ anomaly }) => anomaly === '').map((s) => s.value - season(s.tick))
  const mean = noise.reduce((sum, n) => sum + n, 0) / noise.length
  const variance = noise.reduce((sum, n) => sum + (n - mean) ** 2, 0) / noise.length
  // Neighbours are correlated by 0.6, so 190,000 samples count as about 47,000.
  expect(Math.abs(mean)).toBeLessThan(0.04)
  expect(Math.abs(Math.sqrt(variance) - 1.5)).toBeLessThan(0.03)
})

describe('anomalies', () => {
  test('do not come in the first period', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect(samples(seed, periodSamples).every(({ anomaly }) => anomaly === '')).toBe(true)
    }
  })

  test('come at random, one in about 400 normal samples, all kinds alike', () => {
    const normal = long.filter(({ anomaly }) => anomaly === '').length
    const expected = normal / anomalyEverySamples
    expect(Math.abs(anomalies.length - expected)).toBeLessThan(5 * Math.sqrt(expected))
    for (const kind of ['spike', 'dip', 'shift', 'flat']) {
      const share = anomalies.filter(({ anomaly }) => anomaly === kind).length / anomalies.length
      expect(Math.abs(share - 0.25), kind).toBeLessThan(0.1)
    }
  })

  test('spikes and dips are one sample, 9 to 18 off, give or take the noise', () => {
    for (const { anomaly, samples: run } of anomalies) {
      if (anomaly !== 'spike' && anomaly !== 'dip') continue
      expect(run).toHaveLength(1)
      const off = (run[0]?.value ?? NaN) - season(run[0]?.tick ?? NaN)
      expect(anomaly === 'spike' ? off : -off).toBeGreaterThan(9 - 6 * 1.5)
      expect(Math.abs(off)).toBeLessThan(18 + 6 * 1.5)
    }
  })

  test('shifts and flat stretches last 20 to 59 samples', () => {
    for (const { anomaly, samples: run } of anomalies) {
      if (anomaly !== 'shift' && anomaly !== 'flat') continue
      expect(run.length).toBeGreaterThanOrEqual(20)
      expect(run.length).toBeLessThanOrEqual(59)
      if (anomaly === 'flat') expect(new Set(run.map(({ value }) => value)).size).toBe(1)
    }
  })
})

test('the seed fixes every draw', () => {
  expect(samples(4, 5000)).toEqual(samples(4, 5000))
  expect(samples(4, 5000)).not.toEqual(samples(5, 5000))
})
