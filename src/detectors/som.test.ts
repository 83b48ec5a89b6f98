import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { grouped } from './group.ts'
import { Som, somOfOne, somOptions } from './som.ts'

const options = optionsWithDefaults(somOptions, { probationSamples: 20 })

detectorContract('som', {
  create: (seed) => somOfOne(options, seed),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.5,
  stateBytesMax: 1300,
  runs: 20,
})
goldenSnapshot('som-v1', () => somOfOne(options, 1))

describe('a map', () => {
  /** Load and latency that rise and fall together, and a field that has nothing to do with them. */
  function taught(): { score(values: readonly number[]): Assessment } {
    const detector = grouped(new Som(options, 1, 3), ['load', 'latency', 'other'])
    const random = new Random(3)
    const score = (values: readonly number[]): Assessment => {
      const assessment = new Assessment()
      detector.takeFields?.(values)
      detector.update(0, values[0] ?? NaN, 'on', assessment)
      return assessment
    }
    for (let i = 0; i < 4000; i++) {
      const load = 50 + 40 * Math.sin(i / 50)
      const noise = (): number => random.gaussian(0, 2)
      score([load + noise(), 3 * load + noise(), 7 + random.gaussian(0, 0.1)])
    }
    return { score }
  }

  test('scores a combination that never was, of values that are usual each', () => {
    const usual = Math.max(...[20, 50, 80].map((x) => taught().score([x, 3 * x, 7]).rawScore))
    expect(taught().score([85, 60, 7]).rawScore).toBeGreaterThan(1.5 * usual)
  })

  test('names the field that is furthest from the usual places', () => {
    expect(taught().score([50, 150, 12]).evidence).toBe('other leads with 12')
    expect(taught().score([50, 900, 7]).evidence).toBe('latency leads with 900')
  })
})
