import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Daily, dailyOptions } from './daily.ts'
import { detectorContract } from './detector.contract.ts'
import type { Learning } from './detector.ts'
import { Ema, emaOptions } from './ema.ts'
import { filtered } from './filtered.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'

const options = optionsWithDefaults(dailyOptions)

detectorContract('ema with daily', {
  create: () =>
    filtered(new Ema(optionsWithDefaults(emaOptions, { probationSamples: 20 })), [
      new Daily(options),
    ]),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.99,
  stateBytesMax: 2_300,
})
goldenSnapshot('daily-v1', () => {
  return filtered(new Ema(optionsWithDefaults(emaOptions)), [new Daily(options)])
})

const quarterMs = 900_000
const samplesOfDay = 96

/** Low by night and high from nine to five, with noise; flat all day on the day given. */
function value(i: number, random: Random, flatDay = -1): number {
  const hour = (i % samplesOfDay) / 4
  const busy = hour >= 9 && hour < 17 && Math.floor(i / samplesOfDay) !== flatDay
  return (busy ? 80 : 20) + random.uniform() * 10
}

/** Scores of a series behind a detector that never finds anything, in probation for two days. */
function scores(filter: Daily, values: readonly number[], learning: Learning = 'on'): number[] {
  const assessment = new Assessment()
  return values.map((x, i) => {
    const inProbation = i < 2 * samplesOfDay
    Object.assign(assessment, { inProbation, score: 0, rawScore: 0 })
    filter.apply(x, inProbation ? 'on' : learning, assessment, i * quarterMs)
    return assessment.score
  })
}

function days(count: number, flatDay = -1): number[] {
  const random = new Random(4)
  return Array.from({ length: count * samplesOfDay }, (_, i) => value(i, random, flatDay))
}

test('a daily peak that does not come is unusual, and only then', () => {
  const told = scores(new Daily(options), days(12, 9))
  const from = 9 * samplesOfDay + 9 * 4
  const first = told.findIndex((score) => score >= 0.999)
  expect(first).toBeGreaterThanOrEqual(from)
  expect(first).toBeLessThan(from + 12)
})

test('what is masked does not become usual', () => {
  const flat = days(20, 9)
  const filter = new Daily(options)
  scores(filter, flat.slice(0, 9 * samplesOfDay))
  const assessment = new Assessment()
  const told = Array.from({ length: 500 }, () => {
    Object.assign(assessment, { inProbation: false, score: 0 })
    filter.apply(25, 'masked', assessment, (9 * samplesOfDay + 48) * quarterMs)
    return assessment.score
  })
  expect(new Set(told).size).toBe(1)
})

test('evidence that came in is never lessened', () => {
  const filter = new Daily(options)
  scores(filter, days(5))
  const assessment = new Assessment()
  Object.assign(assessment, { inProbation: false, score: 0.99 })
  filter.apply(25, 'on', assessment, 5 * samplesOfDay * quarterMs)
  expect(assessment.score).toBeGreaterThanOrEqual(0.99)
})

test('samples that pass are counted, and a snapshot taken among them goes on alike', () => {
  const all = days(6)
  const filter = new Daily(options)
  all.slice(0, 50).forEach((x, i) => filter.pass(i * quarterMs, x))
  const writer = new SnapshotWriter()
  filter.snapshot(writer)
  const restored = new Daily(options)
  restored.restore(new SnapshotReader(writer.finish()))
  expect(scores(restored, all)).toEqual(scores(filter, all))
})
