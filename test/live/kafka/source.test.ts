/** The source `kafka` against a real broker. */

import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../../../src/core/options.ts'
import type { Batch, DataRecord } from '../../../src/core/record.ts'
import type { Rejection } from '../../../src/core/rejection.ts'
import { KafkaSource } from '../../../src/sources/kafka.ts'
import { kafkaSourceOptions } from '../../../src/sources/kafka/options.ts'
import type { KafkaSourceOptions } from '../../../src/sources/kafka/options.ts'
import { sourceContract } from '../../../src/sources/source.contract.ts'
import type { SourceSurroundings } from '../../../src/sources/source.ts'
import { systemClock } from '../../../src/telemetry/system-clock.ts'
import { pause } from '../live-program.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics, numbered } from './topics.ts'

const missing = await kafkaMissing()

let topics: TestTopics

interface Surrounded extends SourceSurroundings {
  readonly rejections: Rejection[]
  readonly failures: unknown[]
}

function surroundings(name = 'in'): Surrounded {
  const rejections: Rejection[] = []
  const failures: unknown[] = []
  return {
    name,
    clock: systemClock,
    rejections,
    failures,
    onRejection: (refused) => void rejections.push(refused),
    onFailure: (error) => void failures.push(error),
  }
}

function source(
  options: Partial<KafkaSourceOptions>,
  around: SourceSurroundings = surroundings(),
): KafkaSource {
  const given = {
    brokers: topics.cluster.servers,
    start: 'earliest',
    fetchWaitMs: 50,
    ...options,
  } as const
  return new KafkaSource(optionsWithDefaults(kafkaSourceOptions, given), around)
}

/** A reader of everything that a source says, until it is stopped. */
class Reading {
  readonly records: DataRecord[] = []
  readonly ticks: number[] = []
  readonly batches: Batch[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  readonly #of: KafkaSource

  constructor(of: KafkaSource, positions?: ReadonlyMap<string, number>) {
    this.#of = of
    this.#done = this.#read(of, positions)
  }

  async #read(of: KafkaSource, positions?: ReadonlyMap<string, number>): Promise<void> {
    for await (const batch of of.batches(this.#stop.signal, positions)) {
      this.batches.push(batch)
      for (const record of batch.records) {
        if (record.kind === 'data') this.records.push(record)
        if (record.kind === 'tick') this.ticks.push(record.timestampMs)
      }
    }
  }

  get texts(): string[] {
    return this.records.map(({ bytes }) => new TextDecoder().decode(bytes))
  }

  /** Resolves once there are this many records. */
  async until(count: number): Promise<this> {
    await expect.poll(() => this.records.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(count)
    return this
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
    this.#of.saved(new Map())
  }
}

describe.skipIf(missing !== undefined)(`source kafka ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(() => topics?.stop())

  sourceContract('kafka', {
    batches: 2,
    make: async (around) => {
      const topic = await topics.add(2)
      const written = [0, 1].map((partition) => ({ value: 'm value=1', partition, timestampMs: 5 }))
      await topics.write(topic, written)
      return source({ topics: [topic], group: topic }, around)
    },
  })

  test.for(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'reads records packed by %s, each partition in order',
    async (compression) => {
      const topic = await topics.add(3)
      await topics.producer.send({
        compression,
        messages: Array.from({ length: 300 }, (_, i) => ({
          topic,
          key: Buffer.from(`k${i % 7}`),
          value: Buffer.from(`m value=${i}`),
        })),
      })
      const reading = await new Reading(source({ topics: [topic], group: topic })).until(300)
      await reading.stop()
      expect(new Set(reading.texts).size).toBe(300)
      const byPartition = Map.groupBy(reading.records, ({ origin }) => origin.partition)
      for (const records of byPartition.values()) {
        expect(records.map(({ origin }) => origin.offset)).toEqual(records.map((_, i) => i))
      }
    },
  )

  test('takes Kafka’s timestamp as the receive time and ticks by it, in any pieces', async () => {
    const topic = await topics.add(1)
    const at = 1_700_000_000_000
    const times = [0, 300, 999, 1000, 1500, 4000, 3900, 5000].map((ms) => at + ms)
    await topics.write(
      topic,
      times.map((timestampMs, i) => ({ value: `m value=${i}`, timestampMs })),
    )
    const whole = await new Reading(source({ topics: [topic], group: 'a' })).until(8)
    await whole.stop()
    expect(whole.records.map(({ origin }) => origin.receivedMs)).toEqual(times)
    const ticks = [1000, 4000, 5000].map((ms) => at + ms)
    expect(whole.ticks.slice(0, 3)).toEqual(ticks)
    // Going on behind the third record, the tick before the fourth is there as well.
    const positions = new Map([[`in/${topic}/0`, 2]])
    const rest = await new Reading(source({ topics: [topic], group: 'b' }), positions).until(5)
    await rest.stop()
    expect(rest.records.map(({ origin }) => origin.offset)).toEqual([3, 4, 5, 6, 7])
    expect(rest.ticks.slice(0, 3)).toEqual(ticks)
  })

  test('commits what was acknowledged, and the group goes on there', async () => {
    const topic = await topics.add(2)
    await topics.write(topic, numbered(100))
    const first = source({ topics: [topic], group: topic, commitEveryMs: 20 })
    const reading = await new Reading(first).until(100)
    for (const batch of reading.batches) batch.acknowledge()
    await reading.stop()
    await topics.write(topic, numbered(10, 100))
    const next = await new Reading(source({ topics: [topic], group: topic })).until(10)
    await next.stop()
    expect(next.texts.toSorted()).toEqual(
      numbered(10, 100)
        .map(({ value }) => value)
        .toSorted(),
    )
  })

  test('goes on behind what a checkpoint has saved, whatever the group says', async () => {
    const topic = await topics.add(1)
    await topics.write(topic, numbered(50))
    const first = source({ topics: [topic], group: topic, commitEveryMs: 20 })
    const reading = await new Reading(first).until(50)
    first.saved(
      new Map([
        [`in/${topic}/0`, 19],
        ['other/x/0', 3],
      ]),
    )
    await reading.stop()
    const committed = await new Reading(source({ topics: [topic], group: topic })).until(30)
    await committed.stop()
    expect(committed.records[0]?.origin.offset).toBe(20)
    const positions = new Map([[`in/${topic}/0`, 9]])
    const saved = await new Reading(source({ topics: [topic], group: topic }), positions).until(40)
    await saved.stop()
    expect(saved.records[0]?.origin.offset).toBe(10)
  })

  test('begins behind the newest record where it is told to', async () => {
    const topic = await topics.add(1)
    await topics.write(topic, numbered(5))
    const late = new Reading(source({ topics: [topic], group: topic, start: 'latest' }))
    await expect.poll(() => topics.members(topic)).toBe(1)
    await topics.write(topic, numbered(5, 100))
    await late.until(5)
    await late.stop()
    expect(late.texts[0]).toBe('m value=100')
  })

  test('reads topics by glob, and a new one once it is there', async () => {
    const one = await topics.add(1, 'glob')
    const other = await topics.add(1, 'other')
    await topics.write(one, numbered(3))
    await topics.write(other, numbered(3))
    const around = surroundings()
    const reading = new Reading(
      source({ topics: ['glob-*'], group: 'globs', topicsEveryMs: 300 }, around),
    )
    await reading.until(3)
    const two = await topics.add(1, 'glob')
    await topics.write(two, numbered(4))
    await reading.until(7)
    await reading.stop()
    expect(new Set(reading.records.map(({ origin }) => origin.partition))).toEqual(
      new Set([`in/${one}/0`, `in/${two}/0`]),
    )
    expect(reading.records).toHaveLength(7)
  })

  test('leaves aborted transactions out, and reads on behind them', async () => {
    const topic = await topics.add(1)
    const transactional = new Producer({
      clientId: 't',
      bootstrapBrokers: topics.cluster.servers,
      transactionalId: topic,
      idempotent: true,
      retries: 20,
    })
    for (const [value, commit] of [
      ['a', true],
      ['b', false],
      ['c', true],
    ] as const) {
      const transaction = await transactional.beginTransaction()
      await transaction.send({ messages: [{ topic, value: Buffer.from(value) }] })
      await (commit ? transaction.commit() : transaction.abort())
    }
    await transactional.close(true)
    const reading = await new Reading(source({ topics: [topic], group: topic })).until(2)
    await reading.stop()
    expect(reading.texts).toEqual(['a', 'c'])
  })

  test('passes tombstones over and refuses what is too long', async () => {
    const topic = await topics.add(1)
    const long = 'x'.repeat(400)
    await topics.write(topic, [{ value: 'a' }, { key: 'k' }, { value: long }, { value: 'b' }])
    const around = surroundings()
    const reading = new Reading(
      source({ topics: [topic], group: topic, recordBytesMax: 256 }, around),
    )
    await reading.until(2)
    await reading.stop()
    expect(reading.texts).toEqual(['a', 'b'])
    expect(around.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
  })

  test('says what was deleted before it was read, and goes on', async () => {
    const topic = await topics.add(1)
    await topics.write(topic, numbered(20))
    await topics.admin.deleteRecords({
      topics: [{ name: topic, partitions: [{ partition: 0, offset: 12n }] }],
    })
    const around = surroundings()
    const positions = new Map([[`in/${topic}/0`, 4]])
    const reading = new Reading(source({ topics: [topic], group: topic }, around), positions)
    await reading.until(8)
    await reading.stop()
    expect(reading.records[0]?.origin.offset).toBe(12)
    expect(around.rejections.map(({ detail }) => detail)).toEqual([
      `in/${topic}/0 has no offset 5 any more: on at 12`,
    ])
  })

  test('shares partitions with a second member, and takes them back when it leaves', async () => {
    const topic = await topics.add(4)
    const options = {
      topics: [topic],
      group: topic,
      commitEveryMs: 20,
      sessionTimeoutMs: 6_000,
    }
    const one = new Reading(source(options))
    await topics.write(topic, numbered(40))
    await one.until(40)
    for (const batch of one.batches) batch.acknowledge()
    const two = new Reading(source(options))
    await expect.poll(() => topics.members(topic), { timeout: 30_000 }).toBe(2)
    let sent = 40
    await expect
      .poll(
        async () => {
          await topics.write(topic, numbered(14, sent))
          sent += 14
          return two.records.length
        },
        { timeout: 60_000, interval: 300 },
      )
      .toBeGreaterThan(0)
    for (const batch of two.batches) batch.acknowledge()
    await two.stop()
    await topics.write(topic, numbered(14, sent))
    sent += 14
    const values = (): Set<string> => new Set([...one.texts, ...two.texts])
    await expect.poll(() => values().size, { timeout: 60_000 }).toBe(sent)
    await one.stop()
  })

  test('stays in its group where nothing comes, however long it would wait for it', async () => {
    const topic = await topics.add(1)
    const options = { topics: [topic], group: topic, sessionTimeoutMs: 3_000, fetchWaitMs: 60_000 }
    const reading = new Reading(source(options))
    await expect.poll(() => topics.members(topic), { timeout: 30_000 }).toBe(1)
    // Longer than its session.
    await pause(6_000)
    await expect.poll(() => topics.members(topic), { timeout: 10_000 }).toBe(1)
    await reading.stop()
  })

  test('waits for a broker that is gone, says so, and goes on', async () => {
    const topic = await topics.add(2)
    await topics.write(topic, numbered(20))
    const around = surroundings()
    const reading = await new Reading(source({ topics: [topic], group: topic }, around)).until(20)
    await topics.cluster.kill(1)
    await expect.poll(() => around.failures.length, { timeout: 60_000 }).toBeGreaterThan(0)
    await topics.cluster.restart(1)
    await expect
      .poll(
        () =>
          topics.write(topic, numbered(20, 20)).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true)
    await expect.poll(() => new Set(reading.texts).size, { timeout: 60_000 }).toBe(40)
    await reading.stop()
  })
})
