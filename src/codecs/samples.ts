/**
 * Records of samples that another Forewarn has decoded already: the first stage of a repartition
 * writes them, keyed by series, to a topic of its own (docs/formats/samples.md).
 *
 *   record ─▶ observations with the origins that they had in the input, `via` this record
 *          ─▶ what was refused there, at the place where it was refused
 *          ─▶ markMs: how far the partition of the input has come
 *
 * Because the origins are those of the input, whoever has taken a sample skips it when the first
 * stage writes it again; and because each says by which record it came, ticks of this topic have
 * their place among the samples.
 *
 * A damaged record is refused from the first damage on; what stands before it counts.
 * Cost: one look-up by reference a sample, one hash of its bytes a name and record.
 */

import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import { Labels } from '../core/labels.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { viaName } from '../core/position-memory.ts'
import { noRejections, rejection } from '../core/rejection.ts'
import type { Rejection } from '../core/rejection.ts'
import type { Decoder } from './codec.ts'
import { entryKinds, groupFieldsMax, reasonNumbers, samplesVersion } from './samples/layout.ts'
import { SamplesReader } from './samples/reader.ts'

export const samplesOptions = {} as const

const nowhere: Origin = Object.freeze({ partition: '', offset: 0, receivedMs: 0 })

/** See the head of the file. */
export class SamplesDecoder implements Decoder {
  /** The partition of the input that the record decoded last is of; empty where it says none. */
  partition = ''
  /** How far it has come, Unix milliseconds; undefined where the record says nothing. */
  markMs: number | undefined
  readonly #reader = new SamplesReader()
  readonly #held = new HeldNames(labelsOf)
  #names: HeldName[] = []
  #origin = nowhere
  #timestampMs = 0
  #via: Origin['via']
  /** Spelled by one object, so that it is compared by reference. */
  #partitions = new Map<string, string>()

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const reader = this.#reader
    reader.open(bytes)
    this.#begin(origin)
    const version = reader.byte()
    if (version !== samplesVersion) {
      if (bytes.length === 0) return noRejections
      return [refused(`version ${version} of records of samples is not known`)]
    }
    const partition = this.#spelled(reader.text())
    const rejections: Rejection[] = []
    while (!reader.ended && reader.damage === '') {
      this.#entry(bytes, partition, { observations, rejections })
    }
    this.partition = partition
    if (reader.damage !== '') {
      this.markMs = undefined
      rejections.push(refused(`the record of samples is damaged: ${reader.damage}`))
    }
    return rejections.length === 0 ? noRejections : rejections
  }

  #begin({ partition, offset }: Origin): void {
    this.partition = ''
    this.markMs = undefined
    this.#names = []
    this.#origin = nowhere
    this.#timestampMs = 0
    this.#via = { name: this.#spelled(viaName(partition)), offset }
  }

  #entry(
    bytes: Uint8Array,
    partition: string,
    found: { readonly observations: Observation[]; readonly rejections: Rejection[] },
  ): void {
    const reader = this.#reader
    const kind = reader.byte()
    if (kind === entryKinds.origin) this.#takeOrigin(partition)
    else if (kind === entryKinds.name) this.#takeName(bytes)
    else if (kind === entryKinds.sample || kind === entryKinds.group) {
      const observation = this.#sample(kind === entryKinds.group)
      if (observation !== undefined) found.observations.push(observation)
    } else if (kind === entryKinds.refusal) {
      const refusal = this.#refusal()
      if (refusal !== undefined) found.rejections.push(refusal)
    } else if (kind === entryKinds.time) this.#timestampMs = reader.delta()
    else if (kind === entryKinds.mark) this.markMs = reader.number()
    else reader.damage ||= `an entry of kind ${kind} is not known`
  }

  #takeOrigin(partition: string): void {
    const reader = this.#reader
    const offset = this.#origin.offset + reader.delta()
    const receivedMs = this.#origin.receivedMs + reader.delta()
    const tick = reader.number()
    const place = { partition, offset, receivedMs, via: this.#via }
    this.#origin = tick === 0 ? place : { ...place, tick: tick - 1 }
  }

  #takeName(bytes: Uint8Array): void {
    const reader = this.#reader
    const length = reader.number()
    const start = reader.skip(length)
    if (start < 0) return
    const name = this.#held.held(bytes, start, start + length, undefined)
    if (name === undefined) reader.damage ||= this.#held.fault.detail
    else this.#names.push(name)
  }

  #sample(group: boolean): Observation | undefined {
    const reader = this.#reader
    const labels = this.#labels(reader.number())
    const index = reader.number()
    const timestampMs = (this.#timestampMs += reader.delta())
    const remainderNs = reader.number()
    const value = reader.float()
    const values = group ? this.#values() : undefined
    if (reader.damage !== '' || labels === undefined) return undefined
    const origin = this.#origin
    const observation = { labels, timestampMs, remainderNs, value, origin, index }
    return values === undefined ? observation : { ...observation, values }
  }

  #values(): number[] {
    const reader = this.#reader
    const count = reader.number()
    if (count > groupFieldsMax) reader.damage ||= `a group has ${count} fields`
    const values: number[] = []
    while (values.length < count && reader.damage === '') values.push(reader.float())
    return values
  }

  #refusal(): Rejection | undefined {
    const reader = this.#reader
    const reason = reasonNumbers[reader.byte()]
    const name = reader.number()
    const labels = name === 0 ? undefined : this.#labels(name - 1)
    const timestampMs = (this.#timestampMs += reader.delta())
    const detail = reader.text()
    const text = reader.text()
    if (reason === undefined) reader.damage ||= 'a reason in it is not known'
    if (reader.damage !== '' || reason === undefined) return undefined
    const at = { timestampMs, origin: this.#origin, ...(labels !== undefined && { labels }) }
    return { ...rejection(reason, detail, text), at }
  }

  #labels(number: number): Labels | undefined {
    const name = this.#names[number]
    if (name === undefined) this.#reader.damage ||= 'a sample has no name'
    return name?.labels
  }

  #spelled(text: string): string {
    const known = this.#partitions.get(text)
    if (known !== undefined) return known
    if (this.#partitions.size >= spellingsMax) this.#partitions.clear()
    this.#partitions.set(text, text)
    return text
  }
}

/** Partitions whose names are held: more than any topic has. */
const spellingsMax = 10_000

const nameReader = new SamplesReader()

function labelsOf(bytes: Uint8Array, start: number, end: number): Labels | NameFault {
  nameReader.open(bytes.subarray(start, end))
  const pairs: [string, string][] = []
  while (!nameReader.ended && nameReader.damage === '') {
    pairs.push([nameReader.text(), nameReader.text()])
  }
  if (nameReader.damage === '') return Labels.of(pairs)
  return { reason: 'malformed', detail: `a name: ${nameReader.damage}` }
}

function refused(detail: string): Rejection {
  return rejection('malformed', detail, '')
}
