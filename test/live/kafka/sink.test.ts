/** The sink `kafka` against a real broker. */

import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../../../src/codecs/json-lines.ts'
import { Labels } from '../../../src/core/labels.ts'
import { optionsWithDefaults } from '../../../src/core/options.ts'
import { KafkaSink } from '../../../src/sinks/kafka.ts'
import { kafkaSinkOptions } from '../../../src/sinks/kafka/options.ts'
import type { KafkaSinkOptions } from '../../../src/sinks/kafka/options.ts'
import { sinkContract } from '../../../src/sinks/sink.contract.ts'
import { deadHour } from '../../dead-hour.ts'
import { alarmReport, scoreReport } from '../../sample-reports.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()
const patience = new AbortController().signal

let topics: TestTopics

function madeSink(options: Partial<KafkaSinkOptions>): KafkaSink {
  const given = { brokers: topics.cluster.servers, ...options }
  return new KafkaSink(optionsWithDefaults(kafkaSinkOptions, given), new JsonLinesEncoder())
}

function piped(command: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error) => (error ? reject(error) : resolve()))
    child.stdin?.end(input)
  })
}

describe.skipIf(missing !== undefined)(`sink kafka ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(() => topics?.stop())

  sinkContract('kafka', {
    runs: 20,
    open: async () => {
      const topic = await topics.add(1)
      const sink = madeSink({ topic, forecasts: true, rejections: true })
      return { sink, received: () => topics.lines(topic) }
    },
  })

  test('gives each series the partition that Kafka’s own producer would', async () => {
    const topic = await topics.add(5)
    const sink = madeSink({ topic })
    const labels = Array.from({ length: 40 }, (_, i) => Labels.named('cpu', [['host', `h${i}`]]))
    await sink.write(
      labels.map((each) => scoreReport({ labels: each })),
      patience,
    )
    await sink.close()
    const there = await topics.read(topic)
    expect(there).toHaveLength(40)
    // The key’s place by kcat’s librdkafka, which has the Java producer’s partitioner too.
    const control = await topics.add(5)
    const lines = labels.map(({ key }) => `${key}\tx`).join('\n')
    const kcat = ['-P', '-b', topics.cluster.servers[0] as string, '-t', control, '-K', '\t']
    await piped('kcat', [...kcat, '-X', 'partitioner=murmur2_random'], lines)
    const expected = new Map((await topics.read(control)).map((m) => [m.key, m.partition]))
    for (const { key, partition } of there) expect(partition).toBe(expected.get(key))
  })

  test('packs many reports into a message, in order, by partition of their series', async () => {
    const topic = await topics.add(3)
    const sink = madeSink({ topic, perMessage: 50 })
    const labels = [0, 1, 2, 3, 4].map((i) => Labels.named('cpu', [['host', `h${i}`]]))
    const reports = Array.from({ length: 500 }, (_, i) =>
      scoreReport({ labels: labels[i % 5] as Labels, value: i }),
    )
    await sink.write(reports, patience)
    await sink.close()
    const messages = await topics.read(topic)
    expect(messages.length).toBeLessThan(20)
    const lines = messages.flatMap(({ value }) => value.trimEnd().split('\n'))
    const read = lines.map((line) => JSON.parse(line) as { series: string; value: number })
    expect(read).toHaveLength(500)
    for (const each of Map.groupBy(read, ({ series }) => series).values()) {
      const values = each.map(({ value }) => value)
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
  })

  test('is retryable without a broker and delivers to the next', async () => {
    const topic = await topics.add(1)
    const sink = madeSink({ topic, requestTimeoutMs: 2_000 })
    await sink.write([alarmReport('firing', { alarmId: 'x1' })], patience)
    await topics.cluster.kill(1)
    await expect(
      sink.write([alarmReport('firing')], AbortSignal.timeout(5_000)),
    ).rejects.toMatchObject({ code: 'ERR_SINK_WRITE', retryable: true })
    await topics.cluster.restart(1)
    await expect
      .poll(
        () =>
          sink.write([alarmReport('firing', { alarmId: 'x2' })], patience).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true)
    await sink.close()
    const ids = (await topics.lines(topic)).map(
      (text) => (JSON.parse(text) as { alarm_id: string }).alarm_id,
    )
    expect(ids).toContain('x1')
    expect(ids).toContain('x2')
  })

  test('dead for an hour of virtual time: every alarm arrives, in order', async () => {
    const topic = await topics.add(1)
    await deadHour({
      make: () => madeSink({ topic, requestTimeoutMs: 2_000 }),
      texts: async () => (await topics.lines(topic)).filter((line) => line.includes('alarm_id')),
      shut: () => topics.cluster.kill(1),
      open: () => topics.cluster.restart(1),
      patienceTurns: 20_000,
    })
  }, 240_000)

  test('a large batch goes in several requests, in order', async () => {
    const topic = await topics.add(2)
    const sink = madeSink({ topic, perMessage: 50 })
    const labels = Labels.named('cpu', [['host', 'a']])
    const reports = Array.from({ length: 20_000 }, (_, value) => scoreReport({ labels, value }))
    await sink.write(reports, patience)
    await sink.close()
    const lines = await topics.lines(topic)
    const values = lines.map((line) => (JSON.parse(line) as { value: number }).value)
    expect(values).toEqual(reports.map(({ value }) => value))
  })

  test('a message over the broker’s limit is not tried again', async () => {
    const topic = await topics.add(1)
    const sink = madeSink({ topic })
    const reason = 'x'.repeat(2_000_000)
    await expect(sink.write([alarmReport('firing', { reason })], patience)).rejects.toMatchObject({
      retryable: false,
    })
    await sink.close()
  })
})
