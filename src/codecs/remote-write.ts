/**
 * Prometheus remote write, versions 1.0 and 2.0, to observations. The bytes are those of the
 * message itself, after Snappy: the HTTP source unpacks.
 *
 *   1.0  WriteRequest { 1 timeseries { 1 labels { 1 name, 2 value }, 2 samples, 4 histograms } }
 *   2.0  Request { 4 symbols, 5 timeseries { 1 labels_refs, 2 samples, 3 histograms } }
 *        sample { 1 value (double), 2 timestamp (int64, ms) }
 *
 * The two use other field numbers, so no word beside the bytes says which one it is, and a payload
 * read again from a log or a topic means the same. Labels become labels as they are; `__name__` is
 * the name. Metadata and exemplars are passed over: they are no samples.
 *
 * A NaN is refused as `not_finite`; one of them, with the bits 0x7ff0000000000002, is Prometheus'
 * word for the end of a series. A native histogram is refused as `not_numeric`. A time series that
 * is wrong in itself is refused alone; where the message is none, what follows is refused as one.
 *
 * A name costs nothing where the same sender says its series in the same order as last time (see
 * core/held-names.ts). Linear in the bytes.
 *
 * Source: Prometheus Remote-Write 1.0 and 2.0 specifications.
 */

import { ByteBuffer } from '../core/byte-buffer.ts'
import { Decoded } from '../core/decoded.ts'
import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Rejection } from '../core/rejection.ts'
import { timestampMsMax } from '../core/timestamp-text.ts'
import type { Decoder, Findings } from './codec.ts'
import { labelsOf, malformed, spellLabel } from './remote-write/labels.ts'
import { fixed64, lengthDelimited, MessageReader, varint } from './remote-write/message.ts'

export const remoteWriteOptions = {
  seriesBytesMax: {
    kind: 'size',
    min: 256,
    max: 64 * 1024 * 1024,
    default: 64 * 1024,
    about: 'Time series with longer labels are refused whole.',
  },
} as const satisfies OptionSpecs

export type RemoteWriteOptions = OptionsOf<typeof remoteWriteOptions>

/** Field numbers. */
const seriesOfV1 = 1
const symbolOfV2 = 4
const seriesOfV2 = 5
const labelsField = 1
const samplesField = 2
const histogramsOfV2 = 3
const histogramsOfV1 = 4
const valueField = 1
const timestampField = 2

/** The NaN that Prometheus writes where a series ended: its two halves. */
const staleHigh = 0x7ff00000
const staleLow = 2

/** See the head of the file. */
export class RemoteWriteDecoder implements Decoder {
  readonly #seriesBytesMax: number
  readonly #decoded = new Decoded()
  readonly #names = new HeldNames(labelsOf)
  /** The name of the last series; it knows which one is expected next. */
  #last: HeldName | undefined
  readonly #message = new MessageReader()
  readonly #series = new MessageReader()
  readonly #sample = new MessageReader()
  /** Start and end of each text that version 2 refers to. */
  readonly #symbols: number[] = []
  /** Labels that do not stand in one place. */
  readonly #spelling = new ByteBuffer()
  #spellingView = new DataView(this.#spelling.bytes.buffer)
  /** The samples of a series, as they stand in it. */
  readonly #sampleStarts: number[] = []
  readonly #sampleEnds: number[] = []
  #sampleCount = 0

  constructor(options: RemoteWriteOptions) {
    this.#seriesBytesMax = options.seriesBytesMax
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    this.#decoded.open(bytes, origin, observations)
    return this.#read()
  }

  check(bytes: Uint8Array): Findings {
    this.#decoded.openToCheck(bytes)
    const rejections = this.#read()
    return { found: this.#decoded.found, rejections }
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  #read(): readonly Rejection[] {
    const { bytes, view } = this.#decoded
    const message = this.#message
    for (const reader of [message, this.#series, this.#sample]) reader.open(bytes, view)
    this.#noteSymbols()
    message.range(0, bytes.length)
    while (message.next()) {
      if (message.kind !== lengthDelimited) continue
      if (message.number === seriesOfV1) this.#take('v1')
      else if (message.number === seriesOfV2) this.#take('v2')
    }
    if (message.broken) {
      const { fieldStart } = message
      this.#decoded.refuse('malformed', 'no remote-write message', fieldStart, bytes.length)
    }
    for (const reader of [message, this.#series, this.#sample]) reader.open(noBytes, noView)
    return this.#decoded.close()
  }

  /** Where the texts stand that series of version 2 refer to. */
  #noteSymbols(): void {
    const message = this.#message
    this.#symbols.length = 0
    message.range(0, this.#decoded.bytes.length)
    while (message.next()) {
      if (message.number !== symbolOfV2 || message.kind !== lengthDelimited) continue
      this.#symbols.push(message.start, message.end)
    }
  }

  /** The series in front of the message's reader. */
  #take(version: 'v1' | 'v2'): void {
    const { start, end } = this.#message
    const decoded = this.#decoded
    const refused = decoded.refused
    const name = this.#readSeries(start, end, version)
    if ('reason' in name) {
      decoded.takeBack(refused)
      decoded.refuse(name.reason, name.detail, start, end)
      return
    }
    for (let i = 0; i < this.#sampleCount; i++) {
      this.#observe(name, this.#sampleStarts[i] as number, this.#sampleEnds[i] as number)
    }
  }

  /** Reads the parts of a series: its name, where its samples stand. */
  #readSeries(start: number, end: number, version: 'v1' | 'v2'): HeldName | NameFault {
    const series = this.#series
    const histograms = version === 'v1' ? histogramsOfV1 : histogramsOfV2
    let labelsStart = 0
    let labelsEnd = 0
    let together = true
    this.#sampleCount = 0
    this.#spelling.clear()
    series.range(start, end)
    while (series.next()) {
      if (series.kind !== lengthDelimited) continue
      if (series.number === samplesField) {
        const count = this.#sampleCount++
        this.#sampleStarts[count] = series.start
        this.#sampleEnds[count] = series.end
      } else if (series.number === histograms) {
        const detail = 'a native histogram is no single value'
        this.#decoded.refuse('not_numeric', detail, series.fieldStart, series.end)
      } else if (series.number === labelsField && version === 'v2') {
        together = false
        const fault = this.#spellRefs(series.start, series.end)
        if (fault !== undefined) return fault
      } else if (series.number === labelsField) {
        if (labelsEnd === 0) labelsStart = labelsEnd = series.fieldStart
        if (series.fieldStart !== labelsEnd && together) {
          together = false
          this.#spelling.append(series.bytes, labelsStart, labelsEnd)
        }
        if (!together) this.#spelling.append(series.bytes, series.fieldStart, series.end)
        labelsEnd = series.end
      }
    }
    if (series.broken) return malformed('a time series is no message')
    return together
      ? this.#named(series.bytes, this.#decoded.view, labelsStart, labelsEnd)
      : this.#named(this.#spelling.bytes, this.#viewOfSpelling(), 0, this.#spelling.length)
  }

  /** Spells the labels that a packed list of references means. */
  #spellRefs(start: number, end: number): NameFault | undefined {
    const { bytes } = this.#decoded
    const symbols = this.#symbols
    const refs = this.#sample
    let at = start
    while (at < end) {
      const name = 2 * refs.varintAt(at)
      const value = 2 * refs.varintAt(refs.at)
      at = refs.at
      if (at > end) return malformed('label references do not come in pairs')
      if (Math.max(name, value) >= symbols.length) {
        return malformed(`a label refers to a text that is not among ${symbols.length / 2}`)
      }
      const nameRange = { start: symbols[name] as number, end: symbols[name + 1] as number }
      const valueRange = { start: symbols[value] as number, end: symbols[value + 1] as number }
      spellLabel(this.#spelling, bytes, nameRange, valueRange)
      if (this.#spelling.length > this.#seriesBytesMax) return this.#tooLong()
    }
    return undefined
  }

  #viewOfSpelling(): DataView {
    const { buffer } = this.#spelling.bytes
    if (this.#spellingView.buffer !== buffer) this.#spellingView = new DataView(buffer)
    return this.#spellingView
  }

  /** The held name of a spelling. */
  #named(bytes: Uint8Array, view: DataView, start: number, end: number): HeldName | NameFault {
    if (end - start > this.#seriesBytesMax) return this.#tooLong()
    let name = this.#last?.next
    if (name?.length !== end - start || !name.spelledAt(view, start, end)) {
      name = this.#names.held(bytes, start, end, undefined)
      if (name === undefined) return this.#names.fault
      if (this.#last !== undefined) this.#last.next = name
    }
    this.#last = name
    return name
  }

  #tooLong(): NameFault {
    return { reason: 'too_long', detail: `labels over ${this.#seriesBytesMax} bytes` }
  }

  /** A sample. What it does not say is 0, as protobuf has it. */
  #observe(name: HeldName, start: number, end: number): void {
    const decoded = this.#decoded
    const sample = this.#sample
    let value = 0
    let timestampMs = 0
    let isStale = false
    sample.range(start, end)
    while (sample.next()) {
      if (sample.number === valueField && sample.kind === fixed64) {
        value = sample.float64()
        isStale = value !== value && this.#isStale(sample.start)
      } else if (sample.number === timestampField && sample.kind === varint) {
        timestampMs = sample.int64()
      }
    }
    if (sample.broken) decoded.refuse('malformed', 'a sample is no message', start, end)
    else if (isStale) decoded.refuse('not_finite', 'the series ended (stale)', start, end)
    else if (value - value !== 0)
      decoded.refuse('not_finite', 'a value is NaN or infinite', start, end)
    else if (Math.abs(timestampMs) > timestampMsMax) {
      decoded.refuse('bad_timestamp', 'a timestamp is beyond the year 275760', start, end)
    } else {
      decoded.timestampMs = timestampMs
      decoded.remainderNs = 0
      decoded.observe(name.labels, value)
    }
  }

  #isStale(at: number): boolean {
    const { view } = this.#decoded
    return view.getUint32(at, true) === staleLow && view.getUint32(at + 4, true) === staleHigh
  }
}

const noBytes = new Uint8Array(0)
const noView = new DataView(noBytes.buffer)
