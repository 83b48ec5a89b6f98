/**
 * A block: up to 2048 samples of one series as bits.
 *
 *   count - 1: 11 bits │ times │ remainders below a millisecond │ values │ scores │ flags │ bands
 *
 * Times and values come back bit for bit, and so do flags. A score comes back with its tail (one
 * minus the score) within 4 %, so that .999 stays .999: it is kept as -log10 of the tail in 32nds.
 * For bands see band-column.ts. Order does not matter; in order is shortest.
 */

import { BitReader, BitWriter } from './bits.ts'
import { readBands, writeBands } from './band-column.ts'
import type { BandColumns } from './band-column.ts'
import { blockSamplesMax, readValues, writeValues } from './value-column.ts'
import { columnMax, readWhole, writeWhole } from './whole-column.ts'

/** Samples of one series, in columns of which the first `count` places hold something. */
export interface SampleBlock extends BandColumns {
  count: number
  /** Unix milliseconds, integers within ±2^50. */
  readonly timestampMs: Float64Array
  readonly remainderNs: Float64Array
  readonly value: Float64Array
  /** One minus the score, in [0, 1]. */
  readonly tail: Float64Array
  /** See core/feed.ts, sampleFlags. */
  readonly flags: Uint8Array
}

/** Steps of a factor of ten in the tail of a score. */
const tailSteps = 32

/** What stands for a score of 1. The least tail of a double, 2^-53, is below it. */
const noTail = 1023

/** Logarithms to the base of two of 1 to 2, in so many steps. */
const logSteps = 1024
const logs = Float64Array.from({ length: logSteps + 1 }, (_, i) => Math.log2(1 + i / logSteps))

/** Within this of the middle between two codes the logarithm itself decides. */
const logSlack = 1e-3

const tailStepsOfTwo = tailSteps * Math.log10(2)

const logged = new Float64Array(1)
const loggedWords = new Uint32Array(logged.buffer)

const scratch = new Float64Array(blockSamplesMax)
const writer = new BitWriter()

/** An empty block with room for `blockSamplesMax` samples. */
export function emptyBlock(): SampleBlock {
  const column = (): Float64Array => new Float64Array(blockSamplesMax)
  return {
    count: 0,
    timestampMs: column(),
    remainderNs: column(),
    value: column(),
    tail: column(),
    flags: new Uint8Array(blockSamplesMax),
    expected: column(),
    lower: column(),
    upper: column(),
  }
}

/** The bytes of a block of at least one sample. A view, valid until the next call. */
export function encodedBlock(block: SampleBlock): Uint8Array {
  const { count } = block
  writer.bits(count - 1, 11)
  writeTimes(block)
  writeWhole(block.remainderNs, count, writer)
  writeValues(block.value, count, writer)
  for (let i = 0; i < count; i++) scratch[i] = tailCode(block.tail[i] as number)
  writeWhole(scratch, count, writer)
  writeFlags(block)
  writeBands(block, count, writer)
  return writer.finish()
}

/** The first time as it is, so that the column of the others is of their spacing alone. */
function writeTimes({ timestampMs, count }: SampleBlock): void {
  const firstMs = timestampMs[0] as number
  writer.bits(firstMs + columnMax, 52)
  for (let i = 1; i < count; i++) scratch[i - 1] = (timestampMs[i] as number) - firstMs
  if (count > 1) writeWhole(scratch, count - 1, writer)
}

/** Runs of equal flags: almost all of a series' samples have the same. */
function writeFlags({ flags, count }: SampleBlock): void {
  for (let start = 0; start < count;) {
    let end = start + 1
    while (end < count && flags[end] === flags[start]) end++
    writer.bits(flags[start] as number, 4)
    writer.golomb(end - start - 1, 6)
    start = end
  }
}

/** Rounded -log10 in 32nds; from a table, which errs by 2·10⁻⁵, where that cannot matter. */
function tailCode(tail: number): number {
  if (!(tail > 0)) return noTail
  logged[0] = tail
  const high = loggedWords[1] as number
  const step = (high >>> 10) & (logSteps - 1)
  const below = logs[step] as number
  const share = (high & 1023) / 1024
  const log = (high >>> 20) - 1023 + below + ((logs[step + 1] as number) - below) * share
  const near = -log * tailStepsOfTwo
  const code = Math.floor(near + 0.5)
  const exact = Math.abs(near + 0.5 - Math.round(near + 0.5)) > logSlack
  return Math.min(Math.max(0, exact ? code : Math.round(-Math.log10(tail) * tailSteps)), 1022)
}

/** The time of a block's first sample, without reading the rest. */
export function firstTimeMs(bytes: Uint8Array): number {
  const reader = new BitReader(bytes)
  reader.bits(11)
  return reader.bits(52) - columnMax
}

/** Fills `into` with the samples of a block. Throws ERR_STORE_READ where the bytes are damaged. */
export function decodeBlock(bytes: Uint8Array, into: SampleBlock): void {
  const reader = new BitReader(bytes)
  const count = reader.bits(11) + 1
  into.count = count
  const firstMs = reader.bits(52) - columnMax
  if (count > 1) readWhole(scratch, count - 1, reader)
  into.timestampMs[0] = firstMs
  for (let i = 1; i < count; i++) into.timestampMs[i] = firstMs + (scratch[i - 1] as number)
  readWhole(into.remainderNs, count, reader)
  readValues(into.value, count, reader)
  readWhole(scratch, count, reader)
  for (let i = 0; i < count; i++) {
    const code = scratch[i] as number
    into.tail[i] = code === noTail ? 0 : 10 ** (-code / tailSteps)
  }
  for (let start = 0; start < count;) {
    const flags = reader.bits(4)
    const end = start + reader.golomb(6) + 1
    into.flags.fill(flags, start, end)
    start = end
  }
  readBands(into, count, reader)
}
