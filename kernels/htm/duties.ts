/**
 * How often each column overlaps with something and how often it wins: the ground for boosting and
 * for bumping.
 *
 * Counted over rounds of 50 learned records and blended into a mean over about 1000:
 *
 *   duty ← duty + (count / 50 - duty) / min(rounds, 20)
 *
 * in single precision. The boost of a column is exp(-strength × (active duty - active share)), in
 * 256ths, at most 65535. A column is weak if its overlap duty is under `weakShare` of the largest.
 */

import { addRow, countOf, writeNonZero } from './counters'
import { bump } from './pooler'
import {
  activeCount,
  activeCounts,
  activeDuties,
  bitsBytes,
  boosting,
  boosts,
  boostStrength,
  columnCount,
  overlapDuties,
  overlapping,
  overlapPlanes,
  planeCount,
  planes,
  products,
  weakShare,
  winners,
} from './state'

@external('host', 'exp')
declare function exp(x: f64): f64

/** NuPIC's updatePeriod. */
const roundRecords: u32 = 50
/** NuPIC's dutyCyclePeriod of 1000 records. */
const roundsMax: u32 = 20
/** Planes that count to 50. */
const roundPlanes: u32 = 6

let records: u32 = 0
let rounds: u32 = 0

export function roundState(): u32 {
  return (rounds << 8) | records
}

export function setRoundState(state: u32): void {
  rounds = state >>> 8
  records = state & 255
}

/** Counts one learned record. True at the end of a round. */
export function countDuties(): bool {
  writeNonZero(planes, planeCount, overlapping)
  addRow(overlapPlanes, overlapping)
  for (let k: u32 = 0; boosting && k < activeCount; k++) {
    const at = activeCounts + load<u16>(winners + (k << 1))
    store<u8>(at, load<u8>(at) + 1)
  }
  records++
  return records === roundRecords
}

/** Revises duties and boosts, and raises the weak columns. */
export function endRound(): void {
  records = 0
  rounds = min<u32>(rounds + 1, roundsMax)
  let dutyMax: f64 = 0
  for (let c: u32 = 0; c < columnCount; c++) {
    const overlaps = <f64>countOf(overlapPlanes, c, roundPlanes)
    const overlap = blended(overlapDuties + (c << 2), overlaps)
    if (boosting) blended(activeDuties + (c << 2), <f64>load<u8>(activeCounts + c))
    dutyMax = max<f64>(dutyMax, overlap)
  }
  memory.fill(overlapPlanes, 0, roundPlanes * bitsBytes)
  if (boosting) revise(<f64>activeCount / <f64>columnCount)
  for (let c: u32 = 0; c < columnCount; c++) {
    if (<f64>load<f32>(overlapDuties + (c << 2)) < weakShare * dutyMax) bump(c)
  }
}

function blended(at: usize, count: f64): f64 {
  const duty = <f64>load<f32>(at)
  const next = <f32>(duty + (count / <f64>roundRecords - duty) / <f64>rounds)
  store<f32>(at, next)
  return <f64>next
}

function revise(target: f64): void {
  memory.fill(activeCounts, 0, columnCount)
  for (let c: u32 = 0; c < columnCount; c++) {
    const excess = <f64>load<f32>(activeDuties + (c << 2)) - target
    const boost = Math.floor(256 * exp(-boostStrength * excess) + 0.5)
    store<u16>(boosts + (c << 1), <u32>min<f64>(65535, boost))
  }
}

/** The columns with the largest overlap × boost, ascending; among equals the lower one. */
export function writeBoosted(): void {
  for (let c: u32 = 0; c < columnCount; c++) {
    const product = countOf(planes, c, planeCount) * <u32>load<u16>(boosts + (c << 1))
    store<u32>(products + (c << 2), product)
  }
  // The largest threshold that at least as many columns reach as are wanted, by halving.
  let low: u32 = 0
  let high: u32 = 1 << 24
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (reaching(middle) >= activeCount) low = middle
    else high = middle
  }
  let tied = activeCount - reaching(low + 1)
  let into = winners
  for (let c: u32 = 0; c < columnCount; c++) {
    const product = load<u32>(products + (c << 2))
    if (product < low || (product === low && tied === 0)) continue
    if (product === low) tied--
    store<u16>(into, c)
    into += 2
  }
}

function reaching(product: u32): u32 {
  const least = i32x4.splat(product)
  let counts = i32x4.splat(0)
  for (let at: usize = 0; at < columnCount << 2; at += 16) {
    counts = i32x4.sub(counts, i32x4.ge_u(v128.load(products + at), least))
  }
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  )
}
