/**
 * Writes records of samples: what the first stage of a repartition hands to the second.
 *
 * One writer fills one record after the other, each of one partition of the input, in the order of
 * its origins. Names and origins are written once a record; see layout.ts.
 *
 * Cost: a look-up by reference and about 20 bytes a sample.
 */

import type { Labels } from '../../core/labels.ts'
import { LabelsCache } from '../../core/labels-cache.ts'
import type { Observation, Origin } from '../../core/observation.ts'
import type { RejectionReport } from '../../core/report.ts'
import { entryKinds, reasonNumbers, samplesVersion } from './layout.ts'

const encoder = new TextEncoder()
const startBytes = 4_096

/** See the head of the file. */
export class SamplesWriter {
  #bytes = new Uint8Array(startBytes)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #entries = 0
  /** Numbers of the names of this record. */
  readonly #names = new Map<Labels, number>()
  readonly #spellings: LabelsCache<Uint8Array>
  #origin: Origin | undefined
  #offset = 0
  #receivedMs = 0
  #timestampMs = 0

  /** Spellings of names may be shared with other writers. */
  constructor(spellings = new LabelsCache<Uint8Array>()) {
    this.#spellings = spellings
  }

  /** Bytes of the record so far; 0 where none is begun. */
  get lengthBytes(): number {
    return this.#length
  }

  /** True where the record says anything. */
  get filled(): boolean {
    return this.#entries > 0
  }

  /** Begins a record of a partition of the input. */
  begin(partition: string): void {
    this.#length = 0
    this.#entries = 0
    this.#names.clear()
    this.#origin = undefined
    this.#offset = 0
    this.#receivedMs = 0
    this.#timestampMs = 0
    this.#byte(samplesVersion)
    this.#text(partition)
  }

  sample(observation: Observation): void {
    const { labels, index, timestampMs, remainderNs, value, values, origin } = observation
    this.#at(origin)
    this.#nearTo(timestampMs)
    const name = this.#name(labels)
    this.#entries++
    this.#byte(values === undefined ? entryKinds.sample : entryKinds.group)
    this.#number(name)
    this.#number(index)
    this.#delta(timestampMs - this.#timestampMs)
    this.#timestampMs = timestampMs
    this.#number(remainderNs)
    this.#float(value)
    if (values === undefined) return
    this.#number(values.length)
    for (const each of values) this.#float(each)
  }

  /** Says that everything of the partition up to this time, from 1970 on, has been written. */
  mark(timestampMs: number): void {
    this.#entries++
    this.#byte(entryKinds.mark)
    this.#number(Math.max(0, timestampMs))
  }

  refusal({ reason, detail, text, labels, timestampMs, origin }: RejectionReport): void {
    this.#at(origin)
    this.#nearTo(timestampMs)
    const name = labels === undefined ? undefined : this.#name(labels)
    this.#entries++
    this.#byte(entryKinds.refusal)
    this.#byte(reasonNumbers.indexOf(reason))
    this.#number(name === undefined ? 0 : name + 1)
    this.#delta(timestampMs - this.#timestampMs)
    this.#timestampMs = timestampMs
    this.#text(detail)
    this.#text(text)
  }

  /** A copy of the record. */
  finish(): Uint8Array {
    const record = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return record
  }

  #at(origin: Origin): void {
    if (origin === this.#origin) return
    this.#origin = origin
    this.#byte(entryKinds.origin)
    this.#delta(origin.offset - this.#offset)
    this.#delta(origin.receivedMs - this.#receivedMs)
    this.#number(origin.tick === undefined ? 0 : origin.tick + 1)
    this.#offset = origin.offset
    this.#receivedMs = origin.receivedMs
  }

  /** The far ends of time are further apart than numbers are exact. */
  #nearTo(timestampMs: number): void {
    if (Math.abs(timestampMs - this.#timestampMs) <= Number.MAX_SAFE_INTEGER) return
    this.#byte(entryKinds.time)
    this.#delta(timestampMs)
    this.#timestampMs = timestampMs
  }

  #name(labels: Labels): number {
    const known = this.#names.get(labels)
    if (known !== undefined) return known
    const number = this.#names.size
    this.#names.set(labels, number)
    this.#byte(entryKinds.name)
    const spelling = this.#spellings.get(labels) ?? this.#spelled(labels)
    this.#number(spelling.length)
    this.#append(spelling)
    return number
  }

  #spelled(labels: Labels): Uint8Array {
    const writer = new SamplesWriter(this.#spellings)
    for (const text of labels.pairs) writer.#text(text)
    const spelling = writer.finish()
    this.#spellings.set(labels, spelling)
    return spelling
  }

  #room(bytes: number): number {
    const start = this.#length
    if (start + bytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, start + bytes))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = start + bytes
    return start
  }

  #byte(value: number): void {
    const start = this.#room(1)
    this.#bytes[start] = value
  }

  #number(value: number): void {
    let left = value
    while (left >= 0x80) {
      this.#byte((left % 0x80) | 0x80)
      left = Math.floor(left / 0x80)
    }
    this.#byte(left)
  }

  #delta(value: number): void {
    const size = Math.abs(value)
    const rest = Math.floor(size / 0x40)
    this.#byte((value < 0 ? 1 : 0) | ((size % 0x40) << 1) | (rest > 0 ? 0x80 : 0))
    if (rest > 0) this.#number(rest)
  }

  #float(value: number): void {
    const start = this.#room(8)
    this.#view.setFloat64(start, value, true)
  }

  #text(text: string): void {
    const bytes = encoder.encode(text)
    this.#number(bytes.length)
    this.#append(bytes)
  }

  #append(bytes: Uint8Array): void {
    const start = this.#room(bytes.length)
    this.#bytes.set(bytes, start)
  }
}
