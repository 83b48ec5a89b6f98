/**
 * Segments and synapses as bytes.
 *
 *   highest number in use + 1, distinct permanences: count, each
 *   for each number: synapses; if any: cell, records since its use × 2 + mark,
 *     then each synapse, by source: distance from the source before (twice, plus one if it has the
 *     permanence of the synapse before), and otherwise the number of its permanence
 *
 * The order of synapses in memory has no meaning, so they are written in order of their sources.
 * Cost: about three bytes a synapse.
 */

import type { CompactReader, CompactWriter } from './compact-bytes.ts'
import type { Segments } from './segments.ts'

/** Writes all segments; `record` is the number of the last record. */
export function writeSegments(segments: Segments, record: number, writer: CompactWriter): void {
  const palette = permanencePalette(segments)
  writer.number(segments.end)
  writer.number(palette.size)
  for (const permanence of palette.keys()) writer.number(permanence)
  const slots = new Uint32Array(segments.limits.synapsesMax)
  for (let s = 0; s < segments.end; s++) {
    const count = sortedSlots(segments, s, slots)
    writer.number(count)
    if (count === 0) continue
    writer.number(segments.cells[s]!)
    writer.number((record - segments.lastUsed[s]!) * 2 + segments.marks[s]!)
    let source = 0
    let permanence = -1
    for (let k = 0; k < count; k++) {
      const slot = slots[k]!
      const next = segments.permanences[slot]!
      const step = (segments.sources[slot]! - source) * 2
      writer.number(next === permanence ? step + 1 : step)
      if (next !== permanence) writer.number(palette.get(next)!)
      source = segments.sources[slot]!
      permanence = next
    }
  }
}

/** Reads into segments that hold none. Nothing is excited yet. */
export function readSegments(segments: Segments, record: number, reader: CompactReader): void {
  const { limits } = segments
  const end = reader.below(limits.segmentsMax + 1)
  const palette = Array.from({ length: reader.below(10001) }, () => reader.below(10001))
  segments.reserve(end)
  const cellsMax = limits.columnCount * 32
  for (let s = 0; s < end; s++) {
    const count = reader.below(limits.synapsesMax + 1)
    if (count === 0) continue
    const cell = reader.below(cellsMax)
    const used = reader.number()
    segments.openAt(s, cell, record - (used >>> 1))
    segments.marks[s] = used & 1
    let source = 0
    let permanence = 0
    for (let k = 0; k < count; k++) {
      const step = reader.number()
      source += step >>> 1
      if ((step & 1) === 0) permanence = palette[reader.below(palette.length)]!
      segments.addCalmSynapse(s, source & 0xffff, permanence)
    }
  }
}

/** Each permanence that occurs, and its number, in ascending order. */
function permanencePalette(segments: Segments): Map<number, number> {
  const occurs = new Uint8Array(10001)
  const { valid, permanences, wordsPerSegment } = segments
  for (let w = 0; w < segments.end * wordsPerSegment; w++) {
    for (let bits = valid[w]!; bits !== 0; bits &= bits - 1) {
      occurs[permanences[w * 32 + 31 - Math.clz32(bits & -bits)]!] = 1
    }
  }
  const palette = new Map<number, number>()
  for (let p = 0; p < occurs.length; p++) if (occurs[p] === 1) palette.set(p, palette.size)
  return palette
}

/** Writes the slots of a segment's synapses, by ascending source; returns how many. */
function sortedSlots(segments: Segments, segment: number, into: Uint32Array): number {
  const { valid, sources, wordsPerSegment } = segments
  const start = segment * wordsPerSegment
  let count = 0
  for (let w = start; w < start + wordsPerSegment; w++) {
    for (let bits = valid[w]!; bits !== 0; bits &= bits - 1) {
      const slot = w * 32 + 31 - Math.clz32(bits & -bits)
      let at = count++
      for (; at > 0 && sources[into[at - 1]!]! > sources[slot]!; at--) into[at] = into[at - 1]!
      into[at] = slot
    }
  }
  return count
}
