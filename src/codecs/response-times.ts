/**
 * The messages of the response-time program, both ways.
 *
 *   response_times   {"response_time": 201.25, "timestamp": 17}
 *   anomalies        {"response_time": 201.25, "timestamp": 17, "anomaly": false}
 *
 * The timestamp is a count of messages from 1 on, a tick every 100 ms, not a time. Where a sample's
 * time is that of its receipt (`time: receive`, as it must be live: the count begins at 1 again
 * with every start of its sender), the tick goes along in the origin and the encoder writes it back
 * as it came. It also orders samples that are received within one millisecond: its last six digits
 * are the nanoseconds. For recordings, `time: tick` makes tick × `tick` the time, from 1970 on.
 *
 * The encoder writes one message for every scored sample, as that program does, alarm or not. A
 * sample whose sender did not count has Unix milliseconds as its timestamp. What else a message has
 * is passed over, so the decoder reads what the encoder writes.
 *
 * Cost: one JSON.parse a message; these streams have ten a second.
 */

import { Decoded } from '../core/decoded.ts'
import { Labels } from '../core/labels.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { lineBytesOption, PayloadLines } from '../core/payload-lines.ts'
import type { Rejection } from '../core/rejection.ts'
import type { ScoreReport } from '../core/report.ts'
import { eachReport } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import { timestampMsMax } from '../core/timestamp-text.ts'
import type { Decoder, Encoder } from './codec.ts'

/** Options of the decoder. */
export const responseTimesOptions = {
  name: {
    kind: 'text',
    default: 'response_time',
    about: 'Name of the one series that the messages make.',
  },
  time: {
    kind: 'choice',
    words: ['receive', 'tick'],
    default: 'receive',
    about:
      'Where the time of a sample comes from. receive: its receipt. tick: the timestamp counts ' +
      'ticks, from 1970 on; for recordings.',
  },
  tickMs: {
    kind: 'duration',
    min: 1,
    max: 86_400_000,
    default: 100,
    about: 'Length of a tick.',
  },
  lineBytesMax: lineBytesOption,
} as const satisfies OptionSpecs

export type ResponseTimesOptions = OptionsOf<typeof responseTimesOptions>

const nanosecondsPerMs = 1_000_000

/** See the head of the file. */
export class ResponseTimesDecoder implements Decoder {
  readonly #options: ResponseTimesOptions
  readonly #labels: Labels
  readonly #decoded = new Decoded()
  readonly #lines: PayloadLines
  readonly #text = new TextDecoder('utf-8', { fatal: true })

  constructor(options: ResponseTimesOptions) {
    this.#options = options
    this.#labels = Labels.named(options.name, [])
    this.#lines = new PayloadLines(options.lineBytesMax)
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const decoded = this.#decoded
    const lines = this.#lines
    decoded.open(bytes, origin, observations)
    lines.open()
    while (lines.advance(decoded)) this.#message(origin, lines.start, lines.end)
    return decoded.close()
  }

  recycle(observations: Observation[]): void {
    this.#decoded.recycle(observations)
  }

  #message(origin: Origin, start: number, end: number): void {
    const decoded = this.#decoded
    let text: string
    try {
      text = this.#text.decode(decoded.bytes.subarray(start, end))
    } catch {
      decoded.refuse('invalid_utf8', 'the message is not UTF-8', start, end)
      return
    }
    const message = objectOf(text)
    if (message === undefined) {
      decoded.refuse('malformed', 'the message is no JSON object', start, end)
      return
    }
    const { response_time: value, timestamp: tick } = message
    if (typeof value !== 'number') {
      decoded.refuse('not_numeric', 'response_time is not a number', start, end)
    } else if (!Number.isFinite(value)) {
      decoded.refuse('not_finite', 'response_time is too large', start, end)
    } else if (!this.#time(tick, origin)) {
      decoded.refuse('bad_timestamp', 'timestamp is not a count in range', start, end)
    } else {
      decoded.origin = typeof tick === 'number' ? { ...origin, tick } : origin
      decoded.observe(this.#labels, value)
    }
  }

  /** Takes over the time of a message; false where it has none that can be used. */
  #time(tick: unknown, { receivedMs }: Origin): boolean {
    const decoded = this.#decoded
    const { time, tickMs } = this.#options
    decoded.timestampMs = receivedMs
    decoded.remainderNs = 0
    if (tick === undefined) return time === 'receive'
    if (!Number.isSafeInteger(tick)) return false
    const count = tick as number
    if (time === 'receive') {
      decoded.remainderNs = Math.abs(count) % nanosecondsPerMs
      return true
    }
    decoded.timestampMs = count * tickMs
    return Math.abs(decoded.timestampMs) <= timestampMsMax
  }
}

/** The members of a JSON object; undefined for any other text. */
function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Options of the encoder. */
export const responseTimesEncoderOptions = {
  anomaly: {
    kind: 'boolean',
    default: true,
    about: 'Write the member `anomaly`. Without it the messages are those of `response_times`.',
  },
} as const satisfies OptionSpecs

export type ResponseTimesEncoderOptions = OptionsOf<typeof responseTimesEncoderOptions>

/** See the head of the file. */
export class ResponseTimesEncoder implements Encoder {
  readonly contentType = 'application/x-ndjson'
  readonly #options: ResponseTimesEncoderOptions

  constructor(options: ResponseTimesEncoderOptions) {
    this.#options = options
  }

  encode(reports: Reports): Uint8Array {
    let text = ''
    for (const report of eachReport(reports))
      if (report.kind === 'score') text += this.#message(report)
    return new TextEncoder().encode(text)
  }

  /** With the blanks of Python's json.dumps, and floats as it writes them. */
  #message({ value, origin, timestampMs, status }: ScoreReport): string {
    const anomaly = this.#options.anomaly ? `, "anomaly": ${status === 'anomalous'}` : ''
    const timestamp = origin.tick ?? timestampMs
    return `{"response_time": ${floatText(value)}, "timestamp": ${timestamp}${anomaly}}\n`
  }
}

/** Doubles from here on have an exponent in Python. */
const pythonWholeMax = 1e16

/** A float with a point, so that a reader of Python makes a float of it. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const whole = Number.isInteger(value) && Math.abs(value) < pythonWholeMax
  return whole ? `${value}.0` : String(value)
}
