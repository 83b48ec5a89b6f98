/**
 * What a kernel has learned, read from its snapshot by the format's description
 * (kernels/htm/snapshot.ts) alone: every permanence of the pooler, every segment and synapse.
 */

import type { HtmSettings } from '../../../src/detectors/htm/presets.ts'

/** Bits from the lowest of the first byte on. */
class Bits {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): number {
    let value = 0
    for (let k = 0; k < count; k++, this.#at++) {
      value += (((this.#bytes[this.#at >> 3] ?? 0) >> (this.#at & 7)) & 1) * 2 ** k
    }
    return value
  }

  /** Exp-Golomb. */
  number(k: number): number {
    let zeros = 0
    while (this.take(1) === 0) zeros++
    return (2 ** zeros + this.take(zeros) - 1) * 2 ** k + this.take(k)
  }
}

/** A segment; of each synapse source and permanence, by source. */
export interface SegmentState {
  readonly cell: number
  readonly lastUsed: number
  readonly marked: boolean
  readonly synapses: readonly (readonly [number, number])[]
}

export interface KernelState {
  /** By column and input; -1 where there can be no synapse. */
  readonly permanences: readonly (readonly number[])[]
  readonly segments: readonly (SegmentState | undefined)[]
}

/** Reads a state; `initial` is the pooler's matrix before it learned anything. */
export function kernelState(
  bytes: Uint8Array,
  settings: HtmSettings,
  initial: readonly (readonly number[])[],
): KernelState {
  const bits = new Bits(bytes)
  bits.take(1)
  const inputs = bits.number(6)
  bits.take(16 * (inputs + settings.activeColumns))
  const permanences = initial.map((row) =>
    bits.take(1) === 0 ? row : readRow(bits, settings, row),
  )
  if (settings.boostStrength > 0 || settings.weakShare > 0) skipDuties(bits, settings)
  return { permanences, segments: readSegments(bits, settings) }
}

function readRow(bits: Bits, settings: HtmSettings, initial: readonly number[]): number[] {
  const fall = bits.take(16)
  const rise = Math.round(settings.poolerIncrement * 10000)
  const loss = Math.round(settings.poolerDecrement * 10000)
  const stored = [...initial]
  let times = 0
  const eights = Math.ceil(initial.length / 8)
  for (let eight = bits.number(0); eight < eights; eight += bits.number(0) + 1) {
    const possible = [0, 1, 2, 3, 4, 5, 6, 7]
      .map((lane) => 8 * eight + lane)
      .filter((input) => (initial[input] ?? -1) >= 0)
    const all = bits.take(1) === 1
    const changed = possible.map((input) => ({ input, is: all || bits.take(1) === 1 }))
    for (const { input } of changed.filter(({ is }) => is)) {
      let kind = 0
      while (kind < 3 && bits.take(1) === 1) kind++
      if (kind === 0) {
        const zigzag = bits.number(1)
        times += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
        stored[input] = (initial[input] as number) + times * (rise + loss)
      } else if (kind === 1) stored[input] = 10000 + fall - bits.number(2) * loss
      else if (kind === 2) stored[input] = fall + rise + loss - bits.number(7) * loss
      else stored[input] = bits.take(16)
    }
  }
  return stored.map((value, input) => (initial[input] === -1 ? -1 : Math.max(0, value - fall)))
}

function skipDuties(bits: Bits, { columns, boostStrength }: HtmSettings): void {
  bits.take(16 + 6 * 128 * Math.ceil(columns / 128))
  for (let c = 0; c < columns; c++) if (bits.take(1) === 0) bits.take(32)
  if (boostStrength > 0) bits.take(columns * (8 + 32 + 16))
}

function readSegments(bits: Bits, { columns }: HtmSettings): (SegmentState | undefined)[] {
  const record = bits.take(32)
  bits.take(32)
  const end = bits.take(32)
  const palette = Array.from({ length: bits.take(16) }, () => bits.take(16))
  const segments = Array.from({ length: end }, () => {
    const count = bits.number(4)
    if (count === 0) return undefined
    const cell = bits.take(16)
    const lastUsed = record - bits.number(12)
    const marked = bits.take(1) === 1
    const uniform = bits.take(1) === 1
    const own = Array.from({ length: uniform ? 1 : count }, () => palette[bits.number(1)] as number)
    const permanences = uniform ? new Array<number>(count).fill(own[0] as number) : own
    return { cell, lastUsed, marked, permanences, sources: [] as number[] }
  })
  for (let column = 0; column < columns; column++) {
    if (bits.take(1) === 0) continue
    const heard = bits.take(32)
    for (let m = 0; m < 32; m++) {
      if (Math.floor(heard / 2 ** m) % 2 === 0) continue
      const listeners = bits.number(3)
      for (let k = 0, s = -1; k < listeners; k++) {
        s += bits.number(1) + 1
        segments[s]?.sources.push(column * 32 + m)
      }
    }
  }
  return segments.map((segment) => {
    if (segment === undefined) return undefined
    const { cell, lastUsed, marked, permanences, sources } = segment
    const synapses = sources.map((source, k) => [source, permanences[k] as number] as const)
    return { cell, lastUsed, marked, synapses }
  })
}
