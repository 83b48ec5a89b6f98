import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { WarningFacts } from '../core/report.ts'
import { detectorContract } from './detector.contract.ts'
import type { Detector } from './detector.ts'
import { EarlyWarningDetector, earlyWarningOfOne, earlyWarningOptions } from './early-warning.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { grouped } from './group.ts'
import { futuresMaker } from './htm/futures.ts'

const options = optionsWithDefaults(earlyWarningOptions, { metric: 'mean', probationSamples: 20 })
const newFutures = futuresMaker()
const fields = ['mean', 'cpu']
const startMs = 1_700_000_000_000

detectorContract('early warning of one value', {
  create: (seed) => earlyWarningOfOne(options, seed, newFutures),
  probationSamples: 20,
  statedLimit: true,
  stepDelaySamples: 3,
  stepScoreMin: 1,
  stateBytesMax: 25_000,
  runs: 25,
})

goldenSnapshot('early-warning-v3', () => earlyWarningOfOne(options, 1, newFutures))

detectorContract('early warning of one value with futures', {
  create: (seed) => earlyWarningOfOne({ ...options, futures: 'htm' }, seed, newFutures),
  probationSamples: 20,
  statedLimit: true,
  stepDelaySamples: 3,
  stepScoreMin: 1,
  stateBytesMax: 400_000,
  runs: 4,
})

function newGroup(changes: Partial<typeof options> = {}): Detector {
  const all = { ...options, ...changes }
  return grouped(new EarlyWarningDetector(all, 1, fields, newFutures), fields)
}

interface Second {
  readonly at: number
  readonly score: number
  readonly rawScore: number
  readonly evidence: string
  readonly warnings: readonly WarningFacts[]
}

/** A queue whose load rises from .4 to .98 in 60 seconds from each of `starts`, and stays 15 s. */
function seconds(detector: Detector, count: number, starts: readonly number[]): Second[] {
  const random = new Random(1)
  const assessment = new Assessment()
  return Array.from({ length: count }, (_, at) => {
    const start = starts.find((each) => at >= each && at < each + 75)
    const load = 0.4 + (start === undefined ? 0 : 0.58 * Math.min(1, (at - start) / 60))
    const mean = (6 / (1 - load)) * Math.exp(random.gaussian(0, 0.05))
    const cpu = 100 * load + random.gaussian(0, 1.5)
    assessment.clear()
    detector.takeFields?.([mean, cpu])
    detector.update(startMs + at * 1000, mean, 'on', assessment)
    const { score, rawScore, evidence } = assessment
    return { at, score, rawScore, evidence, warnings: detector.warnings?.() ?? [] }
  })
}

describe('early warning', () => {
  const all = seconds(newGroup(), 1000, [600])
  const changes = all.flatMap(({ at, warnings }) => warnings.map((said) => ({ at, ...said })))

  test('is told once before the breach, with its moment, the field that leads, how sure', () => {
    const [told, outcome] = changes
    expect(changes.map(({ state }) => state)).toEqual(['told', 'true'])
    expect(told).toMatchObject({ metric: 'mean', limit: 100, horizonMs: 50_000, leading: 'cpu' })
    expect(told?.probability).toBeGreaterThan(0.85)
    expect(told?.confidence).toBeGreaterThan(0)
    expect(told?.confidence).toBeLessThanOrEqual(1)
    const onsetMs = outcome?.onsetMs ?? NaN
    expect(outcome?.leadMs).toBe(onsetMs - (told?.toldMs ?? NaN))
    expect(outcome?.leadMs).toBeGreaterThan(5000)
    expect(Math.abs((told?.expectedMs ?? NaN) - onsetMs)).toBeLessThan(15_000)
    expect(outcome?.totals).toEqual({ true: 1, false: 0, missed: 0 })
  })

  test('scores 1 from then until the breach is over, and under every threshold before', () => {
    const told = changes[0]?.at ?? NaN
    expect(Math.max(...all.slice(0, told).map(({ score }) => score))).toBeLessThanOrEqual(0.99)
    const high = all.filter(({ score }) => score === 1).map(({ at }) => at)
    expect(high[0]).toBe(told)
    expect(high).toEqual(Array.from(high, (_, i) => told + i))
    expect(all[told]?.evidence).toMatch(
      /^cpu leads with [\d.]+: mean is at or over 100 within 50 s with a probability of 0\.\d\d, /,
    )
    // Then the evidences, the strongest first.
    expect(all[told]?.evidence).toMatch(/, expected in \d+ s(; [^;]{20,}){1,3}$/)
    expect(all[high.at(-1) ?? 0]?.evidence).toMatch(/: the objective is broken: mean under 100$/)
  })

  test('of a group without the field says so and judges nothing', () => {
    const detector = newGroup({ metric: 'latency' })
    const said = seconds(detector, 100, [])
    expect(said.every(({ score }) => score === 0)).toBe(true)
    expect(detector.describe?.()).toEqual([
      { name: 'not judged', value: 'there is no field latency' },
    ])
  })

  test('counts a breach that came without a warning', () => {
    const detector = earlyWarningOfOne(options, 1, newFutures)
    const assessment = new Assessment()
    const told: WarningFacts[] = []
    for (let at = 0; at < 100; at++) {
      assessment.clear()
      detector.update(startMs + at * 1000, at < 80 ? 10 : 500, 'on', assessment)
      told.push(...(detector.warnings?.() ?? []))
    }
    expect(told).toMatchObject([{ state: 'missed', onsetMs: startMs + 80_000, leading: '' }])
    expect(assessment.score).toBe(1)
  })
})
