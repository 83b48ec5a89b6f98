/**
 * The fast memory against the plain one: equal bits, scores, segments and synapses at every record,
 * learning on, and every permanence at the end.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Random } from '../../../src/core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../../../src/core/snapshot.ts'
import { Calendar } from '../../../src/stats/calendar.ts'
import { matrixSeed, newNetwork } from '../../../src/detectors/htm/network.ts'
import { Kernels } from '../../../src/detectors/htm/kernel.ts'
import { htmPresets } from '../../../src/detectors/htm/presets.ts'
import type { HtmSettings } from '../../../src/detectors/htm/presets.ts'
import { ReferenceHtm } from './htm.ts'
import { kernelState } from './kernel-state.ts'

const kernels = new Kernels(4)

interface Sample {
  readonly timestampMs: number
  /** One for each field. */
  readonly values: readonly number[]
}

/** Runs both and compares them at every record. */
function expectEqual(settings: HtmSettings, samples: readonly Sample[], seed: number): void {
  const calendar = new Calendar('UTC')
  const fieldCount = samples[0]?.values.length ?? 1
  const fast = newNetwork({ settings, fieldCount, seed, calendar, kernels })
  const plain = new ReferenceHtm(settings, { matrix: matrixSeed, memory: seed }, fieldCount)
  const initial = plain.pooler.permanences.map((row) => [...row])
  const ranges = Array.from({ length: fieldCount }, (_, field) => {
    const values = samples.map((sample) => sample.values[field] as number)
    const [least, most] = [Math.min(...values), Math.max(...values)]
    return { centre: (least + most) / 2, resolution: Math.max(0.001, (most - least) / 100) }
  })
  samples.forEach(({ timestampMs, values }, i) => {
    fast.encoder.encode(timestampMs, values, ranges)
    expect([...fast.encoder.active], `bits of record ${i}`).toEqual(
      plain.bits(timestampMs, values, ranges),
    )
    const score = fast.kernel.update(fast.encoder.active, true) / settings.activeColumns
    const { segmentCount, synapseCount } = fast.kernel
    expect([score, segmentCount, synapseCount], `record ${i}`).toEqual([
      plain.update(timestampMs, values, ranges),
      plain.memory.segmentCount,
      plain.memory.synapseCount,
    ])
  })
  const writer = new SnapshotWriter()
  fast.kernel.snapshot(writer)
  const bytes = new SnapshotReader(writer.finish()).bytes()
  const { permanences, segments } = kernelState(bytes, settings, initial)
  expect(segments, 'all segments and synapses').toEqual(
    plain.memory.state.slice(0, segments.length),
  )
  expect(permanences, 'all permanences of the pooler').toEqual(plain.pooler.permanences)
}

const cadenceMs = 300_000

/** Series of different temper, from a seed. */
const generated: Record<string, (i: number, random: Random) => number> = {
  constant: () => 7,
  'two levels': (i) => (Math.floor(i / 40) % 2) * 10,
  wave: (i) => Math.sin(i / 8),
  'noisy wave': (i, random) => Math.sin(i / 8) + random.gaussian(0, 0.1),
  'white noise': (_, random) => random.uniform(),
  'rare spikes': (_, random) => (random.uniform() < 0.03 ? 10 : random.below(3)),
  'random turns': (i, random) => (i % 5) * 10 + (random.uniform() < 0.1 ? 5 : 0),
  drift: (i, random) => i / 50 + random.below(4),
}

function series(name: string, length: number, seed: number): Sample[] {
  const random = new Random(seed)
  const value = generated[name] as (i: number, random: Random) => number
  return Array.from({ length }, (_, i) => ({
    timestampMs: 1_400_000_000_000 + i * cadenceMs,
    values: [value(i, random)],
  }))
}

/** Half the size of `small`: quick to check, and full soon. */
const tiny: HtmSettings = {
  ...htmPresets.small,
  valueBits: 200,
  columns: 256,
  activeColumns: 10,
  cellsPerColumn: 6,
  activationThreshold: 4,
  matchingThreshold: 3,
  newSynapses: 6,
  synapsesMax: 8,
  segmentsMax: 120,
}

describe('the fast memory agrees exactly with the plain one', () => {
  for (const name of Object.keys(generated)) {
    test(`on ${name}, while segments and synapses give way to others`, () => {
      expectEqual(tiny, series(name, 500, 11), 1)
    })
  }

  test('when cells are full, predictions are punished and a surprise starts a sequence', () => {
    const settings = {
      ...tiny,
      segmentsMax: 4000,
      segmentsPerCellMax: 2,
      predictedDecrement: 0.02,
      surpriseShare: 0.5,
    }
    expectEqual(settings, series('noisy wave', 500, 5), 2)
  })

  test('when columns are boosted and bumped, and the pooler learns fast', () => {
    const pooler = { poolerIncrement: 0.05, poolerDecrement: 0.03, boostStrength: 4 }
    expectEqual({ ...tiny, ...pooler, weakShare: 0.8 }, series('random turns', 400, 3), 3)
    expectEqual({ ...tiny, poolerDecrement: 0.03, weakShare: 0.9 }, series('drift', 400, 3), 3)
  })

  test('when the time of day, the day and the weekend are encoded', () => {
    const settings = { ...tiny, timeOfDayBits: 54, dayOfWeekBits: 147, weekendBits: 42 }
    expectEqual(settings, series('noisy wave', 400, 3), 3)
  })

  test('when two fields are judged together, over ranges or as percentages', () => {
    const [first, second] = [series('noisy wave', 400, 3), series('rare spikes', 400, 4)]
    const both = first.map(({ timestampMs, values }, i) => {
      return { timestampMs, values: [...values, ...(second[i]?.values ?? [])] }
    })
    expectEqual({ ...tiny, timeOfDayBits: 54 }, both, 5)
    expectEqual({ ...tiny, encoder: 'linear' }, both, 5)
  })

  for (const [name, settings] of Object.entries(htmPresets)) {
    test(`with the preset ${name}`, { timeout: 60_000 }, () => {
      expectEqual(settings, series('noisy wave', 120, 9), 4)
    })
  }
})

const data =
  process.env['FOREWARN_DATA'] ?? resolve(import.meta.dirname, '../../../../shared/datasets')
const nab = join(data, 'nab/data')
const real = [
  'realKnownCause/machine_temperature_system_failure.csv',
  'realKnownCause/cpu_utilization_asg_misconfiguration.csv',
  'realKnownCause/ambient_temperature_system_failure.csv',
  'realKnownCause/nyc_taxi.csv',
  'realKnownCause/rogue_agent_key_hold.csv',
  'realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv',
  'realAWSCloudwatch/ec2_network_in_257a54.csv',
  'realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv',
  'realAdExchange/exchange-2_cpc_results.csv',
  'realTraffic/speed_7578.csv',
  'realTweets/Twitter_volume_AAPL.csv',
  'artificialWithAnomaly/art_load_balancer_spikes.csv',
]

/** Rows of a file of the benchmark, its times read as UTC. */
function nabSeries(file: string, rows: number): Sample[] {
  const lines = readFileSync(join(nab, file), 'utf8').trim().split('\n')
  return lines.slice(1, rows + 1).map((line) => {
    const [time = '', value] = line.split(',')
    return { timestampMs: Date.parse(time.replace(' ', 'T') + 'Z'), values: [Number(value)] }
  })
}

const missing = existsSync(nab) ? '' : ' (left out: no nab/data under FOREWARN_DATA)'

describe.skipIf(missing !== '')(`on series of the Numenta Anomaly Benchmark${missing}`, () => {
  for (const file of real) {
    test(`${file} gives equal scores, segments and synapses`, { timeout: 60_000 }, () => {
      expectEqual(tiny, nabSeries(file, 400), 6)
      expectEqual(htmPresets.small, nabSeries(file, 100), 6)
    })
  }
})

/**
 * `HTM_ROWS=300 vitest run test/reference/htm`: every preset on all twenty series, so many rows of
 * each. Some minutes; the tests above are a part of it.
 */
const rows = Number(process.env['HTM_ROWS'] ?? 0)

describe.skipIf(rows === 0 || missing !== '')(`every preset on twenty series, ${rows} rows`, () => {
  for (const [preset, settings] of Object.entries(htmPresets)) {
    for (const file of real) {
      test(`${preset} on ${file}`, { timeout: 600_000 }, () => {
        expectEqual(settings, nabSeries(file, rows), 7)
      })
    }
    for (const name of Object.keys(generated)) {
      test(`${preset} on ${name}`, { timeout: 600_000 }, () => {
        expectEqual(settings, series(name, rows, 8), 7)
      })
    }
  }
})
