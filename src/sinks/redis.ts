/**
 * The Redis sink: reports published on a channel, added to a stream, or both.
 *
 *   batch ──▶ MULTI · PUBLISH channel message · XADD stream … field message · … ──▶ EXEC
 *
 * A report is one message. A batch is one transaction: where Redis refuses it nothing is written.
 * Where the connection broke before the answer came, or a key is of another type, it is written
 * again in whole, under the same report ids. Whatever Redis answers can be put right by somebody
 * (memory, rights, a failover under way), so everything is tried again; a channel has no memory, so
 * a message that nobody listens for is delivered.
 *
 * The connection is made with the first batch, and anew with the next one where it was lost.
 */

import { once } from 'node:events'
import { Redis, ReplyError } from 'ioredis'
import type { ChainableCommander } from 'ioredis'
import type { Encoder } from '../codecs/codec.ts'
import { redisConnection, redisPlace } from '../connections/redis.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { checkRedisSink } from './redis/options.ts'
import type { RedisSinkOptions } from './redis/options.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

const connectWithinMs = 10_000
const keepAliveMs = 15_000
const newline = 10

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkRedisSink` does. */
export class RedisSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: RedisSinkOptions
  readonly #encoder: Encoder
  readonly #client: Redis
  readonly #place: string
  #lastError: unknown
  /** Resolves once the connection that was given up has ended. */
  #ended: Promise<unknown> = Promise.resolve()

  constructor(options: RedisSinkOptions, encoder: Encoder) {
    checkRedisSink(options)
    const kinds: ReportKind[] = ['alarm']
    if (options.scores) kinds.push('score')
    if (options.rejections) kinds.push('rejection')
    if (options.warnings) kinds.push('warning')
    if (options.forecasts) kinds.push('forecast')
    this.accepts = new Set(kinds)
    this.#options = options
    this.#encoder = encoder
    const connection = redisConnection(options)
    this.#place = redisPlace(connection)
    this.#client = new Redis({
      ...connection,
      protocol: 2,
      connectionName: 'forewarn',
      connectTimeout: connectWithinMs,
      keepAlive: keepAliveMs,
      lazyConnect: true,
      // Delivery decides when it is tried again.
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
      maxRetriesPerRequest: 0,
    })
    this.#client.on('error', (error) => (this.#lastError = error))
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const batch = this.#client.multi()
    for (const report of reports) this.#add(report, batch)
    if (batch.length <= 1) return
    const cut = (): void => this.#disconnect()
    this.#lastError = undefined
    try {
      signal.throwIfAborted()
      signal.addEventListener('abort', cut)
      await this.#connect()
      const answers = await batch.exec()
      const refused = answers?.find(([error]) => error !== null)
      if (refused !== undefined) throw refused[0]
    } catch (error) {
      // What Redis itself answers leaves the connection as good as it was.
      if (!(error instanceof ReplyError)) this.#disconnect()
      const cause = this.#lastError ?? error
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `cannot write to ${this.#place}: ${why}`
      throw new SinkError(message, { retryable: true, cause })
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  #add(report: Report, batch: ChainableCommander): void {
    const { channel, stream, field, streamEntriesMax } = this.#options
    const message = withoutLineEnd(this.#encoder.encode([report]))
    if (message.length === 0) return
    if (channel !== '') batch.publish(channel, message)
    if (stream === '') return
    if (streamEntriesMax === 0) batch.xadd(stream, '*', field, message)
    else batch.xadd(stream, 'MAXLEN', '~', streamEntriesMax, '*', field, message)
  }

  close(): Promise<void> {
    this.#disconnect()
    return Promise.resolve()
  }

  async #connect(): Promise<void> {
    // A connection that is still ending would take the new one with it.
    await this.#ended
    if (this.#client.status !== 'ready') await this.#client.connect()
  }

  /** Only a connection that there is: a client that ends twice keeps the next error to itself. */
  #disconnect(): void {
    const { status } = this.#client
    if (status === 'connecting' || status === 'connect' || status === 'ready') {
      this.#ended = once(this.#client, 'end')
      this.#client.disconnect()
    }
  }
}

/** A message ends where it ends; only lines need an end of their own. */
function withoutLineEnd(bytes: Uint8Array): Buffer {
  const end = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length
  return Buffer.from(bytes.buffer, bytes.byteOffset, end)
}
