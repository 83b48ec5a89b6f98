/**
 * Redis: what others publish on channels or add to streams.
 *
 *   mode pubsub   SUBSCRIBE, PSUBSCRIBE     see redis/channels.ts; goes through the incoming log
 *   mode stream   XREADGROUP                see redis/streams.ts; has positions of its own
 *
 * Each message is one record. A connection that is lost is made again, and that is told; messages
 * over their limit are refused.
 */

import type { Batch } from '../core/record.ts'
import { RedisChannels } from './redis/channels.ts'
import { checkRedisSource } from './redis/options.ts'
import type { RedisSourceOptions } from './redis/options.ts'
import { RedisStreams } from './redis/streams.ts'
import type { Source, SourceSurroundings } from './source.ts'

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkRedisSource` does. */
export class RedisSource implements Source {
  readonly #reader: RedisChannels | RedisStreams

  constructor(options: RedisSourceOptions, surroundings: SourceSurroundings) {
    checkRedisSource(options)
    this.#reader =
      options.mode === 'pubsub'
        ? new RedisChannels(options, surroundings)
        : new RedisStreams(options, surroundings)
  }

  /** Bytes of messages that are received and not taken yet; 0 for streams, which wait in Redis. */
  get waitingBytes(): number {
    return this.#reader instanceof RedisChannels ? this.#reader.waitingBytes : 0
  }

  batches(signal: AbortSignal, positions?: ReadonlyMap<string, number>): AsyncGenerator<Batch> {
    return this.#reader.batches(signal, positions)
  }

  saved(positions: ReadonlyMap<string, number>): void {
    if (this.#reader instanceof RedisStreams) this.#reader.saved(positions)
  }
}
