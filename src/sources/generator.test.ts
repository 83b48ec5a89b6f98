import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { PensuStream } from '../stats/streams/pensu.ts'
import { ResponseTimeStream } from '../stats/streams/response-times.ts'
import { GeneratorSource, generatorOptions } from './generator.ts'
import type { GeneratorOptions } from './generator.ts'
import {
  TestSurroundings,
  firstBatches,
  iterated,
  nextBatch,
  sourceContract,
  textOf,
} from './source.contract.ts'

const startMs = 1_700_000_000_000

function options(given: Partial<GeneratorOptions> = {}): GeneratorOptions {
  return optionsWithDefaults(generatorOptions, given)
}

for (const preset of generatorOptions.preset.words) {
  sourceContract(`generator ${preset}`, {
    batches: 5,
    make: (surroundings) => new GeneratorSource(options({ preset }), surroundings),
  })
}

/** The text of the first steps, for a codec. */
async function sent(given: Partial<GeneratorOptions>, codec?: string): Promise<string> {
  const surroundings = { ...new TestSurroundings(), ...(codec === undefined ? {} : { codec }) }
  const source = new GeneratorSource(options(given), surroundings)
  return textOf(await firstBatches(source, surroundings.clock, 1000))
}

describe('the bytes are in the format of the codec', () => {
  const values = ((): number[] => {
    const stream = new ResponseTimeStream(7)
    return Array.from({ length: 3 }, () => stream.next().valueMs)
  })()
  const given = { seed: 7, count: 3 }

  test('Influx lines, where none is named', async () => {
    const want = values.map(
      (value, i) => `response_time value=${value} ${startMs + i * 100}000000\n`,
    )
    expect(await sent(given)).toBe(want.join(''))
    expect(await sent(given, 'influx')).toBe(want.join(''))
  })

  test('Carbon lines', async () => {
    const want = values.map((value, i) => `response_time ${value} ${1_700_000_000 + i / 10}\n`)
    expect(await sent(given, 'graphite')).toBe(want.join(''))
  })

  test('the original JSON, whose timestamp is the tick', async () => {
    const want = values.map((value, i) => `{"response_time":${value},"timestamp":${i + 1}}`)
    expect(await sent(given, 'json')).toBe(want.join(''))
  })

  test('and a codec without such a format is a fault of the configuration', () => {
    const surroundings = { ...new TestSurroundings(), codec: 'prometheus' }
    expect(() => new GeneratorSource(options(), surroundings)).toThrow(
      'cannot write for the codec prometheus; it can for influx, graphite, json',
    )
  })
})

test('the five metrics of pensu come each second as Carbon lines', async () => {
  const stream = new PensuStream(3)
  const want = Array.from({ length: 2 }, (_, i) => {
    const sample = stream.next()
    const timestamp = 1_700_000_000 + i
    const head = 'my_stats.pensu_test_metrics.'
    return [
      `${head}load.5min_avg ${sample.load5} ${timestamp}\n`,
      `${head}memory.used ${sample.memoryUsedBytes} ${timestamp}\n`,
      `${head}network.rx_bytes.eth0 ${sample.receivedBytes} ${timestamp}\n`,
      `${head}network.tx_bytes.eth0 ${sample.sentBytes} ${timestamp}\n`,
      `${head}test_data ${sample.testData} ${timestamp}\n`,
    ].join('')
  })
  expect(await sent({ preset: 'pensu', seed: 3, count: 2 }, 'graphite')).toBe(want.join(''))
})

test('with `labelled` the truth goes along where decoders pass it over', async () => {
  const stream = new ResponseTimeStream(1)
  let spikes = 0
  for (let i = 0; i < 1000; i++) if (stream.next().spikeMs > 0) spikes++
  const given = { seed: 1, count: 1000, labelled: true }
  const comments = (await sent(given)).match(/^# anomaly: spike$/gm) ?? []
  expect(comments).toHaveLength(spikes)
  const truths = (await sent(given, 'json')).match(/"anomaly":true/g) ?? []
  expect(truths).toHaveLength(spikes)
  expect(spikes).toBeGreaterThan(0)
})

describe('the pace', () => {
  test('is one sample in a tenth of a second, and what was missed is made up for', async () => {
    const surroundings = new TestSurroundings()
    const { clock } = surroundings
    const batches = iterated(new GeneratorSource(options(), surroundings))
    expect((await nextBatch(batches, clock))?.records).toHaveLength(1)
    await clock.advance(950)
    const late = await nextBatch(batches, clock)
    expect(late?.records.map(({ origin }) => origin.offset)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(late?.records.at(-1)?.origin.receivedMs).toBe(startMs + 900)
    await batches.return?.()
  })

  test('does not change the stream', async () => {
    const whole = await sent({ count: 50, speed: 'max' })
    expect(await sent({ count: 50 })).toBe(whole)
    expect(await sent({ count: 50, speed: 1000 })).toBe(whole)
  })

  test('with a speed runs ahead of the clock; records are received at their own time', async () => {
    const surroundings = new TestSurroundings()
    const { clock } = surroundings
    const source = new GeneratorSource(options({ speed: 600 }), surroundings)
    const batches = iterated(source)
    await nextBatch(batches, clock)
    await clock.advance(1000)
    const second = (await nextBatch(batches, clock))?.records ?? []
    expect(second).toHaveLength(1000)
    const third = (await nextBatch(batches, clock))?.records ?? []
    expect(third.at(0)?.origin.receivedMs).toBe(startMs + 100_100)
    await batches.return?.()
  })

  test('can be set', async () => {
    expect(await sent({ everyMs: 2000, count: 2, seed: 7 })).toMatch(
      new RegExp(`${startMs}000000\n.* ${startMs + 2000}000000\n$`),
    )
  })
})

test('`count` ends it', async () => {
  const surroundings = new TestSurroundings()
  const source = new GeneratorSource(options({ preset: 'pensu', count: 3 }), surroundings)
  const batches = await firstBatches(source, surroundings.clock, 100)
  expect(batches.flatMap(({ records }) => records)).toHaveLength(3)
})
