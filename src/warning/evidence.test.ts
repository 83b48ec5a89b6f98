import { describe, expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { EarlyWarning } from './early-warning.ts'
import { evidenceParts } from './evidence.ts'
import type { EvidencePart } from './evidence.ts'
import { featuresOf } from './features.ts'

const objective = { metric: 'mean', limit: 100, holdSamples: 3 }
const options = { metrics: ['cpu', 'mean'], objective, horizonSamples: 50, seed: 1 }

/** Evidence of the last second of a queue at rest for 300 s whose load then rises for `rising`. */
function evidenceAfter(rising: number): EvidencePart[] {
  const random = new Random(1)
  const warning = new EarlyWarning(options)
  for (let second = 0; second < 300 + rising; second++) {
    const load = 0.4 + 0.01 * Math.max(0, second - 300)
    const mean = (6 / (1 - load)) * Math.exp(random.gaussian(0, 0.03))
    warning.update(Float64Array.of(100 * load + random.gaussian(0, 1.5), mean))
  }
  return warning.evidence((samples) => `${Math.round(samples)} s`)
}

describe('evidence', () => {
  test('of what comes is named with its reason, the strongest first', () => {
    const parts = evidenceAfter(45)
    const names = parts.map(({ name }) => name)
    expect(new Set(names)).toEqual(new Set(['line', 'queue', 'forecast', 'metrics', 'map']))
    expect(parts.map(({ odds }) => odds).toSorted((a, b) => b - a)).toEqual(
      parts.map(({ odds }) => odds),
    )
    const reason = (name: string): string => parts.find((part) => part.name === name)?.reason ?? ''
    expect(reason('line')).toMatch(/^a line through mean is over 100 within 50 s: \d+ %$/)
    expect(reason('queue')).toMatch(/^mean grows as in a queue, to 100 in \d+ s$/)
    expect(reason('forecast')).toMatch(/^the forecast of mean is over 100 within 50 s: \d+ %$/)
    expect(reason('metrics')).toMatch(/^cpu is \d+\.\d spreads over what is usual$/)
    expect(reason('map')).toMatch(/^\d+ % of the samples at this place of the map came before/)
  })

  test('at rest adds less than of what comes', () => {
    const sum = (parts: readonly EvidencePart[]): number =>
      parts.reduce((total, { odds }) => total + odds, 0)
    expect(sum(evidenceAfter(0))).toBeLessThan(sum(evidenceAfter(45)) / 2)
  })

  test('is none while the objective is broken', () => {
    const warning = new EarlyWarning(options)
    for (let second = 0; second < 10; second++) warning.update(Float64Array.of(1, 500))
    expect(warning.evidence(String)).toEqual([])
  })

  test('adds up to what the log odds are over rest', () => {
    const features = featuresOf(2, true)
    const random = new Random(3)
    const weights = features.map(() => random.gaussian(0, 1))
    const values = features.map(({ evidence }) => (evidence === undefined ? 1 : random.uniform()))
    const dot = (of: readonly number[]): number =>
      of.reduce((sum, value, i) => sum + value * weights[i]!, 0)
    const over = dot(values) - dot(features.map(({ rest }) => rest))
    const positive = evidenceParts(features, weights, values)
    const negative = evidenceParts(
      features,
      weights.map((weight) => -weight),
      values,
    )
    const total = (parts: readonly { odds: number }[]): number =>
      parts.reduce((sum, { odds }) => sum + odds, 0)
    expect(total(positive) - total(negative)).toBeCloseTo(over, 9)
  })
})
