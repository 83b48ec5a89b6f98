/**
 * HTTP: what senders post to the program's own address.
 *
 *   codec influx         POST /api/v2/write   POST /write        and what InfluxDB's clients ask
 *                                                                first: /health, /ready
 *   codec telegraf-json  POST /api/v1/ingest/telegraf
 *   codec remote-write   POST /api/v1/write   POST /api/v1/push  Prometheus
 *   any other codec      POST /api/v1/ingest/<codec>
 *
 *   request ─▶ token ─▶ body ─▶ unpacked ─▶ arrivals ─▶ asked for ─▶ acknowledged ─▶ 204
 *                └ 401   └ 413     └ 413       └ no room: 503            └ refused: 503
 *
 * A sender is answered 2xx only once what it sent is acknowledged: in the log where there is one,
 * else scored. What waits for that is bounded by `waiting`; over it senders are told to come again.
 * Bodies are read once more before the answer (`tell`), so that a sender hears of lines that were
 * refused; the good lines of the same body are kept.
 *
 * One request is one record. The listener is not this source's own: `addRoutes` puts its routes on
 * the one that the program has.
 */

import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Findings } from '../codecs/codec.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { rejection } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import { answerRefused, answerTaken } from './http/answers.ts'
import type { Refusal } from './http/answers.ts'
import { turnedAway } from './http/authorization.ts'
import { BodyReader, noRoom } from './http/body.ts'
import { inNanoseconds, precisions } from './http/precision.ts'
import {
  messageRefusal,
  nothingWritten,
  remoteWriteCodec,
  remoteWritePaths,
  writtenHeaders,
} from './http/remote-write.ts'
import { Arrivals } from './intake/arrivals.ts'
import { ByteBudget } from './intake/byte-budget.ts'
import { TimeOffsets } from './pacing/beats.ts'
import type { Source, SourceSurroundings } from './source.ts'

const mebibyte = 1024 ** 2

export const httpOptions = {
  path: {
    kind: 'text',
    default: '',
    about: 'Put in front of its paths, for a second source of the same codec: /second.',
  },
  token: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Asked of every sender. Empty: anybody may send who reaches the address.',
  },
  bodyBytesMax: {
    kind: 'size',
    min: 1024,
    max: 1024 * mebibyte,
    default: 32 * mebibyte,
    about: 'A larger body is answered 413 before it is read to its end.',
  },
  unpackedBytesMax: {
    kind: 'size',
    min: 1024,
    max: 2048 * mebibyte,
    default: 64 * mebibyte,
    about: 'The same for what a packed body unpacks to.',
  },
  waitingBytes: {
    kind: 'size',
    min: 64 * 1024,
    max: 64 * 1024 * mebibyte,
    default: 128 * mebibyte,
    about: 'Bodies that are read but not answered yet. Over it senders are answered 503.',
  },
  answerWithinMs: {
    kind: 'duration',
    min: 100,
    max: 600_000,
    default: 10_000,
    about: 'A body that is not acknowledged by then is answered 503, and comes again.',
  },
  tell: {
    kind: 'boolean',
    default: true,
    about:
      'Reads bodies once more before the answer, so that a sender hears of refused lines (400). ' +
      'Without it they are counted here and the sender is answered 204; costs less.',
  },
} as const satisfies OptionSpecs

export type HttpOptions = OptionsOf<typeof httpOptions>

/** A body on its way: what is to become of it is said once, by whoever is first. */
interface Arrival {
  readonly bytes: Uint8Array
  readonly settle: (outcome: 'taken' | 'refused') => void
}

/** What became of a request. */
interface Outcome {
  /** Why it was not taken, or not in whole. */
  readonly refusal?: Refusal | undefined
  /** What was found in its body, where that was asked. */
  readonly findings?: Findings | undefined
}

/** Where a body comes from that is only checked. */
const nowhere: Origin = { partition: '', offset: 0, receivedMs: 0 }

/** What a sender can mend; anything else may be as it should be. */
const senderFaults: ReadonlySet<RejectionReason> = new Set([
  'malformed',
  'too_long',
  'invalid_utf8',
  'bad_timestamp',
])

/** Of remote write also what stands for no single value: no 2xx hides what is not taken. */
const remoteWriteFaults: ReadonlySet<RejectionReason> = new Set([...senderFaults, 'not_numeric'])

/** See the head of the file. */
export class HttpSource implements Source {
  readonly #options: HttpOptions
  readonly #surroundings: SourceSurroundings
  readonly #arrivals = new Arrivals<Arrival>()
  readonly #budget: ByteBudget
  readonly #bodies: BodyReader
  readonly #offsets = new TimeOffsets()
  #closed = false

  constructor(options: HttpOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    this.#budget = new ByteBudget(options.waitingBytes)
    this.#bodies = new BodyReader(options, this.#budget)
  }

  /** Bytes of bodies that were not answered yet. */
  get waitingBytes(): number {
    return this.#budget.taken
  }

  addRoutes(app: FastifyInstance): void {
    const { path, bodyBytesMax } = this.#options
    const codec = this.#surroundings.codec ?? 'influx'
    void app.register(async (routes) => {
      routes.removeAllContentTypeParsers()
      routes.addContentTypeParser('*', (_request, stream, done) => done(null, stream))
      const post = { bodyLimit: bodyBytesMax }
      for (const each of pathsOf(codec)) {
        routes.post(path + each, post, (request, reply) => this.#answer(request, reply))
      }
      if (codec === 'influx') addInfluxHealth(routes, path, this.#surroundings.clock.nowMs())
    })
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    try {
      for await (const arrival of this.#arrivals.each(signal)) yield this.#batch(arrival)
    } finally {
      this.#closed = true
      for (const { settle } of this.#arrivals.take()) settle('refused')
    }
  }

  #batch({ bytes, settle }: Arrival): Batch {
    const { name: partition, clock } = this.#surroundings
    const nowMs = clock.nowMs()
    const origin = { partition, offset: this.#offsets.next(nowMs), receivedMs: nowMs }
    return {
      records: [{ kind: 'data', bytes, origin }],
      acknowledge: () => settle('taken'),
      refuse: () => settle('refused'),
    }
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { refusal, findings } = await this.#outcomeOf(request)
    if (this.#isRemoteWrite) reply.headers(findings ? writtenHeaders(findings) : nothingWritten)
    return refusal === undefined ? answerTaken(reply) : answerRefused(reply, refusal)
  }

  get #isRemoteWrite(): boolean {
    return this.#surroundings.codec === remoteWriteCodec
  }

  /** Takes what was sent, or says why it could not be. */
  async #outcomeOf(request: FastifyRequest): Promise<Outcome> {
    const refusal = this.#refusalOf(request)
    if (refusal !== undefined) return { refusal }
    if (request.body === undefined) return {}
    const body = await this.#bodies.read(request.body as Readable, headOf(request))
    if ('status' in body) return { refusal: this.#counted(body) }
    try {
      const { precision } = request.query as { readonly precision?: unknown }
      return await this.#take(inUnit(body.bytes, precision))
    } finally {
      body.release()
    }
  }

  /** Why a request is refused before its body is read. */
  #refusalOf(request: FastifyRequest): Refusal | undefined {
    const away = turnedAway(request, this.#options.token)
    if (away !== undefined) return away
    if (this.#closed || this.#budget.full) return noRoom
    const { precision } = request.query as { readonly precision?: unknown }
    if (precision !== undefined && !precisions.includes(String(precision))) {
      const known = precisions.join(', ')
      return { status: 400, message: `the precision "${String(precision)}" is none of ${known}` }
    }
    return this.#isRemoteWrite ? messageRefusal(request.headers['content-type']) : undefined
  }

  /** What never comes to a decoder is counted here. A sender that is told to wait comes again. */
  #counted(refusal: Refusal): Refusal {
    const { status, message } = refusal
    if (status === 413) this.#surroundings.onRejection(rejection('too_long', message, ''))
    if (status === 400) this.#surroundings.onRejection(rejection('malformed', message, ''))
    return refusal
  }

  async #take(bytes: Uint8Array): Promise<Outcome> {
    if (bytes.length === 0) return {}
    const asked = this.#options.tell || this.#isRemoteWrite
    const findings = asked ? this.#checked(bytes) : undefined
    if ((await this.#acknowledged(bytes)) === 'refused') return { refusal: noRoom }
    return { findings, refusal: this.#options.tell ? this.#fault(bytes, findings) : undefined }
  }

  /** Resolves once the bytes were taken or refused, or the time for that is over. */
  #acknowledged(bytes: Uint8Array): Promise<'taken' | 'refused'> {
    const { clock } = this.#surroundings
    return new Promise((resolve) => {
      const settle = (outcome: 'taken' | 'refused'): void => {
        takeBack()
        resolve(outcome)
      }
      const arrival = { bytes, settle }
      const takeBack = clock.after(this.#options.answerWithinMs, () => {
        this.#arrivals.remove(arrival)
        resolve('refused')
      })
      if (this.#closed) settle('refused')
      else this.#arrivals.add(arrival)
    })
  }

  #checked(bytes: Uint8Array): Findings {
    const { checker } = this.#surroundings
    if (checker?.check !== undefined) return checker.check(bytes)
    const observations: Observation[] = []
    const rejections = checker?.decode(bytes, nowhere, observations) ?? []
    return { found: observations.length, rejections }
  }

  /** What of a body its sender should mend, or undefined. */
  #fault(bytes: Uint8Array, findings: Findings | undefined): Refusal | undefined {
    if (findings === undefined) return undefined
    const { found, rejections } = findings
    const told = this.#isRemoteWrite ? remoteWriteFaults : senderFaults
    const faults = rejections.filter(({ reason }) => told.has(reason))
    const first = faults[0]
    if (first === undefined) return undefined
    const message =
      `partial write: ${found} values taken, ${faults.length} lines or parts ` +
      `refused; the first: ${first.detail}: "${first.text}"`
    return { status: 400, message, line: lineOf(bytes, first.text) }
  }
}

function pathsOf(codec: string): readonly string[] {
  if (codec === 'influx') return ['/api/v2/write', '/write']
  if (codec === remoteWriteCodec) return remoteWritePaths
  return [`/api/v1/ingest/${codec === 'telegraf-json' ? 'telegraf' : codec}`]
}

function headOf(request: FastifyRequest): { encoding: string; length: number | undefined } {
  const length = request.headers['content-length']
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase()
  return { encoding, length: length === undefined ? undefined : Number(length) }
}

function inUnit(bytes: Uint8Array, precision: unknown): Uint8Array {
  if (precision === undefined) return bytes
  return inNanoseconds(bytes, String(precision)) ?? bytes
}

/** The 1-based line that holds a text, or undefined where it is not there as it was quoted. */
function lineOf(bytes: Uint8Array, text: string): number | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const at = text === '' ? -1 : body.indexOf(text.replace(/…$/, ''))
  if (at < 0) return undefined
  let line = 1
  for (let i = body.indexOf(10); i >= 0 && i < at; i = body.indexOf(10, i + 1)) line++
  return line
}

/** What clients of InfluxDB ask before they write. */
function addInfluxHealth(app: FastifyInstance, path: string, startedMs: number): void {
  const health = {
    name: 'forewarn',
    message: 'ready for queries and writes',
    status: 'pass',
    checks: [],
  }
  const ready = { status: 'ready', started: new Date(startedMs).toISOString() }
  for (const prefix of ['', '/api/v2']) {
    app.get(`${path}${prefix}/health`, async () => health)
    app.get(`${path}${prefix}/ready`, async () => ready)
  }
}
