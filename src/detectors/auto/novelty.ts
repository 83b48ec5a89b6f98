/**
 * Novelty: what was seldom or never seen, of levels, of pairs in a row, of levels at an hour.
 *
 * The range of the first samples is cut into steps, and the cells so made are counted:
 *
 *   pairs of cells       θ 7     rank of the share of other pairs       rare pair
 *   pairs of cells       θ 11    likelihood of 1 / count                new pairs
 *   cells                θ 16    likelihood of 1 / count                new levels
 *   cells at a time      θ 10, eight slots of three hours               new at this time
 *   cells at an hour     θ 15, 24 slots of one hour                     new at this hour
 *
 * Where the series is one of counts, whole numbers of which most are small, all but the first table
 * take log(1 + x / mean) in place of x: steps of equal size would leave nearly all in one cell.
 *
 * The last two are what a count of levels cannot see: an ordinary value at a time when it is not.
 *
 * Source: counts and likelihood as in dasrs.ts and stats/novelty-likelihood.ts; conditioning on the
 * time of the day, and the steps, by measurement (docs/algorithms/auto.md).
 * Cost: O(1), five look-ups; 4 KB.
 */

import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { LevelCounts, levelRows } from '../../stats/level-counts.ts'
import { MagnitudeTail, magnitudeBinCount } from '../../stats/magnitude-tail.ts'
import { NoveltyLikelihood } from '../../stats/novelty-likelihood.ts'
import { PairCounts } from '../../stats/pair-counts.ts'
import type { AutoDesign } from './design.ts'
import type { Evidence } from './evidence.ts'
import type { SeriesScale } from './warm-up.ts'

const dayMs = 86_400_000
const coarse = 7
const timeSlots = 8
const hourSlots = 24
/** A series whose variance is lower has not moved. Source: NAB's detectors; here scaled. */
const varianceMin = 1.5e-5

/** The share of other pairs in decades runs from 0 to some six. */
const pairBins = { binsPerOctave: 8, octaveMax: 3, decadesPerOctaveBeyond: 0 }

/** See the head of the file. */
export class Novelty {
  readonly #design: AutoDesign
  readonly #low: number
  readonly #range: number
  /** One over the mean of counts; 0 where the series is none of counts. */
  readonly #perUnit: number
  readonly #lowLevel: number
  readonly #levelRange: number
  readonly #coarsePairs: PairCounts
  readonly #pairs: PairCounts
  readonly #levels: LevelCounts
  readonly #times: LevelCounts
  readonly #hours: LevelCounts
  readonly #rarePair: MagnitudeTail
  readonly #newPairs: NoveltyLikelihood
  readonly #newLevels: NoveltyLikelihood
  readonly #newAtTime: NoveltyLikelihood
  readonly #newAtHour: NoveltyLikelihood
  #row = 0
  /** Of the scaled values since probation. */
  #count = 0
  #mean = 0
  #variance = 0

  constructor(scale: SeriesScale, design: AutoDesign) {
    const { lowest, highest } = scale
    this.#design = design
    this.#newPairs = new NoveltyLikelihood(design)
    this.#newLevels = new NoveltyLikelihood(design)
    this.#newAtTime = new NoveltyLikelihood(design)
    this.#newAtHour = new NoveltyLikelihood(design)
    this.#low = lowest
    this.#range = highest - lowest
    this.#perUnit = scale.countsMean > 0 ? 1 / scale.countsMean : 0
    this.#lowLevel = this.#level(lowest)
    this.#levelRange = this.#level(highest) - this.#lowLevel
    const pairLevels = [coarse + 1, design.pairSteps + 1] as const
    const shapes = [
      { levels: design.levelSteps + 1, slots: 1 },
      { levels: design.timeSteps + 1, slots: timeSlots },
      { levels: design.hourSteps + 1, slots: hourSlots },
    ] as const
    const { tail, tables } = sharedCounts(magnitudeBinCount(pairBins), [
      ...pairLevels.map((count) => levelRows(count) ** 2),
      ...shapes.map((shape) => levelRows(shape.levels) * shape.slots),
    ])
    const [coarsePairs, pairs, levels, times, hours] = tables
    this.#rarePair = new MagnitudeTail(pairBins, tail)
    this.#coarsePairs = new PairCounts(pairLevels[0], coarsePairs)
    this.#pairs = new PairCounts(pairLevels[1], pairs)
    this.#levels = new LevelCounts(shapes[0], levels)
    this.#times = new LevelCounts(shapes[1], times)
    this.#hours = new LevelCounts(shapes[2], hours)
  }

  #cell(value: number, steps: number): number {
    return Math.trunc((this.#level(value) - this.#lowLevel) / (this.#levelRange / steps || 1))
  }

  #level(value: number): number {
    if (this.#perUnit === 0) return value
    return Math.sign(value) * Math.log1p(Math.abs(value) * this.#perUnit)
  }

  /** The same in equal steps for counts too. */
  #coarseCell(value: number): number {
    return Math.trunc((value - this.#low) / (this.#range / coarse || 1))
  }

  /** Counts a sample of probation. */
  learn(timestampMs: number, value: number): void {
    const row = this.#row++
    const hour = hourOf(timestampMs)
    if (this.#coarsePairs.begun) this.#rarePair.push(this.#pairRarity(value))
    this.#newPairs.push(row, this.#pairNovelty(value))
    this.#newLevels.push(row, this.#levelNovelty(value))
    this.#newAtTime.push(row, this.#timeNovelty(value, hour))
    this.#newAtHour.push(row, this.#hourNovelty(value, hour))
    this.#add(value, hour)
  }

  /** log10 of how many times rarer this pair is than all together. */
  #pairRarity(value: number): number {
    const count = this.#coarsePairs.count(this.#coarseCell(value))
    return Math.log10((this.#coarsePairs.total + 2) / (count + 1))
  }

  /** 0 before there is a pair. */
  #pairNovelty(value: number): number {
    return this.#pairs.begun
      ? hundredths(this.#pairs.count(this.#cell(value, this.#design.pairSteps)))
      : 0
  }

  #levelNovelty(value: number): number {
    return hundredths(this.#levels.count(this.#cell(value, this.#design.levelSteps), 0))
  }

  #timeNovelty(value: number, hour: number): number {
    return (
      1 / (1 + this.#times.count(this.#cell(value, this.#design.timeSteps), Math.trunc(hour / 3)))
    )
  }

  #hourNovelty(value: number, hour: number): number {
    return 1 / (1 + this.#hours.count(this.#cell(value, this.#design.hourSteps), hour))
  }

  #add(value: number, hour: number): void {
    this.#coarsePairs.add(this.#coarseCell(value))
    this.#pairs.add(this.#cell(value, this.#design.pairSteps))
    this.#levels.add(this.#cell(value, this.#design.levelSteps), 0)
    this.#times.add(this.#cell(value, this.#design.timeSteps), Math.trunc(hour / 3))
    this.#hours.add(this.#cell(value, this.#design.hourSteps), hour)
  }

  /** Says what is new about a sample after probation, then learns it. */
  judge(timestampMs: number, value: number, scaled: number, said: Evidence): void {
    const row = this.#row++
    const hour = hourOf(timestampMs)
    const still = this.#variance < varianceMin
    const atHour = this.#hourNovelty(value, hour)
    said.rarePair = this.#rarePair.decadesThenPush(this.#pairRarity(value))
    said.newPairs = this.#newPairs.judge(row, this.#pairNovelty(value), still)
    said.newLevels = this.#newLevels.judge(row, this.#levelNovelty(value), still)
    said.newAtThisTime = this.#newAtTime.judge(row, this.#timeNovelty(value, hour), still)
    said.newAtThisHour = this.#newAtHour.judge(row, atHour, still)
    said.unseenAtThisHour = atHour === 1
    said.hour = hour
    this.#add(value, hour)
    this.#learnVariance(scaled)
  }

  /** Says what is new about a sample that is not learned. Sequences stay where they were. */
  judgeMasked(timestampMs: number, value: number, said: Evidence): void {
    const hour = hourOf(timestampMs)
    said.rarePair = 0
    said.newPairs = 0
    said.newLevels = 0
    said.newAtThisTime = this.#newAtTime.decades(this.#row, this.#timeNovelty(value, hour))
    const atHour = this.#hourNovelty(value, hour)
    said.unseenAtThisHour = atHour === 1
    said.hour = hour
    said.newAtThisHour = this.#newAtHour.decades(this.#row, atHour)
  }

  #learnVariance(scaled: number): void {
    const share = Math.max(1 / ++this.#count, 1 / 8640)
    const distance = scaled - this.#mean
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
  }

  snapshot(writer: SnapshotWriter): void {
    for (const part of this.#parts()) part.snapshot(writer)
    writer.float64(this.#row)
    writer.float64(this.#count)
    writer.float64(this.#mean)
    writer.float64(this.#variance)
  }

  restore(reader: SnapshotReader): void {
    for (const part of this.#parts()) part.restore(reader)
    this.#row = reader.float64()
    this.#count = reader.float64()
    this.#mean = reader.float64()
    this.#variance = reader.float64()
  }

  #parts(): readonly (PairCounts | LevelCounts | MagnitudeTail | NoveltyLikelihood)[] {
    const counts = [this.#coarsePairs, this.#pairs, this.#levels, this.#times, this.#hours]
    const likelihoods = [this.#newPairs, this.#newLevels, this.#newAtTime, this.#newAtHour]
    return [...counts, this.#rarePair, ...likelihoods]
  }
}

/** Room for a tail and tables in one buffer: each costs some 300 bytes, whatever is in it. */
function sharedCounts(bins: number, sizes: readonly number[]): Room {
  const counts = sizes.reduce((sum, size) => sum + size, 0)
  const buffer = new ArrayBuffer(4 * bins + 2 * counts)
  let startBytes = 4 * bins
  const tables = sizes.map((size) => {
    const table = new Uint16Array(buffer, startBytes, size)
    startBytes += 2 * size
    return table
  })
  return { tail: new Float32Array(buffer, 0, bins), tables }
}

interface Room {
  readonly tail: Float32Array<ArrayBuffer>
  readonly tables: readonly Uint16Array<ArrayBuffer>[]
}

/** 1 / count with this visit, to hundredths as published. */
function hundredths(count: number): number {
  return Math.floor(100 / (count + 1) + 0.5) / 100
}

function hourOf(timestampMs: number): number {
  const rest = timestampMs % dayMs
  return Math.trunc((rest < 0 ? rest + dayMs : rest) / (dayMs / 24))
}
