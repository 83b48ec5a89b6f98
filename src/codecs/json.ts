/**
 * JSON messages with numbers in them, to observations.
 *
 *   {"response_time": 201.25, "timestamp": 1}                            a tick, not a time
 *   {"count": 75, "mem": 17, "cpu": 56, …, "timestamp": 1524619695}      several values
 *   {"timestamp": "2014-04-01T00:00:00Z", "value": 20, "host": "vm1"}    JSON lines
 *
 *   payload = { message | array of messages }        one behind the other, as on lines
 *
 * Which member is what is said by the options, as paths: `data.value` is the member `value` of the
 * member `data`. Without options every number is a value, whatever is not a number is passed over,
 * `timestamp` or `time` is the time, `name` or `metric` the name, and the texts in `labels` and
 * `tags` are labels.
 *
 * Labels: where a message has a name (or the option gives one) it is `__name__`, and `__field__` is
 * the path of the value, unless there is only one that is asked for. Where it has none, `__name__`
 * is the path.
 *
 * A message that is wrong in itself is refused alone. Where the text is no JSON, reading goes on
 * behind the line in which that value began, or the last whole message of it ended.
 *
 * Source: RFC 8259.
 */

import { ByteBuffer } from '../core/byte-buffer.ts'
import { HeldNames } from '../core/held-names.ts'
import type { HeldName, NameFault } from '../core/held-names.ts'
import { closeBrace, colon, comma, openBrace, quote, startsNumber } from '../core/json-text.ts'
import { NumberText } from '../core/number-text.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Rejection } from '../core/rejection.ts'
import { timestampMsMax, TimestampText } from '../core/timestamp-text.ts'
import type { Decoder } from './codec.ts'
import { JsonDocuments } from './json/documents.ts'
import { labelsOf } from './json/names.ts'
import { memberRoles } from './json/options.ts'
import type { JsonOptions, MemberRole, MemberRoles } from './json/options.ts'

const space = 32
const dot = 46
const smallT = 116
const smallF = 102
const smallN = 110

/** Objects below this depth are passed over. */
const depthMax = 8

/** A part that the message does not have. */
const absent = -1
const nameMember = new TextEncoder().encode('"__name__"')

/** See the head of the file. */
export class JsonDecoder implements Decoder {
  readonly #options: JsonOptions
  readonly #roles: MemberRoles
  readonly #documents = new JsonDocuments(() => this.#message(), 'message')
  readonly #decoded = this.#documents.decoded
  readonly #json = this.#documents.json
  readonly #numbers = new NumberText()
  readonly #times: TimestampText
  readonly #names: HeldNames
  /** The name of the last message; it knows which one is expected next. */
  #last: HeldName | undefined

  /** The path of the member that is being read, with a quote in front. */
  readonly #path = new ByteBuffer()
  /** What the message says of its series, as the members of an object. */
  readonly #name = new ByteBuffer()
  #timeAt = absent
  #fault: NameFault | undefined
  /** Its values, each with its held path where that was the expected one. */
  readonly #values: number[] = []
  readonly #keys: (HeldName | undefined)[] = []
  #valueCount = 0
  /** The paths of the others, in quotes, one behind the other. */
  readonly #paths = new ByteBuffer()
  readonly #pathEnds: number[] = []
  /** The path that is expected of the next value. */
  #expectedKey: HeldName | undefined

  constructor(options: JsonOptions) {
    this.#options = options
    this.#roles = memberRoles(options)
    this.#times = new TimestampText(options.timestampUnit)
    this.#names = new HeldNames((bytes, start, end, parent) =>
      labelsOf(options, { bytes, start, end }, parent),
    )
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    return this.#documents.decode(bytes, origin, observations)
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  /** A message. False where it is no JSON. */
  #message(): boolean {
    const start = this.#json.at
    this.#path.clear()
    this.#path.push(quote)
    this.#name.clear()
    this.#name.push(openBrace)
    this.#paths.clear()
    this.#valueCount = 0
    this.#timeAt = absent
    this.#fault = undefined
    this.#expectedKey = this.#last?.next?.first
    if (!this.#members(1)) return false
    this.#finish(start, this.#json.at)
    return true
  }

  /** The members of an object, below the path so far. False where it is no JSON. */
  #members(depth: number): boolean {
    const json = this.#json
    const path = this.#path
    const parentLength = path.length
    json.at++
    if (json.take(closeBrace)) return true
    do {
      const keyAt = json.next() === quote ? json.at : json.limit
      if (depth === 1 && this.#expectedValue(keyAt)) continue
      if (!json.string()) return false
      path.length = parentLength
      path.append(json.bytes, keyAt + 1, json.at - 1)
      if (!json.take(colon) || !this.#member(json.next(), depth)) return false
    } while (json.take(comma))
    path.length = parentLength
    return json.take(closeBrace)
  }

  /**
   * Takes the member at `keyAt` if it is the value that is expected next, and a number. False where
   * it is not, and then nothing was read. At the top a path is spelled as its key is.
   */
  #expectedValue(keyAt: number): boolean {
    const json = this.#json
    const key = this.#expectedKey
    if (key === undefined || !key.spelledAt(this.#decoded.view, keyAt, json.limit)) return false
    json.at = keyAt + key.length
    const value = json.take(colon) && startsNumber(json.next()) ? json.number() : NaN
    if (value - value !== 0) {
      json.at = keyAt
      return false
    }
    this.#keys[this.#valueCount] = key
    this.#values[this.#valueCount++] = value
    this.#expectedKey = key.next
    return true
  }

  /** The value of the member at the path. False where it is no JSON. */
  #member(first: number, depth: number): boolean {
    const json = this.#json
    const at = json.at
    const role = this.#role()
    if (role === undefined && first === openBrace && depth < depthMax) {
      this.#path.push(dot)
      return this.#members(depth + 1)
    }
    if (startsNumber(first) && (role === 'value' || role === undefined)) {
      const value = json.number()
      if (value !== value) return false
      if (role === 'value' || this.#options.valueKeys.length === 0) this.#take(value, at)
      return true
    }
    if (!json.skip()) return false
    if (role === 'value') this.#other(first, at)
    else if (role === 'time') this.#timeAt = at
    else if (role === 'name' && first === quote) this.#say(nameMember, at)
    else if (role === 'label') this.#say(undefined, at)
    else if (role === 'labels' && first === openBrace) this.#sayMembers(at)
    return true
  }

  /** What the options say of the path. */
  #role(): MemberRole | undefined {
    const { bytes, length } = this.#path
    for (const { path, role } of this.#roles) {
      let i = path.length === length - 1 ? 0 : path.length + 1
      while (i < path.length && path[i] === bytes[i + 1]) i++
      if (i === path.length) return role
    }
    return undefined
  }

  /** A value, for when the message has been read. */
  #take(value: number, at: number): void {
    if (value - value !== 0) {
      this.#decoded.refuse('not_finite', 'a value is too large', at, this.#json.at)
      return
    }
    const paths = this.#paths
    paths.append(this.#path.bytes, 0, this.#path.length)
    paths.push(quote)
    this.#pathEnds[this.#valueCount] = paths.length
    this.#keys[this.#valueCount] = undefined
    this.#values[this.#valueCount++] = value
  }

  /** A member that should be a value and is not a number: a truth value, a number in quotes. */
  #other(first: number, at: number): void {
    const end = this.#json.at
    const numbers = this.#numbers
    const quoted = first === quote ? numbers.read(this.#decoded.view, at + 1, end - 1) : NaN
    if (first === smallT || first === smallF) this.#take(first === smallT ? 1 : 0, at)
    else if (quoted === quoted && numbers.end === end - 1) this.#take(quoted, at)
    else if (first === smallN) this.#decoded.refuse('not_finite', 'a value is null', at, end)
    else this.#decoded.refuse('not_numeric', 'a value is not a number', at, end)
  }

  /** Adds the value that was just read to the name, under a key or its own path. */
  #say(key: Uint8Array | undefined, at: number): void {
    const name = this.#name
    if (name.length > 1) name.push(comma)
    if (key !== undefined) name.append(key, 0, key.length)
    else {
      name.append(this.#path.bytes, 0, this.#path.length)
      name.push(quote)
    }
    name.push(colon)
    name.append(this.#json.bytes, at, this.#json.at)
  }

  /** Adds the members of the object that was just read to the name. */
  #sayMembers(at: number): void {
    const { bytes, at: end } = this.#json
    let start = at + 1
    while (start < end - 1 && bytes[start]! <= space) start++
    if (start === end - 1) return
    if (this.#name.length > 1) this.#name.push(comma)
    this.#name.append(bytes, start, end - 1)
  }

  /** Takes a message that was read to its end, or says why it is refused. */
  #finish(start: number, end: number): void {
    const decoded = this.#decoded
    const { messageBytesMax } = this.#options
    if (end - start > messageBytesMax) {
      this.#fault = { reason: 'too_long', detail: `message over ${messageBytesMax} bytes` }
    } else if (this.#valueCount === 0 && !this.#documents.hasRefused()) {
      this.#fault = { reason: 'not_numeric', detail: 'the message has no value' }
    }
    this.#fault ??= this.#nameFault() ?? this.#timeFault()
    if (this.#fault !== undefined) {
      this.#documents.takeBack()
      decoded.refuse(this.#fault.reason, this.#fault.detail, start, end)
      this.#valueCount = 0
    }
    this.#documents.finish(end)
    for (let i = 0; i < this.#valueCount; i++) {
      decoded.observe((this.#keys[i] as HeldName).labels, this.#values[i] as number)
    }
  }

  /** Finds the name of the message and those of its values. */
  #nameFault(): NameFault | undefined {
    this.#name.push(closeBrace)
    const { bytes, length } = this.#name
    let name = this.#last?.next
    if (!name?.isSpelled(bytes, 0, length)) {
      name = this.#names.held(bytes, 0, length, undefined)
      if (name === undefined) return this.#names.fault
      if (this.#last !== undefined) this.#last.next = name
    }
    this.#last = name
    return this.#keyFault(name)
  }

  /** Finds the paths of the values that were not the expected ones of this name. */
  #keyFault(name: HeldName): NameFault | undefined {
    let previous: HeldName | undefined
    let pathStart = 0
    for (let i = 0; i < this.#valueCount; i++) {
      let key = this.#keys[i]
      if (key?.parent !== name) {
        const isRead = key === undefined
        const path = key === undefined ? this.#paths.bytes : key.spelling
        const start = isRead ? pathStart : 0
        const end = key === undefined ? (this.#pathEnds[i] as number) : key.length
        if (isRead) pathStart = end
        key = previous === undefined ? name.first : previous.next
        if (!key?.isSpelled(path, start, end)) key = this.#names.held(path, start, end, name)
        if (key === undefined) return this.#names.fault
        if (previous === undefined) name.first = key
        else previous.next = key
        this.#keys[i] = key
      }
      previous = key
    }
    return undefined
  }

  /** Takes over the time of the message, from where the options say. */
  #timeFault(): NameFault | undefined {
    const decoded = this.#decoded
    const { time } = this.#options
    decoded.timestampMs = decoded.origin.receivedMs
    decoded.remainderNs = 0
    if (time === 'receive' || (time === 'field' && this.#timeAt === absent)) return undefined
    if (time === 'tick') return this.#tickFault()
    const { bytes, limit } = this.#json
    const times = this.#times
    const at = this.#timeAt
    const isText = bytes[at] === quote
    const known = isText
      ? times.read(bytes, at + 1, limit) && bytes[times.end] === quote
      : times.readNumber(bytes, at, limit)
    if (!known) return badTimestamp
    decoded.timestampMs = times.ms
    decoded.remainderNs = times.remainderNs
    return undefined
  }

  #tickFault(): NameFault | undefined {
    if (this.#timeAt === absent) return badTimestamp
    const tick = this.#numbers.read(this.#decoded.view, this.#timeAt, this.#json.limit)
    const timestampMs = Math.floor(tick * this.#options.tickMs)
    if (!(Math.abs(timestampMs) <= timestampMsMax)) return badTimestamp
    this.#decoded.timestampMs = timestampMs
    return undefined
  }
}

const badTimestamp: NameFault = {
  reason: 'bad_timestamp',
  detail: 'the time is neither a number nor a date in range',
}
