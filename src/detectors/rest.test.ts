import { describe, expect, test } from 'vitest'
import { defaultThreshold } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import { detectorContract } from './detector.contract.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { published } from './published-vector.contract.ts'
import { Rest, restOptions } from './rest.ts'
import type { RestOptions } from './rest.ts'

function rest(given: Partial<RestOptions> = {}): Rest {
  return new Rest(optionsWithDefaults(restOptions, given))
}

detectorContract('ema with rest', {
  create: () =>
    filtered(new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 })), [rest()]),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.999,
  stateBytesMax: 32,
})
goldenSnapshot('rest-v1', () => filtered(new Ema(optionsWithDefaults(emaOptions)), [rest()]))

/** The scores that come out for scores that go in, after a probation of ten. */
function out(filter: Rest, scores: readonly number[]): number[] {
  const assessment = new Assessment()
  return scores.map((score) => {
    assessment.clear()
    Object.assign(assessment, { inProbation: false, score, rawScore: score, probationSamples: 10 })
    filter.apply(0, 'on', assessment)
    return assessment.score
  })
}

describe('rest by holding', () => {
  test('keeps scores under the threshold after an alarm, and high', () => {
    // A ceiling of .9 of three decades: 1 - 10^-2.7.
    const ceiling = 1 - 10 ** -2.7
    const scores = out(rest({ periodSamples: 3 }), [0.5, 0.9999, 1, 0.2, 0.99, 0.9999])
    const wanted = [0.5, 0.9999, ceiling, 0.2, 0.99, 0.9999]
    scores.forEach((score, i) => expect(score).toBeCloseTo(wanted[i] as number, 12))
  })

  test('lasts a fifth of probation if nothing else was said', () => {
    const scores = out(rest(), new Array<number>(7).fill(1))
    expect(scores.map((score) => score === 1)).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ])
  })

  test('does not begin in probation', () => {
    const filter = rest()
    const assessment = new Assessment()
    Object.assign(assessment, { score: 1, rawScore: 1, probationSamples: 100 })
    filter.apply(0, 'on', assessment)
    expect(out(filter, [1])).toEqual([1])
  })

  test('starts at the threshold of the alarm rule', () => {
    expect(restOptions.threshold.default).toBe(defaultThreshold)
  })
})

test('rest by dividing gives the scores of the published description', () => {
  const options = { ...published.options, probationSamples: 1 }
  const detector = filtered(new Dasrs(optionsWithDefaults(dasrsOptions, options)), [
    rest({ style: 'divide', periodSamples: published.restSamples }),
  ])
  const scores = published.values.map((value) => {
    const assessment = new Assessment()
    detector.update(0, value, 'on', assessment)
    return assessment.score
  })
  expect(scores).toEqual(published.restScores)
})
