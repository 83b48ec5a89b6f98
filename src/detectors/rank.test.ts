import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { detectorContract } from './detector.contract.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { Rank, rankOptions } from './rank.ts'

const options = optionsWithDefaults(rankOptions)

detectorContract('ema with rank', {
  create: () =>
    filtered(new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 })), [
      new Rank(options),
    ]),
  probationSamples: 20,
  stepDelaySamples: 1,
  // Nothing is rarer than once in the 220 samples that were judged before the step.
  stepScoreMin: 0.995,
  stateBytesMax: 24 + 35 * 8 + 4,
})
goldenSnapshot('rank-v1', () => {
  return filtered(new Ema(optionsWithDefaults(emaOptions)), [new Rank(options)])
})

test('of scores that claim too much, one in a hundred is one in a hundred', () => {
  // Exponential evidence with a mean of a decade: it claims two decades once in 7, not in 100.
  const random = new Random(5)
  const rank = new Rank(options)
  const assessment = new Assessment()
  let over = 0
  for (let i = 0; i < 40_000; i++) {
    const decades = -Math.log(1 - random.uniform())
    Object.assign(assessment, { inProbation: false, score: 1 - 10 ** -decades })
    rank.apply(0, 'on', assessment)
    if (i >= 10_000 && assessment.score >= 0.99) over++
  }
  // 300 of 30,000 expected; the standard deviation is 17, and bins and fading add to it.
  expect(over).toBeGreaterThan(220)
  expect(over).toBeLessThan(380)
})

test('in probation nothing is learned', () => {
  const rank = new Rank(options)
  const assessment = new Assessment()
  for (let i = 0; i < 500; i++) rank.apply(0, 'on', Object.assign(assessment, { score: 0.2 }))
  Object.assign(assessment, { inProbation: false, score: 0.99 })
  rank.apply(0, 'on', assessment)
  expect(assessment.score).toBe(0.5)
})
