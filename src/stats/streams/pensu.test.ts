import { expect, test } from 'vitest'
import { PensuStream } from './pensu.ts'
import { presets } from './preset.ts'

const stream = new PensuStream(1)
const samples = Array.from({ length: 50 * 365 }, () => stream.next())

test('the counters only grow, and by whole bytes', () => {
  const falls = samples.slice(1).filter((sample, i) => {
    const before = samples[i] as (typeof samples)[number]
    return sample.receivedBytes < before.receivedBytes || sample.sentBytes < before.sentBytes
  })
  expect(falls).toEqual([])
  expect(samples.every(({ receivedBytes }) => Number.isSafeInteger(receivedBytes))).toBe(true)
})

test('the test data has a yearly season of 365 ticks around 11 degrees, never under 0', () => {
  let cosine = 0
  let sum = 0
  for (const { tick, testData } of samples) {
    sum += testData
    cosine += testData * Math.cos((2 * Math.PI * (tick - 1)) / 365)
  }
  expect(samples.filter(({ testData }) => testData < 0)).toEqual([])
  // Weather: deviation 2/√(1 - 0.36) = 2.5, memory 0.6: 18,250 days count as about 4,600.
  expect(Math.abs(sum / samples.length - 11)).toBeLessThan(0.2)
  expect(Math.abs((2 * cosine) / samples.length - 4)).toBeLessThan(0.3)
})

test('load and memory stay where a small server has them', () => {
  expect(samples.filter(({ load5 }) => !(load5 >= 0 && load5 < 4))).toEqual([])
  const farFrom2 = samples.filter(({ memoryUsedBytes }) => {
    return Math.abs(memoryUsedBytes / 1024 ** 3 - 2) > 0.5
  })
  expect(farFrom2).toEqual([])
})

test('the seed fixes every draw', () => {
  const again = new PensuStream(1)
  expect(Array.from({ length: 1000 }, () => again.next())).toEqual(samples.slice(0, 1000))
})

test('the five metrics have the names of the demonstration', () => {
  const shape = { seed: 1, periodSamples: 300, anomalyEverySamples: 400 }
  expect(
    presets.pensu
      .steps(shape)()
      .map(({ metric }) => metric),
  ).toEqual([
    'my_stats.pensu_test_metrics.load.5min_avg',
    'my_stats.pensu_test_metrics.memory.used',
    'my_stats.pensu_test_metrics.network.rx_bytes.eth0',
    'my_stats.pensu_test_metrics.network.tx_bytes.eth0',
    'my_stats.pensu_test_metrics.test_data',
  ])
})
