/**
 * Redis Pub/Sub: messages of channels, as they are published.
 *
 *   PUBLISH ──▶ waiting messages ──▶ asked for ──▶ batch
 *                   └─ over `waiting`: dropped and counted, as nobody can be told to wait
 *
 * A channel keeps nothing. What is published while this source is not connected is lost; each loss
 * of the connection is told. For senders that must lose nothing there are streams.
 */

import type { Batch } from '../../core/record.ts'
import { rejection } from '../../core/rejection.ts'
import { Arrivals } from '../intake/arrivals.ts'
import { ByteBudget } from '../intake/byte-budget.ts'
import { TimeOffsets } from '../pacing/beats.ts'
import type { SourceSurroundings } from '../source.ts'
import { RedisLink } from './connection.ts'
import type { RedisSourceOptions } from './options.ts'

/** What a message weighs besides its bytes, in objects around it: measured about 200. */
const messageWeightBytes = 256

/** See the head of the file. */
export class RedisChannels {
  readonly #options: RedisSourceOptions
  readonly #surroundings: SourceSurroundings
  readonly #arrivals = new Arrivals<Uint8Array>()
  readonly #budget: ByteBudget
  readonly #offsets = new TimeOffsets()

  constructor(options: RedisSourceOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    this.#budget = new ByteBudget(options.waitingBytes)
  }

  /** Bytes received and not taken yet, with what keeps them. */
  get waitingBytes(): number {
    return this.#budget.taken
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    if (signal.aborted) return
    const ended = new AbortController()
    const link = new RedisLink(this.#options, this.#surroundings, 'unbounded')
    link.client.on('messageBuffer', (_channel, message) => this.#received(message))
    link.client.on('pmessageBuffer', (_pattern, _channel, message) => this.#received(message))
    link.client.on('ready', () => void this.#subscribe(link))
    const beating = link.beat(ended.signal)
    try {
      for await (const messages of this.#arrivals.groups(signal)) yield this.#batch(messages)
      const rest = this.#arrivals.take()
      if (rest.length > 0) yield this.#batch(rest)
    } finally {
      link.close()
      ended.abort()
      await beating
    }
  }

  async #subscribe(link: RedisLink): Promise<void> {
    const { channels, patterns } = this.#options
    try {
      if (channels.length > 0) await link.client.subscribe(...channels)
      if (patterns.length > 0) await link.client.psubscribe(...patterns)
      link.worked()
    } catch (error) {
      link.reconnect(error)
    }
  }

  #received(message: Uint8Array): void {
    const { messageBytesMax } = this.#options
    if (message.length > messageBytesMax) {
      const detail = `a message of ${message.length} bytes, over ${messageBytesMax}`
      this.#refuse('too_long', detail)
    } else if (this.#budget.take(message.length + messageWeightBytes)) {
      this.#arrivals.add(message)
    } else {
      this.#refuse('overflow', `a message of ${message.length} bytes was dropped`)
    }
  }

  #refuse(reason: 'too_long' | 'overflow', detail: string): void {
    this.#surroundings.onRejection(rejection(reason, detail, ''))
  }

  #batch(messages: readonly Uint8Array[]): Batch {
    const { name: partition, clock } = this.#surroundings
    const receivedMs = clock.nowMs()
    const records = messages.map((bytes) => {
      this.#budget.give(bytes.length + messageWeightBytes)
      const origin = { partition, offset: this.#offsets.next(receivedMs), receivedMs }
      return { kind: 'data' as const, bytes, origin }
    })
    return { records, acknowledge: () => {} }
  }
}
