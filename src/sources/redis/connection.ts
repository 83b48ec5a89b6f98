/**
 * A connection that comes back: whatever ends it is told, and it is tried again after a wait that
 * doubles with each failure in a row.
 *
 *   wait_k = max(50 ms, uniform(0, min(5 s, 250 ms · 2ᵏ)))
 *
 * The cap is low because what is published meanwhile is lost. A connection that says nothing when
 * it is asked is dead too: see `beat`.
 */

import { Redis } from 'ioredis'
import { ForewarnError } from '../../core/errors.ts'
import { hash32 } from '../../core/hash.ts'
import { Random } from '../../core/random.ts'
import { redisConnection, redisPlace } from '../../connections/redis.ts'
import type { RedisConnectionOptions } from '../../connections/redis.ts'
import { beats } from '../pacing/beats.ts'
import type { SourceSurroundings } from '../source.ts'

const retryFirstMs = 250
const retryCapMs = 5_000
const retryLeastMs = 50
const connectWithinMs = 10_000
/** A server that has not answered one PING by the next one is taken for gone. */
const beatMs = 15_000
/** Some seconds over the time that a read may block. */
const answerWithinMs = 10_000

/** See the head of the file. */
export class RedisLink {
  readonly client: Redis
  /** Host and port, for messages. */
  readonly place: string
  readonly #surroundings: SourceSurroundings
  readonly #random: Random
  #lastError: unknown
  #failures = 0

  /** Begins to connect. `commands`: 'bounded' fails those that are not answered in time. */
  constructor(
    options: RedisConnectionOptions,
    surroundings: SourceSurroundings,
    commands: 'bounded' | 'unbounded',
  ) {
    const connection = redisConnection(options)
    this.place = redisPlace(connection)
    this.#surroundings = surroundings
    this.#random = new Random(hash32(surroundings.name))
    this.client = new Redis({
      ...connection,
      protocol: 2,
      connectionName: 'forewarn',
      connectTimeout: connectWithinMs,
      keepAlive: beatMs,
      maxRetriesPerRequest: null,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => this.#retryInMs(),
      sentinelRetryStrategy: () => this.#retryInMs(),
      ...(commands === 'bounded' ? { commandTimeout: answerWithinMs } : {}),
    })
    this.client.on('error', (error) => (this.#lastError = error))
  }

  /** Says that the other side did what it was asked: the next failure is the first again. */
  worked(): void {
    this.#failures = 0
    this.#lastError = undefined
  }

  /** Gives this connection up for what it answered, and makes another one after a wait. */
  reconnect(error: unknown): void {
    this.#lastError = error
    this.client.disconnect(true)
  }

  /** Says that something went wrong, with when it is tried again. */
  failed(cause: unknown, retryInMs: number): void {
    const why = cause instanceof Error ? cause.message : 'the connection was closed'
    const message = `cannot read from ${this.place}: ${why}`
    const error = new ForewarnError('ERR_SOURCE_READ', message, { cause })
    this.#surroundings.onFailure?.(error, retryInMs)
  }

  /** Asks now and then whether the other side is there, until the signal aborts. */
  async beat(signal: AbortSignal): Promise<void> {
    let answered = true
    for await (const _ of beats(beatMs, this.#surroundings.clock, signal)) {
      if (this.client.status !== 'ready') continue
      if (!answered) this.reconnect(new Error('no answer to PING'))
      answered = false
      this.client.ping().then(
        () => (answered = true),
        () => (answered = true),
      )
    }
  }

  close(): void {
    this.client.disconnect()
  }

  #retryInMs(): number {
    const mostMs = Math.min(retryCapMs, retryFirstMs * 2 ** this.#failures++)
    const delayMs = Math.max(retryLeastMs, Math.round(this.#random.uniform() * mostMs))
    this.failed(this.#lastError, delayMs)
    this.#lastError = undefined
    return delayMs
  }
}
