/** One client of the live stream: what it wants, and what it has been sent. */

import type { ServerResponse } from 'node:http'
import type { Feed } from '../core/feed.ts'
import type { SinkState } from '../core/sink-state.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import type { SeriesList } from './series-list.ts'

/** What a client asks for. */
export interface Wish {
  /** Series whose samples it wants. */
  readonly watch: readonly string[]
  /** The list that it shows. */
  readonly list: SeriesQuery
  /** Last values that come along with a row the first time it is sent; 0 for none. */
  readonly recent: number
  /** Id of the last event that it has, as `eventId` wrote it; empty for none. */
  readonly since: string
}

/** The list of series is sent at most this often. */
const listMs = 1_000

/** The head of the rejections is sent at most this often. */
const rejectionsMs = 1_000

/** What is said of objectives is sent at most this often. */
const objectivesMs = 1_000

/** How the sinks stand is sent at most this often. */
const sinksMs = 1_000

/** A sign of life at least this often: proxies and pages give up on silent connections. */
const beatMs = 10_000

/** Past alarms that a client starts with; the API has all of them. */
const pastAlarmsSent = 200

/** What a client is told from. */
interface ClientParts {
  readonly feed: Feed
  readonly list: SeriesList
  readonly sinks: () => readonly SinkState[]
}

/** The id of an event: epoch and sequence of the feed. */
export function eventId(feed: Feed): string {
  return `${feed.epoch}-${feed.sequence}`
}

/** The sequence in an id; undefined where it is of another epoch or none at all. */
function sequenceOf(id: string, feed: Feed): number | undefined {
  const [epoch, digits = ''] = id.split('-', 2)
  if (epoch !== feed.epoch || !/^\d{1,15}$/.test(digits)) return undefined
  return Math.min(Number(digits), feed.sequence)
}

/** See the head of the file. */
export class StreamClient {
  /** Since when it has not taken what it was sent; undefined while it keeps up. */
  stuckSinceMs: number | undefined
  readonly #response: ServerResponse
  readonly #wish: Wish
  readonly #feed: Feed
  readonly #list: SeriesList
  readonly #sinks: () => readonly SinkState[]
  /** Everything up to here was sent; undefined before the first round of a new client. */
  #sequence: number | undefined
  #rejectionSequence = -1
  #nextListMs = -Infinity
  #nextRejectionsMs = -Infinity
  #objectiveSequence = 0
  #nextObjectivesMs = -Infinity
  #nextSinksMs = -Infinity
  #nextBeatMs = -Infinity
  /** Rows that are not sent yet. */
  #found: { listed: SeriesSummary[]; watched: SeriesSummary[] } | undefined
  /** The rows sent last, as JSON, by key. */
  #rows = new Map<string, string>()
  #order = ''
  /** How the sinks stood, as it was sent last. */
  #sinksText = ''

  constructor(response: ServerResponse, wish: Wish, parts: ClientParts) {
    this.#response = response
    this.#wish = wish
    this.#feed = parts.feed
    this.#list = parts.list
    this.#sinks = parts.sinks
    this.#sequence = sequenceOf(wish.since, parts.feed)
  }

  /** True where the connection ended before or while it was served. */
  get gone(): boolean {
    return this.#response.destroyed
  }

  /** Bytes handed to the connection that it has not taken. */
  get waitingBytes(): number {
    return this.#response.writableLength
  }

  /** Writes what happened since the last round, in one piece. */
  serve(nowMs: number): void {
    const events: string[] = []
    this.#addAlarms(events)
    for (const key of this.#wish.watch) this.#addSamples(key, events)
    if (nowMs >= this.#nextListMs) {
      this.#nextListMs = nowMs + listMs
      this.#lookForRows()
    }
    this.#addList(events)
    const rejections = this.#feed.rejectionSequence
    if (rejections !== this.#rejectionSequence && nowMs >= this.#nextRejectionsMs) {
      this.#rejectionSequence = rejections
      this.#nextRejectionsMs = nowMs + rejectionsMs
      events.push(written('rejections', this.#feed.rejections()))
    }
    this.#addObjectives(events, nowMs)
    if (nowMs >= this.#nextSinksMs) {
      this.#nextSinksMs = nowMs + sinksMs
      this.#addSinks(events)
    }
    if (nowMs >= this.#nextBeatMs) {
      this.#nextBeatMs = nowMs + beatMs
      events.push(written('beat', { nowMs }))
    }
    this.#sequence = this.#feed.sequence
    if (events.length === 0) return
    this.#response.write(events.join('\n') + `id: ${eventId(this.#feed)}\n\n`)
  }

  #addObjectives(events: string[], nowMs: number): void {
    const sequence = this.#feed.objectiveSequence
    if (sequence === this.#objectiveSequence || nowMs < this.#nextObjectivesMs) return
    this.#objectiveSequence = sequence
    this.#nextObjectivesMs = nowMs + objectivesMs
    events.push(written('objectives', { objectives: this.#feed.objectives() }))
  }

  #addAlarms(events: string[]): void {
    const since = this.#sequence
    const changed = since === undefined ? undefined : this.#feed.alarmsAfter(since)
    if (changed?.length === 0) return
    const board = this.#feed.alarms()
    const { unlisted } = board
    const entries = changed ?? [...board.active, ...board.past.slice(0, pastAlarmsSent)]
    events.push(written('alarms', { reset: changed === undefined, entries, unlisted }))
  }

  #addSamples(key: string, events: string[]): void {
    if (!this.#list.has(key)) return
    const since = this.#sequence
    const fresh = since === undefined ? undefined : this.#feed.samplesAfter(key, since)
    if (fresh?.value.length === 0) return
    const columns = fresh ?? this.#feed.samples(key)
    const forecast = this.#feed.forecast(key)
    const ahead = forecast === undefined ? {} : { forecast }
    events.push(written('samples', { key, reset: fresh === undefined, columns, ...ahead }))
  }

  #addSinks(events: string[]): void {
    const text = written('sinks', { sinks: this.#sinks() })
    if (text === this.#sinksText) return
    this.#sinksText = text
    events.push(text)
  }

  /** Asks for the rows; where they come later, they go out with the next round. */
  #lookForRows(): void {
    const listed = this.#list.rows(this.#wish.list)
    const watched = this.#list.rowsOf(this.#wish.watch)
    if (Array.isArray(listed) && Array.isArray(watched)) this.#found = { listed, watched }
    else {
      const both = Promise.all([listed, watched])
      both.then(([some, others]) => (this.#found = { listed: some, watched: others }), noRows)
    }
  }

  #addList(events: string[]): void {
    if (this.#found === undefined) return
    const { listed, watched } = this.#found
    this.#found = undefined
    const sent = this.#rows
    const fresh: string[] = []
    this.#rows = new Map()
    for (const row of [...listed, ...watched]) {
      if (this.#rows.has(row.key)) continue
      const text = JSON.stringify(row)
      if (sent.get(row.key) !== text) fresh.push(sent.has(row.key) ? text : this.#withRecent(row))
      this.#rows.set(row.key, text)
    }
    const order = JSON.stringify(listed.map((row) => row.key))
    const ordered = order === this.#order ? '' : `"order":${order},`
    if (fresh.length === 0 && ordered === '') return
    this.#order = order
    const total = this.#list.size
    events.push(`event: series\ndata: {"total":${total},${ordered}"rows":[${fresh.join(',')}]}\n`)
  }

  #withRecent(row: SeriesSummary): string {
    const { recent } = this.#wish
    if (recent === 0) return JSON.stringify(row)
    return JSON.stringify({ ...row, recent: this.#feed.recentValues(row.key, recent) })
  }

  /** Ends the stream in order. */
  end(): void {
    this.#response.end()
  }

  /** Drops the connection with all that waits in it. */
  cut(): void {
    this.#response.destroy()
  }
}

/** An event without its id and its closing empty line. JSON has no line ends in it. */
function written(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n`
}

/** Who scores has broken down: the whole program ends, and says so. */
const noRows = (): void => undefined
