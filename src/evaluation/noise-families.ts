/**
 * Series without any trouble, of eight kinds that metrics come in; seeded.
 *
 *   gaussian        50 + N(0, 5)
 *   heavy-tailed    50 + 5 t, Student's t with three degrees of freedom
 *   autocorrelated  n = .9 n + N(0, 2), around 50
 *   random-walk     steps of N(0, .5), drawn back to 50 by a two-thousandth of the distance
 *   poisson         counts of mean 4
 *   bursty          0, but for bursts: one in fifty samples begins one of some eight, of mean 40
 *   seasonal        50 + 20 sin of the day + n, n = .6 n + N(0, 1.2)
 *   mixed           seasonal, half of it a weekday's, with t noise and counts rounded to tenths
 *
 * Samples are five minutes apart, or as asked for.
 *
 * Cost: a few normal draws a sample.
 */

import { Random } from '../core/random.ts'
import type { LabelledSeries } from './corpus.ts'

const everyMs = 300_000
/** Samples of a day. */
export const daySamples = 288

/** Names of the families, in the order that numbered series take them. */
export const noiseFamilies = [
  'gaussian',
  'heavy-tailed',
  'autocorrelated',
  'random-walk',
  'poisson',
  'bursty',
  'seasonal',
  'mixed',
] as const

export type NoiseFamily = (typeof noiseFamilies)[number]

/** Makes the value of a row; called once for each row in order. */
type Maker = (random: Random, dayRows: number) => (row: number) => number

const level = 50

function student(random: Random): number {
  const squares = [0, 0, 0].reduce((sum) => sum + random.gaussian(0, 1) ** 2, 0)
  return random.gaussian(0, 1) / Math.sqrt(squares / 3)
}

/** Source: Knuth, volume 2, 3.4.1; for small means. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++
  return count
}

function daily(row: number, dayRows: number): number {
  return Math.sin((2 * Math.PI * row) / dayRows)
}

/** Noise that remembers the share `memory` of itself. */
function remembering(random: Random, memory: number, deviation: number): () => number {
  let noise = 0
  return () => (noise = memory * noise + random.gaussian(0, deviation))
}

const makers: Readonly<Record<NoiseFamily, Maker>> = {
  gaussian: (random) => () => random.gaussian(level, 5),
  'heavy-tailed': (random) => () => level + 5 * student(random),
  autocorrelated: (random) => {
    const noise = remembering(random, 0.9, 2)
    return () => level + noise()
  },
  'random-walk': (random) => {
    const noise = remembering(random, 1 - 1 / 2000, 0.5)
    return () => level + noise()
  },
  poisson: (random) => () => poisson(random, 4),
  bursty: (random) => {
    let left = 0
    return () => {
      if (left === 0 && random.below(50) === 0) left = 1 + poisson(random, 7)
      if (left === 0) return 0
      left--
      return poisson(random, 40)
    }
  },
  seasonal: (random, dayRows) => {
    const noise = remembering(random, 0.6, 1.2)
    return (row) => level + 20 * daily(row, dayRows) + noise()
  },
  mixed: (random, dayRows) => (row) => {
    const weekend = Math.trunc(row / dayRows) % 7 >= 5
    const wave = (weekend ? 10 : 20) * daily(row, dayRows)
    return Math.round(10 * (level + wave + student(random))) / 10
  },
}

/** A series of a family; equal numbers give equal series. */
export function noiseSeries(
  family: NoiseFamily,
  number: number,
  rows: number,
  stepMs = everyMs,
): LabelledSeries {
  const make = makers[family](new Random(number), (daySamples * everyMs) / stepMs)
  return {
    name: `${family}-${number}`,
    timestampsMs: Float64Array.from({ length: rows }, (_, row) => row * stepMs),
    values: Float64Array.from({ length: rows }, (_, row) => make(row)),
    ranges: [],
  }
}
