import { expect, test } from 'vitest'
import { GraphiteDecoder, graphiteOptions } from '../codecs/graphite.ts'
import type { GraphiteOptions } from '../codecs/graphite.ts'
import { SamplesDecoder } from '../codecs/samples.ts'
import { SamplesWriter } from '../codecs/samples/writer.ts'
import type { Timers } from '../core/clock.ts'
import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { InputRecord } from '../core/record.ts'
import { FirstStage } from './first-stage.ts'
import type { SamplesRecord } from './samples-topic.ts'

const encoder = new TextEncoder()
const startMs = 1_700_000_000_000

function line(offset: number, text: string): InputRecord {
  const origin = { partition: 'in/t/0', offset, receivedMs: startMs + offset }
  return { kind: 'data', bytes: encoder.encode(text), origin }
}

function tick(offset: number, timestampMs: number): InputRecord {
  return { kind: 'tick', timestampMs, origin: { partition: 'in/t/0', offset, receivedMs: 0 } }
}

/** Timers without time: what is to come later comes at once. */
const timers: Timers = {
  after: (_ms, work) => {
    queueMicrotask(work)
    return () => undefined
  },
}

/** Runs batches through a stage with two partitions; writes fail as often as said. */
async function ran(batches: readonly (readonly InputRecord[])[], failures = 0) {
  const written: SamplesRecord[] = []
  const happened: string[] = []
  let left = failures
  const stage = new FirstStage({
    name: 'in.decode',
    source: {
      async *batches() {
        for (const [i, records] of batches.entries()) {
          yield { records, acknowledge: () => void happened.push(`acknowledged ${i}`) }
        }
      },
    },
    decoder: new GraphiteDecoder(optionsWithDefaults(graphiteOptions) as GraphiteOptions),
    transforms: [],
    topic: {
      partitions: 2,
      open: () => Promise.resolve(),
      partitionOf: (labels: Labels) => (labels.name === 'a' ? 0 : 1),
      write: (records) => {
        if (left-- > 0) return Promise.reject(new Error('no broker'))
        written.push(...records)
        happened.push('written')
        return Promise.resolve()
      },
      close: () => Promise.resolve(),
    },
    newWriter: () => new SamplesWriter(),
    telemetry: {
      batchTaken: () => undefined,
      sourceFailed: () => void happened.push('failed'),
    },
    clock: timers,
  })
  await stage.run(new AbortController().signal)
  const decoder = new SamplesDecoder()
  const records = written.map(({ partition, value }) => {
    const found: Observation[] = []
    const refused = decoder.decode(value, { partition: 's', offset: 0, receivedMs: 0 }, found)
    const samples = found.map(({ labels, value: of, origin, index }) => {
      return `${labels.name} ${of} from ${origin.partition} ${origin.offset}.${index}`
    })
    const said = refused.map(({ reason, at }) => `${reason} at ${at?.origin.offset}`)
    return { partition, samples: [...samples, ...said], markMs: decoder.markMs }
  })
  return { records, happened }
}

test('each series goes to its partition, with the origin that it had', async () => {
  const { records } = await ran([
    [line(5, 'a 1 1700000000\nb 2 1700000000'), line(6, 'a 3 1700000001')],
    [line(7, 'b 4 1700000002\nnonsense')],
  ])
  expect(records).toEqual([
    { partition: 0, samples: ['a 1 from in/t/0 5.0', 'a 3 from in/t/0 6.0'], markMs: undefined },
    { partition: 1, samples: ['b 2 from in/t/0 5.1'], markMs: undefined },
    { partition: 0, samples: ['malformed at 7'], markMs: undefined },
    { partition: 1, samples: ['b 4 from in/t/0 7.0'], markMs: undefined },
  ])
})

test('how far the input has come is said in every partition, once', async () => {
  const { records } = await ran([
    [
      line(1, 'a 1 1700000000'),
      tick(1, startMs),
      line(2, 'a 2 1700000001'),
      tick(2, startMs + 1e3),
    ],
    [tick(2, startMs)],
    [tick(3, startMs + 2e3)],
  ])
  expect(records.map(({ partition, markMs }) => [partition, markMs])).toEqual([
    [0, startMs + 1e3],
    [1, startMs + 1e3],
    [0, startMs + 2e3],
    [1, startMs + 2e3],
  ])
  expect(records[0]?.samples).toHaveLength(2)
})

test('input is acknowledged once its records are written, however often that takes', async () => {
  const batches = [[line(1, 'a 1 1700000000')], [line(2, 'a 2 1700000001')]]
  const { records, happened } = await ran(batches, 2)
  expect(happened).toEqual([
    'failed',
    'failed',
    'written',
    'acknowledged 0',
    'written',
    'acknowledged 1',
  ])
  expect(records.flatMap(({ samples }) => samples)).toEqual([
    'a 1 from in/t/0 1.0',
    'a 2 from in/t/0 2.0',
  ])
})

test('a record is closed before it is too large for a broker', async () => {
  const lines = Array.from({ length: 12_000 }, (_, i) => `a 1 ${1_700_000_000 + i}`).join('\n')
  const batches = Array.from({ length: 2 }, (_, i) => [line(i, lines), line(i, lines)])
  const { records } = await ran(batches)
  expect(records.length).toBeGreaterThan(2)
  expect(records.flatMap(({ samples }) => samples)).toHaveLength(48_000)
})
