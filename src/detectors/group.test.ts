import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { detectorContract } from './detector.contract.ts'
import type { Detector } from './detector.ts'
import { Ema, emaOptions } from './ema.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { EachField, grouped } from './group.ts'
import { htmMaker } from './htm.ts'
import { htmOptionsWith } from './htm/options.ts'

const htm = htmMaker()

/** A group whose second field is what a detector of one value is given, and its first constant. */
function asOne(group: Detector): Detector {
  return {
    update: (timestampMs, value, learning, assessment) => {
      group.takeFields?.([5, value])
      group.update(timestampMs, 5, learning, assessment)
    },
    snapshot: (writer) => group.snapshot(writer),
    restore: (reader) => group.restore(reader),
  }
}

const options = htmOptionsWith({ probationSamples: 20, columns: 256, activeColumns: 10 })

detectorContract('htm of a group', {
  create: (seed) => asOne(grouped(htm.group(options, seed, 2), ['cpu', 'mem'])),
  probationSamples: 20,
  stepDelaySamples: 1,
  // The other of two fields stands as it stood: half of the input is as expected.
  stepScoreMin: 0.3,
  stateBytesMax: 1_000_000,
  runs: 8,
  samplesMax: 120,
})

function ema(): Detector {
  return new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 }))
}

detectorContract('a detector for each field', {
  create: () => asOne(grouped(new EachField([ema(), ema()]), ['cpu', 'mem'])),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.9,
  stateBytesMax: 2_000,
})

/** Feeds samples of several fields; the last assessment. */
function fed(detector: Detector, rows: readonly (readonly number[])[]): Assessment {
  const assessment = new Assessment()
  rows.forEach((row, i) => {
    assessment.clear()
    detector.takeFields?.(row)
    detector.update(i * 60_000, row[0] ?? NaN, 'on', assessment)
  })
  return assessment
}

describe('a group', () => {
  test('of detectors is as unusual as its most unusual field, and says which and why', () => {
    const group = grouped(new EachField([ema(), ema(), ema()]), ['cpu', 'mem', 'disk'])
    const rows = Array.from({ length: 100 }, (_, i) => [i % 5, 50 + (i % 3), 7])
    const { score, evidence, expected, lower } = fed(group, [...rows, [2, 97, 7]])
    expect(score).toBeGreaterThan(0.999)
    expect(evidence).toMatch(/^mem leads with 97/)
    expect(expected).toBeGreaterThan(49)
    expect(lower).toBeGreaterThan(40)
  })

  test('of one model scores a combination that never was, of values that are usual each', () => {
    const levels = [10, 40, 70, 90]
    const rows = Array.from({ length: 400 }, (_, i) => {
      const level = levels[i % 4] ?? 0
      return [level, 100 - level]
    })
    const given = htmOptionsWith({ probationSamples: 40, columns: 512, activeColumns: 20 })
    const two = (): Detector => grouped(htm.group(given, 1, 2), ['cpu', 'mem'])
    expect(fed(two(), rows).rawScore).toBe(0)
    // The first field goes on as it always did; the second has a value of another moment.
    const { rawScore, evidence } = fed(two(), [...rows, [10, 30]])
    expect(rawScore).toBeGreaterThan(0.3)
    expect(evidence).toMatch(/^(cpu leads with 10|mem leads with 30)$/)
    expect(fed(htm(given, 1), [...rows, [10]]).rawScore).toBe(0)
  })

  test('does not judge a sample whose fields were lost on the way', () => {
    const group = grouped(new EachField([ema(), ema()]), ['cpu', 'mem'])
    fed(
      group,
      Array.from({ length: 50 }, (_, i) => [i % 5, i % 3]),
    )
    const assessment = new Assessment()
    group.update(9e9, 1e6, 'on', assessment)
    expect(assessment).toMatchObject({ scored: false, inProbation: true, score: 0 })
  })

  test('takes percentages as they are, from the first sample on', () => {
    const given = htmOptionsWith({ preset: 'rubis-3', probationSamples: 10 })
    const group = grouped(htm.group(given, 1, 2), ['cpu', 'mem'])
    const assessment = fed(group, [[30, 17]])
    expect([assessment.scored, assessment.rawScore]).toEqual([true, 1])
  })
})
