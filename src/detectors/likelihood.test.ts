import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import { detectorContract } from './detector.contract.ts'
import { filtered } from './filtered.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { Likelihood, likelihoodOptions } from './likelihood.ts'
import type { LikelihoodOptions } from './likelihood.ts'
import { RangeRule, rangeRuleOptions } from './range-rule.ts'
import { Rank, rankOptions } from './rank.ts'
import { Rest, restOptions } from './rest.ts'

function likelihood(given: Partial<LikelihoodOptions> = {}): Likelihood {
  return new Likelihood(optionsWithDefaults(likelihoodOptions, given))
}

function chain(probationSamples: number, given: Partial<LikelihoodOptions> = {}) {
  const dasrs = new Dasrs(optionsWithDefaults(dasrsOptions, { probationSamples }))
  return filtered(dasrs, [
    new Rank(optionsWithDefaults(rankOptions)),
    likelihood(given),
    new RangeRule(optionsWithDefaults(rangeRuleOptions)),
    new Rest(optionsWithDefaults(restOptions)),
  ])
}

detectorContract('dasrs with all its filters', {
  create: () => chain(20),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 121 * 4 + 256 * 8 + 20 * 8 + 1000,
})
detectorContract('dasrs with the published window', {
  create: () => chain(20, { windowSamples: 100 }),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 121 * 4 + 256 * 8 + 20 * 8 + 1000 + 100 * 20,
})
goldenSnapshot('likelihood-v1', () => chain(200))
goldenSnapshot('likelihood-window-v1', () => chain(200, { windowSamples: 300 }))

/** What comes out for raw scores that go in, without probation. */
function out(filter: Likelihood, rawScores: readonly number[]): Assessment[] {
  return rawScores.map((rawScore, i) => {
    const assessment = new Assessment()
    Object.assign(assessment, { inProbation: false, rawScore })
    filter.apply(i % 5, 'on', assessment)
    return assessment
  })
}

describe('the published likelihood', () => {
  const options = { windowSamples: 1000, learningSamples: 0 }
  /** Ten ones in every hundred: averages of 0, .1, … 1, …, .1. */
  const tens = Array.from({ length: 400 }, (_, i) => (i % 100 < 10 ? 1 : 0))

  test('is one half until it has learned', () => {
    const said = out(likelihood({ windowSamples: 1000, learningSamples: 250 }), tens)
    expect(said.slice(0, 250).every(({ score }) => score === 0.5)).toBe(true)
    expect(said.slice(300).every(({ score }) => score !== 0.5)).toBe(true)
  })

  test('is the normal tail of the average of ten, fitted every hundred samples', () => {
    const said = out(likelihood(options), [...tens, ...new Array<number>(10).fill(0.5)])
    // At row 400: averages 1 (once), .1 to .9 (twice each) and 0 of every 100, but for the first
    // hundred, whose nine first averages are over fewer scores: 1 each, in place of .1 to .9.
    const later = 3 * (1 + 2 * 4.5)
    const mean = (later + 10 + 4.5) / 400
    const squares = (3 * (1 + 2 * 2.85) + 10 + 2.85) / 400
    const deviation = Math.sqrt(squares - mean * mean)
    // The average of ten rows of .5 is .5. The table of the normal: by the error function’s series.
    const z = (0.5 - mean) / deviation
    expect(said.at(-1)?.score).toBeCloseTo(1 - normalTail(z), 5)
    expect(said.at(-1)?.rawScore).toBeCloseTo(-Math.log10(normalTail(z)) / 10, 4)
  })

  test('only the first of a run is extreme', () => {
    const calm = Array.from({ length: 500 }, (_, i) => (i % 10 === 0 ? 1 : 0))
    const said = out(likelihood(options), [...calm, ...new Array<number>(10).fill(1)])
    const extreme = said.slice(500).map(({ score }) => score > 0.99999)
    expect(extreme.filter(Boolean)).toHaveLength(1)
    expect(said.at(-1)?.score).toBeCloseTo(0.999, 12)
  })

  test('a series that hardly moves is never unusual', () => {
    const filter = likelihood(options)
    const assessment = new Assessment()
    for (let i = 0; i < 500; i++) {
      Object.assign(assessment, { inProbation: false, rawScore: i < 450 ? 0 : 1 })
      filter.apply(7 + (i % 2) * 1e-3, 'on', assessment)
      expect(assessment.score).toBeCloseTo(0.5, 2)
    }
  })
})

describe('the fading likelihood', () => {
  test('lets what came in through where nothing lasts, a little less sure', () => {
    const filter = likelihood()
    out(filter, new Array<number>(200).fill(0.5))
    const assessment = new Assessment()
    Object.assign(assessment, { inProbation: false, rawScore: 0, score: 0.999 })
    filter.apply(0, 'on', assessment)
    expect(assessment.score).toBeCloseTo(1 - 10 ** (-3 * 0.88), 12)
  })

  test('adds what lasts, though no single score is unusual', () => {
    const noisy = Array.from({ length: 1000 }, (_, i) => (i % 5 === 0 ? 1 : 0))
    const said = out(likelihood(), [...noisy, ...new Array<number>(10).fill(1)])
    expect(said.slice(200, 1000).every(({ score }) => score < 0.99)).toBe(true)
    expect(Math.max(...said.slice(1000).map(({ score }) => score))).toBeGreaterThan(0.999)
  })
})

/** ½ erfc(z / √2) by the series of the normal integral around 0. */
function normalTail(z: number): number {
  let [term, sum] = [z, z]
  for (let k = 1; k < 100; k++) {
    term *= (-z * z) / (2 * k)
    sum += term / (2 * k + 1)
  }
  return 0.5 - sum / Math.sqrt(2 * Math.PI)
}
