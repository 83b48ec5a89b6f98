import { describe, expect, test } from 'vitest'
import { ResponseTimeStream, responseTimeCycleTicks } from './response-times.ts'
import type { ResponseTime, ResponseTimePhase } from './response-times.ts'

function ticks(seed: number, count: number): ResponseTime[] {
  const stream = new ResponseTimeStream(seed)
  return Array.from({ length: count }, () => stream.next())
}

/** 200 cycles. */
const long = ticks(1, 200 * responseTimeCycleTicks)

/** Mean of the half normal |N(0, s)| is s √(2/π); its variance s² (1 - 2/π). */
const halfNormalMean = (deviation: number): number => deviation * Math.sqrt(2 / Math.PI)

const mean = (values: readonly number[]): number => {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Values without their spikes, of one phase, by ticks since the phase began. */
function byPlace(phase: ResponseTimePhase, ticksInPhase: number, firstTick: number): number[][] {
  const places: number[][] = Array.from({ length: ticksInPhase }, () => [])
  for (const { phase: now, tick, valueMs, spikeMs } of long) {
    if (now !== phase) continue
    places[((tick - 1) % responseTimeCycleTicks) - firstTick]?.push(valueMs - spikeMs)
  }
  return places
}

test('the phases last 201, 101, 201 and 101 ticks, from tick 1 on', () => {
  const lengths: [ResponseTimePhase, number][] = []
  for (const { phase } of ticks(5, 2 * 604 + 1)) {
    const last = lengths.at(-1)
    if (last?.[0] === phase) last[1]++
    else lengths.push([phase, 1])
  }
  expect(lengths).toEqual([
    ['normal', 201],
    ['ramp-up', 101],
    ['high', 201],
    ['ramp-down', 101],
    ['normal', 201],
    ['ramp-up', 101],
    ['high', 201],
    ['ramp-down', 101],
    ['normal', 1],
  ])
  expect(long[0]?.tick).toBe(1)
})

describe('without its spikes', () => {
  test('the normal phase is 200 ms and half-normal noise of 2.5 above it', () => {
    const values = byPlace('normal', 201, 0).flat()
    expect(values).toHaveLength(200 * 201)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(200)
    // The standard error of the mean is 2.5 √(1 - 2/π) / √40200 = 0.0075; 5 of them.
    expect(Math.abs(mean(values) - 200 - halfNormalMean(2.5))).toBeLessThan(0.04)
    // P(|N| > 2.5 × 1.96) = 0.05; five standard errors of a share of 40,200 are 0.0054.
    const far = values.filter((value) => value - 200 > 2.5 * 1.959964).length / values.length
    expect(Math.abs(far - 0.05)).toBeLessThan(0.0055)
  })

  test('the ramps climb and fall by 0.25 ms a tick between 0 and 25 ms', () => {
    // 200 samples a place: the standard error is 2.5 √(1 - 2/π) / √200 = 0.107; 5.5 of them.
    byPlace('ramp-up', 101, 201).forEach((values, place) => {
      const load = mean(values) - 200 - halfNormalMean(2.5)
      expect(Math.abs(load - 0.25 * place)).toBeLessThan(0.6)
    })
    byPlace('ramp-down', 101, 503).forEach((values, place) => {
      const load = mean(values) - 200 - halfNormalMean(2.5)
      expect(Math.abs(load - (25 - 0.25 * place))).toBeLessThan(0.6)
    })
  })

  test('the high phase adds 25 ms and a second half-normal noise', () => {
    const values = byPlace('high', 201, 302).flat()
    expect(Math.min(...values)).toBeGreaterThanOrEqual(225)
    // The variances of both noises add: standard error 0.0106; 5 of them.
    expect(Math.abs(mean(values) - 225 - 2 * halfNormalMean(2.5))).toBeLessThan(0.054)
  })
})

describe('spikes', () => {
  const spikes = long.map(({ spikeMs }) => spikeMs).filter((spikeMs) => spikeMs > 0)

  test('come at one tick in a hundred', () => {
    // Binomial: 1,208 expected of 120,800, deviation √(120800 × .01 × .99) = 34.6; 5 of them.
    expect(Math.abs(spikes.length - 1208)).toBeLessThan(173)
  })

  test('are half-normal of 10 ms: half of them under 6.745 ms, 32 % over 10 ms', () => {
    const share = (limit: number): number => {
      return spikes.filter((spikeMs) => spikeMs > limit).length / spikes.length
    }
    // Standard error of a share of 1,200: 0.0144 at one half, 0.0134 at .3173; 5 of them.
    expect(Math.abs(share(6.745) - 0.5)).toBeLessThan(0.072)
    expect(Math.abs(share(10) - 0.3173)).toBeLessThan(0.067)
  })

  test('are labelled: what they add is in the value', () => {
    const normal = long.filter(({ phase }) => phase === 'normal')
    expect(normal.filter(({ valueMs, spikeMs }) => valueMs - spikeMs < 200)).toEqual([])
    expect(long.filter(({ spikeMs }) => !(spikeMs >= 0))).toEqual([])
  })
})

test('the seed fixes every draw, and another seed is another stream', () => {
  expect(ticks(9, 2000)).toEqual(ticks(9, 2000))
  const one = ticks(1, 500).map(({ valueMs }) => valueMs)
  const other = ticks(2, 500).map(({ valueMs }) => valueMs)
  expect(one.filter((value, i) => value === other[i])).toEqual([])
})

test('the stream of seed 1 is the one of earlier releases', () => {
  // Drawn once and kept: benches and labelled files of a seed must not change under their users.
  const kept = [
    [1, 200.01372077343066, 0],
    [2, 201.59675824537197, 0],
    [3, 202.57061937917763, 0],
    [93, NaN, 3.1610850302120825],
    [604, 203.8710342120464, 0],
  ] as const
  for (const [tick, valueMs, spikeMs] of kept) {
    const drawn = long[tick - 1]
    expect(drawn?.tick).toBe(tick)
    expect(drawn?.spikeMs).toBeCloseTo(spikeMs, 9)
    if (!Number.isNaN(valueMs)) expect(drawn?.valueMs).toBeCloseTo(valueMs, 9)
  }
})
