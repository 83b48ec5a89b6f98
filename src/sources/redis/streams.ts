/**
 * Redis Streams by a consumer group: entries are acknowledged once what they did is saved.
 *
 *   start, and after each lost connection
 *     XGROUP CREATE      where the group is missing: behind the last saved entry, or as `from` says
 *     XAUTOCLAIM 0       all that the group holds unacknowledged, by whomever it was read, in order
 *   then, again and again
 *     XREADGROUP >       what is new
 *   after each checkpoint
 *     XACK               up to the saved position
 *
 * The position of an entry is its id. An entry that comes again is passed over if it was taken
 * before, and acknowledged with the next checkpoint. All that is pending is taken over without
 * asking how long it has been, because a stream belongs to one process: the states of its series
 * are there and nowhere else. To share the work, share it by streams.
 *
 * The time of receipt is that of the id, so that reading again gives the same.
 */

import { ReplyError } from 'ioredis'
import type { Redis } from 'ioredis'
import type { Batch, InputRecord } from '../../core/record.ts'
import { rejection } from '../../core/rejection.ts'
import { passed } from '../pacing/beats.ts'
import type { SourceSurroundings } from '../source.ts'
import { RedisLink } from './connection.ts'
import { idOfOffset, msOfId, offsetOfId } from './entry-id.ts'
import type { RedisSourceOptions } from './options.ts'
import { Unacknowledged } from './unacknowledged.ts'

/** How long Redis may hold a read where nothing is new. */
const blockMs = 1000
/** Ids in one XACK. */
const acknowledgedAtOnce = 1000
/** Entries read and not saved yet, beyond which reading waits: some 100 MB of ids. */
const unacknowledgedMax = 1_000_000
/** Between two looks whether there is room again, and before a refused command is tried again. */
const againMs = 500

/** One entry as Redis sends it; null where it was deleted after it was read. */
type Entry = [id: Buffer, fields: Buffer[] | null]

/** See the head of the file. */
export class RedisStreams {
  readonly #options: RedisSourceOptions
  readonly #surroundings: SourceSurroundings
  readonly #unacknowledged = new Unacknowledged()
  /** The last offset yielded of each stream. */
  readonly #lastOffsets = new Map<string, number>()
  #link: RedisLink | undefined
  #acknowledging: Promise<void> = Promise.resolve()

  constructor(options: RedisSourceOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
  }

  async *batches(
    signal: AbortSignal,
    positions: ReadonlyMap<string, number> = new Map(),
  ): AsyncGenerator<Batch> {
    if (signal.aborted) return
    for (const stream of this.#options.streams) {
      const offset = positions.get(this.#partition(stream))
      if (offset !== undefined) this.#lastOffsets.set(stream, offset)
    }
    const link = new RedisLink(this.#options, this.#surroundings, 'bounded')
    this.#link = link
    const end = (): void => link.close()
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) yield* this.#connected(link, signal)
    } finally {
      signal.removeEventListener('abort', end)
      this.#link = undefined
      link.close()
    }
  }

  /** Acknowledges what is saved. After the end a connection is made for it alone. */
  saved(positions: ReadonlyMap<string, number>): void {
    for (const stream of this.#options.streams) {
      const offset = positions.get(this.#partition(stream))
      if (offset !== undefined) this.#acknowledge(stream, offset)
    }
  }

  /** Reads until a command fails: then what is pending must be looked at anew. */
  async *#connected(link: RedisLink, signal: AbortSignal): AsyncGenerator<Batch> {
    const { clock } = this.#surroundings
    try {
      for (const stream of this.#options.streams) {
        await this.#makeGroup(link.client, stream)
        yield* this.#pending(link.client, stream)
      }
      link.worked()
      while (!signal.aborted) {
        if (this.#unacknowledged.count >= unacknowledgedMax) await passed(againMs, clock, signal)
        else yield* this.#news(link.client)
      }
    } catch (error) {
      // The end of the connection is told by the link itself.
      if (signal.aborted || link.client.status !== 'ready') return
      if (error instanceof ReplyError) {
        link.failed(error, againMs)
        await passed(againMs, clock, signal)
      } else link.reconnect(error)
    }
  }

  async #makeGroup(client: Redis, stream: string): Promise<void> {
    const { group, from } = this.#options
    const last = this.#lastOffsets.get(stream)
    const begin = last === undefined ? (from === 'oldest' ? '0' : '$') : idOfOffset(last)
    try {
      await client.xgroup('CREATE', stream, group, begin, 'MKSTREAM')
    } catch (error) {
      if (!(error as Error).message.startsWith('BUSYGROUP')) throw error
    }
  }

  /** What was read and not acknowledged, by this process or another one. */
  async *#pending(client: Redis, stream: string): AsyncGenerator<Batch> {
    const { group, consumer, batchEntries } = this.#options
    let cursor = '0-0'
    do {
      const command = [stream, group, consumer, 0, cursor, 'COUNT', batchEntries]
      const reply = await client.callBuffer('XAUTOCLAIM', ...command)
      const [next, entries, deleted = []] = reply as [Buffer, Entry[], Buffer[]?]
      cursor = String(next)
      for (const id of deleted) this.#lost(stream, String(id))
      const last = this.#lastOffsets.get(stream) ?? -Infinity
      for (const [id] of entries) {
        const offset = offsetOfId(String(id))
        if (offset <= last) this.#unacknowledged.add(stream, String(id), offset)
      }
      const unseen = entries.filter(([id]) => offsetOfId(String(id)) > last)
      if (unseen.length > 0) yield this.#batch(stream, unseen)
    } while (cursor !== '0-0')
  }

  async *#news(client: Redis): AsyncGenerator<Batch> {
    const { group, consumer, streams, batchEntries } = this.#options
    const command = ['GROUP', group, consumer, 'COUNT', batchEntries, 'BLOCK', blockMs]
    const news = streams.map(() => '>')
    const reply = await client.callBuffer('XREADGROUP', ...command, 'STREAMS', ...streams, ...news)
    for (const [stream, entries] of (reply ?? []) as [Buffer, Entry[]][]) {
      yield this.#batch(String(stream), entries)
    }
  }

  #batch(stream: string, entries: readonly Entry[]): Batch {
    const records: InputRecord[] = []
    for (const [idBytes, fields] of entries) {
      const id = String(idBytes)
      const record = this.#record(stream, id, fields)
      if (record !== undefined) records.push(record)
      this.#unacknowledged.add(stream, id, offsetOfId(id))
    }
    const last = this.#lastOffsets.get(stream) ?? -Infinity
    return { records, acknowledge: () => this.#acknowledge(stream, last) }
  }

  #record(stream: string, id: string, fields: Entry[1]): InputRecord | undefined {
    const { field, messageBytesMax } = this.#options
    const offset = offsetOfId(id)
    if (!(offset > (this.#lastOffsets.get(stream) ?? -Infinity))) {
      return this.#refuse('out_of_order', `the id ${id} of ${stream} is before the last one taken`)
    }
    this.#lastOffsets.set(stream, offset)
    if (fields === null) return this.#lost(stream, id)
    const at = fields.findIndex((name, i) => i % 2 === 0 && String(name) === field)
    const bytes = fields[at + 1]
    if (at < 0 || bytes === undefined) {
      return this.#refuse('malformed', `the entry ${id} of ${stream} has no field ${field}`)
    }
    if (bytes.length > messageBytesMax) {
      const detail = `a message of ${bytes.length} bytes, over ${messageBytesMax}`
      return this.#refuse('too_long', detail)
    }
    const partition = this.#partition(stream)
    return { kind: 'data', bytes, origin: { partition, offset, receivedMs: msOfId(id) } }
  }

  #lost(stream: string, id: string): undefined {
    const detail = `the entry ${id} of ${stream} was deleted before it was taken`
    return this.#refuse('overflow', detail)
  }

  #refuse(
    reason: 'out_of_order' | 'malformed' | 'too_long' | 'overflow',
    detail: string,
  ): undefined {
    this.#surroundings.onRejection(rejection(reason, detail, ''))
  }

  #partition(stream: string): string {
    return `${this.#surroundings.name}/${stream}`
  }

  /** One after the other; what could not be said is said with the next checkpoint. */
  #acknowledge(stream: string, offset: number): void {
    const ids = this.#unacknowledged.takeUpTo(stream, offset)
    if (ids.length === 0) return
    this.#acknowledging = this.#acknowledging.then(() => this.#sendAcknowledged(stream, ids))
  }

  async #sendAcknowledged(stream: string, ids: readonly string[]): Promise<void> {
    const link = this.#link ?? new RedisLink(this.#options, this.#surroundings, 'bounded')
    const { group } = this.#options
    let done = 0
    try {
      for (; done < ids.length; done += acknowledgedAtOnce) {
        await link.client.xack(stream, group, ...ids.slice(done, done + acknowledgedAtOnce))
      }
    } catch {
      // They stay pending: the next checkpoint says them, or the next start passes over them.
      for (const id of ids.slice(done)) this.#unacknowledged.add(stream, id, offsetOfId(id))
    } finally {
      if (link !== this.#link) link.close()
    }
  }
}
