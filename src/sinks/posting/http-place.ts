/**
 * A service that a sink speaks to over HTTP: its connections, whom they trust, and what its answers
 * mean. What it does not take is a SinkError; refusal.ts says which are tried again.
 */

import { Agent as PlainAgent } from 'node:http'
import type { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Clock } from '../../core/clock.ts'
import type { OptionSpecs } from '../../core/options.ts'
import { SinkError } from '../sink.ts'
import { post } from './post.ts'
import type { PostAnswer } from './post.ts'
import { refusalOf } from './refusal.ts'

/** Option of every sink that speaks HTTPS. */
export const trustOptions = {
  tlsCa: {
    kind: 'text',
    default: '',
    secret: true,
    about: 'Certificates to trust, as PEM text. Empty: those of the system.',
  },
} as const satisfies OptionSpecs

/** What a place is made with. */
export interface HttpPlaceParts {
  readonly url: string
  /** PEM; empty: the certificates of the system. */
  readonly tlsCa: string
  readonly clock: Clock
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses below 500 that are tried again, where they are not the usual ones. */
  readonly later?: ReadonlySet<number>
  /** At most so much of an answer is read; reasons of refusals are short. */
  readonly answerBytesMax?: number
}

/** One request. */
export interface Asking {
  readonly method?: 'POST' | 'PATCH' | 'GET'
  /** Beside the address: `api/v2/alerts?active=true`. Empty: the address itself. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** Connections that nobody uses are closed before most servers and proxies close theirs (60 s). */
const idleConnectionMs = 30_000
const usualAnswerBytesMax = 16_384

/** See the head of the file. */
export class HttpPlace {
  readonly #parts: HttpPlaceParts
  readonly #url: URL
  readonly #agent: Agent

  constructor(parts: HttpPlaceParts) {
    this.#parts = parts
    this.#url = new URL(parts.url)
    const keeping = { keepAlive: true, timeout: idleConnectionMs, maxSockets: 1 }
    const isTls = this.#url.protocol === 'https:'
    this.#agent = isTls ? new TlsAgent(keeping) : new PlainAgent(keeping)
  }

  /** Without the path, which may be a secret. */
  get name(): string {
    return this.#url.origin
  }

  /** The answer, whatever it says. A retryable SinkError where there was none. */
  async answer(asking: Asking, signal: AbortSignal): Promise<PostAnswer> {
    const { method = 'POST', path = '', headers, body = new Uint8Array(0) } = asking
    const { tlsCa, answerBytesMax = usualAnswerBytesMax } = this.#parts
    const request = {
      url: path === '' ? this.#url : under(this.#url, path),
      method,
      headers: { 'user-agent': 'forewarn', ...this.#parts.headers, ...headers },
      body,
      agent: this.#agent,
      answerBytesMax,
      ...(tlsCa !== '' && { ca: tlsCa }),
    }
    try {
      return await post(request, signal)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `cannot post to ${this.name}: ${why}`
      throw new SinkError(message, { retryable: true, cause })
    }
  }

  /** The refusal that an answer is; undefined where it took what it was sent. */
  refusal(answer: PostAnswer): SinkError | undefined {
    const { later, clock } = this.#parts
    const reading = { place: this.name, nowMs: clock.nowMs(), ...(later && { later }) }
    return refusalOf(answer, reading)
  }

  /** The answer where it is 2xx, else the SinkError that it is. */
  async taken(asking: Asking, signal: AbortSignal): Promise<PostAnswer> {
    const answer = await this.answer(asking, signal)
    const refusal = this.refusal(answer)
    if (refusal !== undefined) throw refusal
    return answer
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A value as the body of a request. Halves of surrogate pairs, not to be sent, are `\ufffd`. */
export function jsonAsking(value: unknown): Required<Pick<Asking, 'headers' | 'body'>> {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'string' ? each.toWellFormed() : each,
  )
  const headers = { 'content-type': 'application/json' }
  return { headers, body: new TextEncoder().encode(text) }
}

/** An answer's JSON; a retryable SinkError where it is none: something else has answered. */
export function answeredJson(answer: PostAnswer, place: HttpPlace): unknown {
  try {
    return JSON.parse(answer.text) as unknown
  } catch (cause) {
    const message = `${place.name} answered ${answer.status} with what is no JSON`
    throw new SinkError(message, { retryable: true, cause })
  }
}

/** A path below an address, whether or not that ends with a slash. */
function under(base: URL, path: string): URL {
  const url = new URL(base)
  const [name = '', query = ''] = path.split('?')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`
  url.search = query
  return url
}
