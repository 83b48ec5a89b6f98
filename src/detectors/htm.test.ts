import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { detectorContract } from './detector.contract.ts'
import { goldenSnapshot } from './golden-snapshot.contract.ts'
import { htmMaker } from './htm.ts'
import type { Htm } from './htm.ts'
import { htmOptionsWith } from './htm/options.ts'

const make = htmMaker()

detectorContract('htm', {
  create: (seed) => make(htmOptionsWith({ probationSamples: 20, horizons: [] }), seed),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.9,
  stateBytesMax: 1_000_000,
  runs: 8,
  samplesMax: 120,
})

detectorContract('htm with forecasts', {
  create: (seed) =>
    make(htmOptionsWith({ probationSamples: 20, futures: 'scored', horizons: ['1', '2'] }), seed),
  probationSamples: 20,
  stepDelaySamples: 1,
  stepScoreMin: 0.9,
  stateBytesMax: 2_000_000,
  runs: 8,
  samplesMax: 120,
})

goldenSnapshot('htm-v3', () => {
  const horizons = ['1', '3']
  return make(
    htmOptionsWith({ columns: 128, activeColumns: 8, probationSamples: 100, horizons }),
    1,
  )
})

function saved(detector: Htm): Uint8Array {
  const writer = new SnapshotWriter()
  detector.snapshot(writer)
  return writer.finish()
}

function fed(detector: Htm, values: readonly number[], fromMs = 0): number[] {
  const assessment = new Assessment()
  return values.map((value, i) => {
    assessment.clear()
    detector.update(fromMs + i * 60_000, value, 'on', assessment)
    return assessment.rawScore
  })
}

/** A sequence in which the same values stand in two contexts. */
function rounds(count: number): number[] {
  return Array.from({ length: count }, () => [10, 50, 30, 90, 20, 50, 30, 70]).flat()
}

describe('hierarchical temporal memory', () => {
  test('a sequence is foreseen once it has been learned, and a wrong turn is not', () => {
    const detector = make(htmOptionsWith({ probationSamples: 40, surpriseShare: 0.5 }), 1)
    const turns = Array.from({ length: 60 }, () => [10, 50, 30, 90, 20, 70]).flat()
    const scores = fed(detector, turns)
    expect(Math.max(...scores.slice(-80))).toBeLessThan(0.1)
    const turn = fed(detector, [10, 50, 30, 90, 50], 360 * 60_000)
    expect(Math.max(...turn.slice(0, 4))).toBeLessThan(0.1)
    expect(turn.at(-1)).toBeGreaterThan(0.9)
  })

  test('forecasts say what follows, in its context and with a probability near one', () => {
    const options = htmOptionsWith({
      surpriseShare: 2,
      probationSamples: 40,
      horizons: ['1', '2'],
      forecastRate: 0.1,
    })
    const detector = make(options, 1)
    fed(detector, rounds(80))
    fed(detector, [10, 50, 30], 640 * 60_000)
    const [next, second] = [detector.forecast(1), detector.forecast(2)]
    expect([next?.value, second?.value]).toEqual([90, 20])
    expect(Math.min(next?.probability ?? 0, second?.probability ?? 0)).toBeGreaterThan(0.9)
    expect(detector.forecast(3)).toBeUndefined()
  })

  test('forecasts fed on score low where they are foreseen, and leave no trace', () => {
    const options = htmOptionsWith({
      probationSamples: 60,
      horizons: ['1', '2', '3', '5'],
      forecastRate: 0.1,
      surpriseShare: 0.5,
    })
    const turns = Array.from({ length: 80 }, () => [10, 50, 30, 90, 20, 70]).flat()
    const [detector, twin] = [make(options, 3), make(options, 3)]
    fed(detector, turns)
    fed(twin, turns)
    expect(detector.futureScores()).toEqual([
      { horizonSamples: 1, value: 10, rawScore: 0 },
      { horizonSamples: 2, value: 50, rawScore: 0 },
      { horizonSamples: 3, value: 30, rawScore: 0 },
    ])
    expect(saved(detector)).toEqual(saved(twin))
    const noisy = Array.from({ length: 300 }, (_, i) => 50 + 40 * Math.sin(i / 9) + ((i * 7) % 5))
    for (const value of noisy) {
      detector.futureScores()
      expect(fed(detector, [value], 1e9)).toEqual(fed(twin, [value], 1e9))
    }
    expect(saved(detector)).toEqual(saved(twin))
  })

  test('a changed snapshot is refused or read as another one, a cut one is refused', () => {
    const options = htmOptionsWith({ probationSamples: 20 })
    const detector = make(options, 1)
    fed(detector, rounds(12))
    const bytes = saved(detector)
    for (let at = 60; at < bytes.length; at += 97) {
      const changed = bytes.slice()
      changed[at] = (changed[at] as number) ^ 0x5a
      try {
        make(options, 1).restore(new SnapshotReader(changed))
      } catch (error) {
        expect((error as { code: string }).code).toBe('ERR_SNAPSHOT_DAMAGED')
      }
    }
    const cut = bytes.slice(0, bytes.length - 40)
    expect(() => make(options, 1).restore(new SnapshotReader(cut))).toThrow('cannot read')
  })

  test('what is told of the future begins after probation, with times by the usual cadence', () => {
    const options = { probationSamples: 40, horizons: ['1', '3', '5'], forecastRate: 0.1 }
    const detector = make(htmOptionsWith(options), 1)
    fed(detector, rounds(5))
    expect(detector.forecasts()).toEqual([])
    fed(detector, rounds(75), 40 * 60_000)
    const before = saved(detector)
    const told = detector.forecasts()
    expect(told.map(({ horizonSamples }) => horizonSamples)).toEqual([1, 3, 5])
    expect(told.map(({ aheadMs }) => aheadMs)).toEqual([60_000, 180_000, 300_000])
    expect(told[0]).toMatchObject(detector.forecast(1) ?? {})
    expect(told[0]).not.toHaveProperty('rawScore')
    expect(saved(detector)).toEqual(before)
  })

  test('futures that are scored make a sample as unusual as what it leads to', () => {
    const options = {
      probationSamples: 60,
      horizons: ['1', '2', '3'],
      forecastRate: 0.1,
      surpriseShare: 0.5,
    }
    const turns = Array.from({ length: 80 }, () => [10, 50, 30, 90, 20, 70]).flat()
    const plain = make(htmOptionsWith(options), 3)
    const ahead = make(htmOptionsWith({ ...options, futures: 'scored' }), 3)
    const random = new Random(5)
    const values = turns.map((value) => (random.uniform() < 0.05 ? 60 : value))
    values.forEach((value, i) => {
      const [own] = fed(plain, [value], i * 60_000) as [number]
      const [greatest] = fed(ahead, [value], i * 60_000) as [number]
      const futures = plain.futureScores().map(({ rawScore }) => rawScore)
      if (i > 60) expect(greatest).toBe(Math.max(own, ...futures))
    })
    const told = ahead.forecasts().map(({ rawScore }) => rawScore)
    expect(told).toEqual(plain.futureScores().map(({ rawScore }) => rawScore))
  })

  test('a restored detector goes on bit for bit, at any time', () => {
    const options = htmOptionsWith({ probationSamples: 60, horizons: ['1'] })
    const wave = Array.from({ length: 700 }, (_, i) => 50 + 40 * Math.sin(i / 9) + ((i * 7) % 5))
    for (const cut of [10, 33, 200, 500]) {
      const original = make(options, 3)
      fed(original, wave.slice(0, cut))
      const restored = make(options, 3)
      restored.restore(new SnapshotReader(saved(original)))
      const rest = wave.slice(cut)
      expect(fed(restored, rest, cut * 60_000)).toEqual(fed(original, rest, cut * 60_000))
      expect(restored.size.segments).toBe(original.size.segments)
      expect(restored.size.synapses).toBe(original.size.synapses)
    }
  })
})
