/**
 * Telegraf's JSON, to observations: one for each numeric field.
 *
 *   payload = { metric | batch | array of metrics }          one after the other, as on lines
 *   batch   = { "metrics": [ metric, … ] }
 *   metric  = { "fields": { key: value, … }, "name": text, "tags": { key: text, … },
 *               "timestamp": number or text }                in any order; others are passed over
 *
 * Numbers are values, booleans are 1 and 0; texts, null and nested values are refused field by
 * field. The timestamp is in the unit of `json_timestamp_units`, which is not in the payload: the
 * magnitude tells it, or the option. A text is read as a date. Labels: the tags, `__name__` for the
 * name, `__field__` for the field.
 *
 * The fields come before the name that they belong to. So the keys are first compared with those of
 * the name that is expected to follow, the values wait, and only if another name turns up the keys
 * are looked up again:
 *
 *   {"fields":{"usage_user":3.5,…},"name":"cpu","tags":{"host":"vm1"},"timestamp":…}
 *              └ as expected of    └─ spelled as expected: `"cpu","tags":{"host":"vm1"}`
 *                that name
 *
 * A metric that is wrong in itself is refused alone. Where the text is no JSON, reading goes on
 * behind the line in which that value began, or the last whole metric of it ended.
 *
 * Source: https://docs.influxdata.com/telegraf/v1/data_formats/output/json/
 * Cost: see bench/speed/codecs.ts.
 */

import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import {
  closeBrace,
  colon,
  comma,
  jsonStringText,
  openBrace,
  openBracket,
  quote,
  startsNumber,
} from '../core/json-text.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Rejection } from '../core/rejection.ts'
import { timestampUnitOption, TimestampText } from '../core/timestamp-text.ts'
import type { Decoder } from './codec.ts'
import { JsonDocuments } from './json/documents.ts'
import { labelsOf, memberOf, MetricSpelling } from './telegraf-json/spelling.ts'
import type { Member } from './telegraf-json/spelling.ts'

/** Options of the decoder of Telegraf's JSON. */
export const telegrafJsonOptions = {
  timestampUnit: timestampUnitOption,
  metricBytesMax: {
    kind: 'size',
    min: 256,
    max: 64 * 1024 * 1024,
    default: 256 * 1024,
    about: 'Longer metrics are refused whole. A batch may be as long as its source lets it be.',
  },
} as const satisfies OptionSpecs

export type TelegrafJsonOptions = OptionsOf<typeof telegrafJsonOptions>

const smallT = 116
const smallF = 102

/** A part that the metric does not have. */
const absent = -1

/** See the head of the file. */
export class TelegrafJsonDecoder implements Decoder {
  readonly #metricBytesMax: number
  readonly #documents = new JsonDocuments((place) => this.#metric(place), 'metric')
  readonly #decoded = this.#documents.decoded
  readonly #json = this.#documents.json
  readonly #times: TimestampText
  readonly #names = new HeldNames(labelsOf)
  /** The name of the last metric; it knows which one is expected next. */
  #last: HeldName | undefined

  /** The name of that metric where it is the expected one. */
  #name: HeldName | undefined
  /** Where its other parts stand. */
  #nameAt = absent
  #nameEnd = absent
  #tagsAt = absent
  #tagsEnd = absent
  #timeAt = absent
  #fieldsAt = absent
  #fault: NameFault | undefined
  /** Its numeric fields: where the key stands, the held key once it is known, the value. */
  readonly #keyStarts: number[] = []
  readonly #keyEnds: number[] = []
  readonly #keys: (HeldName | undefined)[] = []
  readonly #values: number[] = []
  #fieldCount = 0
  readonly #spelling = new MetricSpelling()

  constructor(options: TelegrafJsonOptions) {
    this.#metricBytesMax = options.metricBytesMax
    this.#times = new TimestampText(options.timestampUnit)
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    return this.#documents.decode(bytes, origin, observations)
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  /** A metric, or at the top a batch of them. False where it is no JSON. */
  #metric(place: 'top' | 'inner'): boolean {
    const json = this.#json
    const start = json.at
    let isBatch = false
    this.#forget()
    json.at++
    if (!json.take(closeBrace)) {
      do {
        if (json.next() !== quote) return false
        const keyAt = json.at
        if (!json.string()) return false
        const member = memberOf(json.bytes, keyAt, json.at)
        if (!json.take(colon)) return false
        const first = json.next()
        if (member === 'metrics' && place === 'top' && first === openBracket) {
          isBatch = true
          if (!this.#documents.elements()) return false
        } else if (!this.#member(member, first)) return false
      } while (json.take(comma))
      if (!json.take(closeBrace)) return false
    }
    if (!isBatch) this.#finish(start, json.at)
    return true
  }

  #forget(): void {
    this.#name = undefined
    this.#nameAt = this.#nameEnd = this.#tagsAt = this.#tagsEnd = absent
    this.#timeAt = this.#fieldsAt = absent
    this.#fieldCount = 0
    this.#fault = undefined
  }

  /** The value of a member, of which the first byte is known. False where it is no JSON. */
  #member(member: Member | undefined, first: number): boolean {
    const json = this.#json
    const at = json.at
    if (member === 'fields' && first === openBrace && this.#fieldsAt === absent) {
      return this.#fields()
    }
    if (member === 'name' && first === quote && this.#nameAt === absent) return this.#nameText()
    if (!json.skip()) return false
    if (member === 'timestamp' && this.#timeAt === absent) this.#timeAt = at
    else if (member === 'tags' && first === openBrace && this.#tagsAt === absent) {
      this.#tagsAt = at
      this.#tagsEnd = json.at
    } else if (member !== undefined && member !== 'metrics') {
      this.#fault ??= malformed(`${member} is given twice or is of the wrong kind`)
    }
    return true
  }

  /** The name; with the tags behind it where both are spelled as expected. */
  #nameText(): boolean {
    const { bytes, at, limit } = this.#json
    this.#nameAt = at
    const expected = this.#last?.next
    if (
      expected !== undefined &&
      this.#tagsAt === absent &&
      expected.spelledAt(this.#decoded.view, at, limit) &&
      bytes[at + expected.length - 1] === closeBrace
    ) {
      this.#name = expected
      this.#tagsAt = at
      this.#json.at = at + expected.length
      return true
    }
    const isString = this.#json.string()
    this.#nameEnd = this.#json.at
    return isString
  }

  /** The fields. False where they are no JSON. */
  #fields(): boolean {
    const json = this.#json
    const { limit } = json
    const { view } = this.#decoded
    this.#fieldsAt = json.at++
    if (json.take(closeBrace)) return true
    let expected = this.#last?.next?.first
    do {
      const keyAt = json.next() === quote ? json.at : limit
      const isExpected = expected !== undefined && expected.spelledAt(view, keyAt, limit)
      if (isExpected) json.at = keyAt + (expected as HeldName).length
      else if (!json.string()) return false
      const keyEnd = json.at
      if (!json.take(colon)) return false
      const value = this.#value(json.next(), keyAt)
      if (value === undefined) return false
      if (value !== value) continue
      const count = this.#fieldCount++
      this.#keyStarts[count] = keyAt
      this.#keyEnds[count] = keyEnd
      this.#keys[count] = isExpected ? expected : undefined
      this.#values[count] = value
      if (isExpected) expected = (expected as HeldName).next
    } while (json.take(comma))
    return json.take(closeBrace)
  }

  /** The value of a field; NaN where it is refused, undefined where it is no JSON. */
  #value(first: number, keyAt: number): number | undefined {
    const json = this.#json
    const at = json.at
    if (startsNumber(first)) {
      const value = json.number()
      if (value - value === 0) return value
      if (value !== value) return undefined
      this.#decoded.refuse('not_finite', 'a field is too large', keyAt, json.at)
      return NaN
    }
    if (!json.skip()) return undefined
    if (first === smallT) return 1
    if (first === smallF) return 0
    if (first === quote && jsonStringText(json.bytes, at, json.at) === undefined) {
      this.#decoded.refuse('invalid_utf8', 'a field is not valid UTF-8', keyAt, json.at)
    } else this.#decoded.refuse('not_numeric', 'a field is not a number', keyAt, json.at)
    return NaN
  }

  /** Takes a metric that was read to its end, or says why it is refused. */
  #finish(start: number, end: number): void {
    const decoded = this.#decoded
    if (end - start > this.#metricBytesMax) {
      this.#fault = { reason: 'too_long', detail: `metric over ${this.#metricBytesMax} bytes` }
    }
    this.#fault ??= this.#nameFault() ?? this.#keyFault() ?? this.#timeFault()
    if (this.#fault !== undefined) {
      this.#documents.takeBack()
      decoded.refuse(this.#fault.reason, this.#fault.detail, start, end)
      this.#fieldCount = 0
    }
    this.#documents.finish(end)
    for (let i = 0; i < this.#fieldCount; i++) {
      decoded.observe((this.#keys[i] as HeldName).labels, this.#values[i] as number)
    }
  }

  /** Finds the name, if it is not the expected one, and leaves it in `#name`. */
  #nameFault(): NameFault | undefined {
    if (this.#nameAt === absent) return malformed('a metric has no name')
    if (this.#fieldCount === 0 && !this.#documents.hasRefused()) {
      return malformed('a metric has no fields')
    }
    let name = this.#name
    if (name === undefined) {
      const { bytes } = this.#json
      const tags = this.#tagsAt === absent ? noBytes : bytes.subarray(this.#tagsAt, this.#tagsEnd)
      const length = this.#spelling.write(bytes.subarray(this.#nameAt, this.#nameEnd), tags)
      name = this.#names.held(this.#spelling.bytes, 0, length, undefined)
      if (name === undefined) return this.#names.fault
      if (name !== this.#last?.next) this.#keys.fill(undefined, 0, this.#fieldCount)
      if (this.#last !== undefined) this.#last.next = name
      this.#name = name
    }
    this.#last = name
    return undefined
  }

  /** Finds the keys that were not the expected ones. */
  #keyFault(): NameFault | undefined {
    const { bytes } = this.#json
    const name = this.#name as HeldName
    let previous: HeldName | undefined
    for (let i = 0; i < this.#fieldCount; i++) {
      let key = this.#keys[i]
      if (key === undefined) {
        const start = this.#keyStarts[i] as number
        const end = this.#keyEnds[i] as number
        key = previous === undefined ? name.first : previous.next
        if (!key?.isSpelled(bytes, start, end)) key = this.#names.held(bytes, start, end, name)
        if (key === undefined) return this.#names.fault
        this.#keys[i] = key
        if (previous === undefined) name.first = key
        else previous.next = key
      }
      previous = key
    }
    return undefined
  }

  /** Takes over the timestamp, or where there is none the time of receipt. */
  #timeFault(): NameFault | undefined {
    const decoded = this.#decoded
    if (this.#timeAt === absent) {
      decoded.timestampMs = decoded.origin.receivedMs
      decoded.remainderNs = 0
      return undefined
    }
    const { bytes, limit } = this.#json
    const times = this.#times
    const isText = bytes[this.#timeAt] === quote
    const known = isText
      ? times.read(bytes, this.#timeAt + 1, limit) && bytes[times.end] === quote
      : times.readNumber(bytes, this.#timeAt, limit)
    if (!known) return badTimestamp
    decoded.timestampMs = times.ms
    decoded.remainderNs = times.remainderNs
    return undefined
  }
}

const noBytes = new Uint8Array(0)

const badTimestamp: NameFault = {
  reason: 'bad_timestamp',
  detail: 'the timestamp is neither a number nor a date in range',
}

function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}
