/**
 * The live stream: server-sent events for pages and whoever else wants to follow.
 *
 *   GET /api/v1/events?watch=KEY&watch=KEY&search=…&state=…&limit=…&recent=N&since=ID
 *
 *   event: series       { total, order?, rows }         once a second, rows that changed, of the
 *                                                       list and of the series watched
 *   event: samples      { key, reset, columns, forecast? } of the series watched
 *   event: alarms       { reset, entries, … }           changes, or all of them after a reset
 *   event: rejections   { total, counts, recent }       at most once a second, when there are new
 *   event: objectives   { objectives }                  at most once a second, when there is news
 *   event: sinks        { sinks }                       how each stands, at most once a second
 *   event: beat         { nowMs }                       every ten seconds
 *
 * Four times a second each client is asked how much of what it was sent is still waiting; one that
 * has not taken it gets nothing new until it has, and then everything since: the feed remembers,
 * not the connection. So a client costs at most `waitingBytesMax` and one chunk, and one that takes
 * nothing for `stuckMs` is cut off and counted.
 *
 * All events of one round go out in one write, and the last of them carries the id: a client that
 * lost the connection in the middle gets the whole round again. It comes back with the id (header
 * Last-Event-ID, or `since`) and gets what it missed; where that is not kept any more, or the id is
 * of an earlier run, `reset` tells it to start over with what the event brings.
 *
 * Source: WHATWG HTML, section 9.2 "Server-sent events".
 */

import type { ServerResponse } from 'node:http'
import type { Feed } from '../core/feed.ts'
import type { SinkState } from '../core/sink-state.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { SeriesList } from './series-list.ts'
import { StreamClient } from './stream-client.ts'
import type { Wish } from './stream-client.ts'

/** Time between two rounds: below a quarter of a second a chart looks alive. */
const roundMs = 250

/** Bytes that may wait in a connection before a client is passed over. */
const waitingBytesMax = 1_048_576

/** A client that takes nothing for this long is cut off. */
const stuckMs = 20_000

/** Clients let in at once; each costs at most `waitingBytesMax` and a chunk. */
export const clientsMax = 100

type StreamTelemetry = Pick<Telemetry, 'streamClients' | 'streamClientDropped'>

/** What the stream reads. */
interface StreamParts {
  readonly feed: Feed
  readonly list: SeriesList
  readonly sinks: () => readonly SinkState[]
  readonly telemetry: StreamTelemetry
}

/** See the head of the file. */
export class LiveStream {
  readonly #feed: Feed
  readonly #list: SeriesList
  readonly #sinks: () => readonly SinkState[]
  readonly #telemetry: StreamTelemetry
  readonly #nowMs: () => number
  readonly #clients = new Set<StreamClient>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: StreamParts, nowMs: () => number) {
    this.#feed = parts.feed
    this.#list = parts.list
    this.#sinks = parts.sinks
    this.#telemetry = parts.telemetry
    this.#nowMs = nowMs
  }

  get full(): boolean {
    return this.#clients.size >= clientsMax
  }

  /** Takes over a response whose head was sent; serves it until either side ends it. */
  join(response: ServerResponse, wish: Wish): void {
    const client = new StreamClient(response, wish, {
      feed: this.#feed,
      list: this.#list,
      sinks: this.#sinks,
    })
    this.#clients.add(client)
    response.on('close', () => this.#leave(client))
    response.on('error', () => this.#leave(client))
    this.#timer ??= setInterval(() => this.#round(), roundMs)
    this.#serve(client)
    this.#telemetry.streamClients(this.#clients.size, clientsMax)
  }

  #leave(client: StreamClient): void {
    if (!this.#clients.delete(client)) return
    this.#telemetry.streamClients(this.#clients.size, clientsMax)
    if (this.#clients.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #round(): void {
    for (const client of this.#clients) this.#serve(client)
  }

  #serve(client: StreamClient): void {
    if (client.gone) {
      this.#leave(client)
      return
    }
    const nowMs = this.#nowMs()
    if (client.waitingBytes <= waitingBytesMax) {
      client.stuckSinceMs = undefined
      client.serve(nowMs)
      return
    }
    client.stuckSinceMs ??= nowMs
    const waitedMs = nowMs - client.stuckSinceMs
    if (waitedMs < stuckMs) return
    client.cut()
    this.#telemetry.streamClientDropped(waitedMs)
    this.#leave(client)
  }

  /** Ends all streams; the clients come back when there is a server again. */
  close(): void {
    for (const client of this.#clients) {
      client.end()
      this.#leave(client)
    }
  }
}
