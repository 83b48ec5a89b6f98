/**
 * The spread of series over shards: which series there are, and whose each is.
 *
 *   labels.slot ──▶ place (shard, id)      the usual way, as in the catalog
 *   places.get(labels.key) ──▶ place       once for each Labels object
 *   hash of the key mod shards ──▶ place   once for each series, up to the limit
 *
 * The limit on series, and when idle ones are looked for, are decided here for all shards, by the
 * very rules of the catalog: a sample of a further series is refused at the same place of the input
 * however many shards there are. For that the number of series must be known when samples come, so
 * after a tick at which series may be forgotten nothing is taken until every shard has said which
 * were (`settling`); that is so sixteen times in `idleAfterMs`.
 */

import { hash32 } from '../core/hash.ts'
import type { Labels } from '../core/labels.ts'
import type { Ledger } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { ControlRecord } from '../core/record.ts'
import type { Report } from '../core/report.ts'
import { limitRefusal } from '../series/catalog.ts'
import type { CatalogOptions } from '../series/catalog.ts'
import type { Judge } from '../series/flow.ts'
import { IdleClock } from '../series/idle-clock.ts'
import { Quota } from '../series/quota.ts'
import type { Grade, Weight } from '../series/quota.ts'
import type { Word } from './messages.ts'
import { everyShard } from './piece.ts'
import type { Piece } from './piece.ts'

/** Where a series is. */
class Place {
  /** The spread that it belongs to; undefined once forgotten, so that held references notice. */
  home: Spread | undefined
  readonly shard: number
  /** Its number in its shard; used again once it is forgotten. */
  readonly id: number
  weight: Weight = {}

  constructor(home: Spread, shard: number, id: number) {
    this.home = home
    this.shard = shard
    this.id = id
  }
}

/** What a spread is made with. */
export interface SpreadParts {
  readonly shards: number
  readonly options: CatalogOptions
  /** Whether any rule wants the series of these labels. */
  readonly wanted: (labels: Labels) => boolean
  /** The heavy detector of the rule that these labels fall under; absent: no rule has one. */
  readonly heavy?: (labels: Labels) => string | undefined
  /** The ledger of the main thread: of the transforms and of the idle clock. */
  readonly ledger: Ledger
}

/** See the head of the file. */
export class Spread implements Judge {
  readonly #parts: SpreadParts
  readonly #places = new Map<string, Place>()
  readonly idleClock: IdleClock
  readonly quota: Quota
  /** Labels by id, for each shard; of a restored series once a sample of it has come. */
  readonly labels: (Labels | undefined)[][]
  readonly #freeIds: number[][]
  /** True from a tick at which series may be forgotten until it is known which. */
  settling = false
  /** The piece that takes what comes. */
  piece: Piece

  constructor(parts: SpreadParts, piece: Piece) {
    this.#parts = parts
    this.piece = piece
    this.idleClock = new IdleClock(parts.options.idleAfterMs, parts.ledger)
    this.quota = new Quota(parts.options, parts.ledger)
    this.labels = Array.from({ length: parts.shards }, () => [])
    this.#freeIds = Array.from({ length: parts.shards }, () => [])
  }

  get size(): number {
    return this.#places.size
  }

  get limit(): number {
    return this.#parts.options.limit
  }

  has(key: string): boolean {
    return this.#places.has(key)
  }

  /** The shard of a key, whether there is such a series or not. */
  shardOf(key: string): number {
    return hash32(key) % this.#parts.shards
  }

  update(observation: Observation, reports: Report[]): void {
    const { labels } = observation
    if (labels.slot === this) return
    let place = labels.slot as Place | undefined
    if (place === undefined || place.home !== this) {
      place = this.#lookedUp(observation, reports)
      if (place === undefined) return
    }
    const { piece } = this
    piece.step(place.shard)
    piece.shards[place.shard]?.add(place.id, observation)
  }

  /** In the order of the questions of the catalog: known? room? wanted? */
  #lookedUp(observation: Observation, reports: Report[]): Place | undefined {
    const { labels } = observation
    const { key } = labels
    let place = this.#places.get(key)
    if (place === undefined) {
      if (this.size >= this.limit) {
        reports.push(limitRefusal(observation, this.limit))
        return undefined
      }
      if (!this.#parts.wanted(labels)) {
        labels.slot = this
        return undefined
      }
      place = this.place(key)
      const { grade } = this.quota
      this.weigh(key, labels, grade)
      const { shard, id } = place
      this.piece.shards[shard]?.introductions.push({ id, pairs: labels.pairs, grade })
      this.#table(place)[place.id] = labels
    }
    this.#table(place)[place.id] ??= labels
    labels.slot = place
    return place
  }

  #table({ shard }: Place): (Labels | undefined)[] {
    return this.labels[shard] as (Labels | undefined)[]
  }

  /** Makes the place of a key that has none. */
  place(key: string): Place {
    const shard = this.shardOf(key)
    const table = this.labels[shard] as (Labels | undefined)[]
    const id = this.#freeIds[shard]?.pop() ?? table.push(undefined) - 1
    const place = new Place(this, shard, id)
    this.#places.set(key, place)
    return place
  }

  tick(timestampMs: number, origin: Origin): void {
    const heavyIdleBeforeMs = this.quota.idleBeforeMs(timestampMs)
    const idleBeforeMs = this.idleClock.idleBeforeMs(timestampMs)
    if (idleBeforeMs !== undefined || heavyIdleBeforeMs !== undefined) this.settling = true
    this.#toAll({
      record: { kind: 'tick', timestampMs, origin },
      idleBeforeMs,
      heavyIdleBeforeMs,
    })
  }

  control(record: ControlRecord): void {
    this.#toAll({ record, idleBeforeMs: undefined, heavyIdleBeforeMs: undefined })
  }

  #toAll(word: Omit<Word, 'before'>): void {
    this.piece.step(everyShard)
    for (const work of this.piece.shards) {
      work.words.push({ before: work.sampleCount, ...word })
    }
  }

  /** Counts a series in the quota, by what it was given. */
  weigh(key: string, labels: Labels, grade: Grade): void {
    const place = this.#places.get(key)
    const heavy = this.#parts.heavy?.(labels)
    if (place === undefined || heavy === undefined) return
    place.weight = grade === 'full' ? { heavy: true } : { insteadOf: heavy }
    this.quota.add(place.weight)
  }

  /** A series that is no more. */
  forget(key: string): void {
    const place = this.#places.get(key)
    if (place === undefined) return
    place.home = undefined
    this.quota.remove(place.weight)
    this.#places.delete(key)
    this.#table(place)[place.id] = undefined
    this.#freeIds[place.shard]?.push(place.id)
  }
}
