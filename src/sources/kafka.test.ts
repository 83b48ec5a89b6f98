import { describe, expect, test } from 'vitest'
import { kafkaConnectionOptions } from '../connections/kafka.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { InputRecord } from '../core/record.ts'
import type { Rejection } from '../core/rejection.ts'
import { KafkaSource } from './kafka.ts'
import { kafkaSourceOptions } from './kafka/options.ts'
import { PartitionReader } from './kafka/partition-reader.ts'
import { TestSurroundings } from './source.contract.ts'

// The contract and everything that needs a broker: test/live/kafka/source.test.ts.

type Fetched = Parameters<PartitionReader['take']>[0][number]

/** A batch as the client reads it, one record a timestamp. */
function fetched(firstOffset: number, timestamps: readonly number[], attributes = 0): Fetched {
  const first = timestamps[0] ?? 0
  return {
    firstOffset: BigInt(firstOffset),
    lastOffsetDelta: timestamps.length - 1,
    attributes,
    firstTimestamp: BigInt(first),
    maxTimestamp: BigInt(Math.max(...timestamps)),
    records: timestamps.map((ms, offsetDelta) => ({
      offsetDelta,
      timestampDelta: BigInt(ms - first),
      key:
        offsetDelta % 2 === 0 ? Buffer.from('k') : offsetDelta % 4 === 1 ? null : Buffer.alloc(0),
      value: Buffer.from(`v${firstOffset + offsetDelta}`),
    })),
  } as unknown as Fetched
}

function reader(nextOffset = 0, goesOn = false, rejections: Rejection[] = []): PartitionReader {
  const options = { recordBytesMax: 1000, tickEveryMs: 1000, idleAfterMs: 500 }
  return new PartitionReader('in/t/0', { nextOffset, goesOn }, options, (refused) => {
    rejections.push(refused)
  })
}

function taken(of: PartitionReader, batches: readonly Fetched[], nowMs = 0): InputRecord[] {
  const records: InputRecord[] = []
  of.take(batches, nowMs, records)
  return records
}

/** `tick 2000` and `5` for a tick and the record of offset 5. */
function inWords(records: readonly InputRecord[]): (string | number)[] {
  return records.map((record) =>
    record.kind === 'tick' ? `tick ${record.timestampMs}` : record.origin.offset,
  )
}

const times = [0, 300, 1000, 1500, 4000, 3900, 5000]

describe('a partition', () => {
  test('has a tick before the first record of each new second, by the records’ timestamps', () => {
    const records = taken(reader(), [fetched(0, times)])
    expect(inWords(records)).toEqual([0, 1, 'tick 1000', 2, 3, 'tick 4000', 4, 5, 'tick 5000', 6])
    expect(records.map(({ origin }) => origin.offset)).toEqual([0, 1, 1, 2, 3, 3, 4, 5, 5, 6])
  })

  test('counts the records without a key, each once', () => {
    const one = reader()
    taken(one, [fetched(0, times)])
    expect(one.unkeyed).toBe(3)
    taken(one, [fetched(5, [5000, 5001, 5002])])
    expect(one.unkeyed).toBe(3)
    taken(one, [fetched(8, [5000, 5001])])
    expect(one.unkeyed).toBe(4)
  })

  test('says the same in whatever pieces it is fetched and wherever a run goes on', () => {
    const whole = inWords(taken(reader(), [fetched(0, times)]))
    for (let cut = 1; cut < times.length; cut++) {
      const one = reader()
      const before = inWords(taken(one, [fetched(0, times.slice(0, cut))]))
      const after = inWords(taken(one, [fetched(cut, times.slice(cut))]))
      expect([...before, ...after]).toEqual(whole)
      const next = reader(cut, true)
      expect(next.fetchOffset).toBe(cut - 1)
      expect([...before, ...inWords(taken(next, [fetched(0, times)]))]).toEqual(whole)
    }
  })

  test('passes over what was fetched before, markers of transactions and tombstones', () => {
    const one = reader()
    taken(one, [fetched(0, [0, 1, 2])])
    expect(inWords(taken(one, [fetched(0, [0, 1, 2, 3])]))).toEqual([3])
    const controlBatch = 0x20
    expect(taken(one, [fetched(4, [5], controlBatch)])).toEqual([])
    expect(one.nextOffset).toBe(5)
    const tombstone = fetched(5, [6])
    Object.assign(tombstone.records[0] as object, { value: null })
    expect(taken(one, [tombstone])).toEqual([])
    expect(one.nextOffset).toBe(6)
  })

  test('takes the broker’s time where the topic says so', () => {
    const byBroker = 0x08
    const records = taken(reader(), [fetched(0, [10, 20, 30], byBroker)])
    expect(records.map(({ origin }) => origin.receivedMs)).toEqual([30, 30, 30])
  })

  test('refuses what is too long, loudly', () => {
    const rejections: Rejection[] = []
    const one = reader(0, false, rejections)
    const long = fetched(0, [0])
    Object.assign(long.records[0] as object, { value: Buffer.alloc(1001) })
    expect(taken(one, [long])).toEqual([])
    expect(rejections.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
      'too_long: a record of 1001 bytes, over 1000',
    ])
  })

  test('goes back to what was read and not handed on, ticks included', () => {
    const whole = inWords(taken(reader(), [fetched(0, times)]))
    const one = reader()
    const before = inWords(taken(one, [fetched(0, times.slice(0, 3))]))
    taken(one, [fetched(3, times.slice(3))])
    one.rewind(3)
    expect(one.fetchOffset).toBe(2)
    expect([...before, ...inWords(taken(one, [fetched(0, times)]))]).toEqual(whole)
  })

  test('ticks by the clock while nothing comes, once an interval and never back', () => {
    const one = reader()
    expect(one.idle(9000)).toBeUndefined()
    taken(one, [fetched(0, [5200])], 5650)
    expect(one.idle(5900)).toBeUndefined()
    expect(one.idle(6100)).toBeUndefined()
    expect(one.idle(6150)).toMatchObject({ kind: 'tick', timestampMs: 6000, origin: { offset: 0 } })
    expect(one.idle(6900)).toBeUndefined()
    expect(inWords(taken(one, [fetched(1, [6950, 7000])]))).toEqual([1, 'tick 7000', 2])
  })
})

describe('options that do not go together', () => {
  const made = (changes: object): (() => unknown) => {
    const options = { ...optionsWithDefaults(kafkaSourceOptions), topics: ['t'], ...changes }
    return () => new KafkaSource(options, new TestSurroundings())
  }

  test('are refused', () => {
    expect(made({ topics: [] })).toThrow('a kafka source needs topics')
    expect(made({ brokers: [] })).toThrow('expected at least one broker')
    expect(made({ brokers: ['kafka'] })).toThrow('expected brokers as host:port, found "kafka"')
    expect(made({ tlsKey: 'x' })).toThrow('expected tls_certificate and tls_key together')
    expect(made({ brokers: ['[::1]:9092', 'kafka-1.example:9093'] })).not.toThrow()
  })

  test('a password is a secret', () => {
    expect(kafkaConnectionOptions.password.secret).toBe(true)
  })
})
