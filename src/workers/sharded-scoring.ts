/**
 * Scoring on worker threads: every series in one of several shards, reports in the order of the
 * input.
 *
 *   records ─▶ judge (spread) ─▶ piece ──work──▶ shard 0 ──┐
 *                                      ──work──▶ shard 1 ──┤ answers
 *                                                          ▼
 *              outlets ◀── merged, piece by piece, in the order in which they went out
 *
 * Small pieces cost a message each, large ones let threads wait: so a piece goes out when little is
 * under way, and otherwise grows until an answer comes. Several are under way at once, with a bound
 * (`room`). A piece ends only where a record ends.
 *
 * A cut is a message to every shard behind the same piece, so all are cut at the same place of the
 * input; the owners of the main thread (transforms, idle clock) are cut in the same moment.
 */

import type { Timers } from '../core/clock.ts'
import { ForewarnError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { KeyedOwner, SavedOwner } from '../core/ledger.ts'
import { packed, unpacked } from '../core/owner-packet.ts'
import type { AlarmState, Report } from '../core/report.ts'
import type { RowPacket } from '../core/score-rows.ts'
import type { SeriesQuery } from '../series/catalog.ts'
import { LedgerCuts } from '../series/cuts.ts'
import type { Copies } from '../series/cuts.ts'
import type { Explanation } from '../series/explanation.ts'
import { idleClockKey } from '../series/idle-clock.ts'
import { summaryOrder } from '../series/series-order.ts'
import { quotaClockKey } from '../series/quota.ts'
import type { QuotaUse } from '../series/quota.ts'
import type { ReportBatch, Scoring } from '../series/scoring.ts'
import { seriesKeyOf, shardKeyOf } from '../series/owner-key.ts'
import type { SeriesSummary } from '../series/series-summary.ts'
import type { Silence } from '../series/silences.ts'
import type { Transform } from '../transforms/transform.ts'
import type { Channel } from './channel.ts'
import { merged } from './merged.ts'
import type { Answer, RefusedOwner, Request, Word } from './messages.ts'
import { Piece } from './piece.ts'
import { labelsOf } from './shard.ts'
import { ShardLink } from './shard-link.ts'
import { Spread } from './spread.ts'
import type { SpreadParts } from './spread.ts'
import { Waiters } from './waiters.ts'

/** What scoring on threads is made of. */
export interface ShardedScoringParts extends Omit<SpreadParts, 'shards'> {
  readonly channels: readonly Channel[]
  readonly transforms: readonly Transform[]
  readonly clock: Timers
  /** Given the scores that the shards' series write for the history. */
  readonly takeRows: (packet: RowPacket) => void
  /** Owners of this thread copied between two turns of the event loop. */
  readonly ownersPerTurn?: number
}

/** Pieces under way beyond which the next one grows: one at work, one that waits for it. */
const piecesUnderWay = 2

/** Steps at which a piece goes out in any case, so that no thread waits for it. */
const stepsMax = 8_192

/** Steps under way beyond which nothing is taken: the bound on what waits for a thread. */
const stepsUnderWayMax = 4 * stepsMax

/** Owners in a message at the start. */
const ownersPerPacket = 1_000

/** See the head of the file. */
export class ShardedScoring implements Scoring {
  readonly judge: Spread
  readonly #links: readonly ShardLink[]
  readonly #cuts: LedgerCuts
  readonly #waiters = new Waiters()
  /** Sent and not offered, oldest first. */
  readonly #underWay: Piece[] = []
  #stepsUnderWay = 0
  #offer: (batch: ReportBatch) => void = () => undefined
  #broken: (error: unknown) => void = () => undefined

  constructor(all: ShardedScoringParts) {
    const { channels, transforms, clock, takeRows, ownersPerTurn, ...parts } = all
    this.#links = channels.map(
      (channel) =>
        new ShardLink(channel, {
          worked: () => this.#advance(),
          takeRows,
          broken: (error) => this.#fail(error),
        }),
    )
    this.judge = new Spread({ ...parts, shards: channels.length }, this.#newPiece())
    this.#cuts = new LedgerCuts({
      ledger: parts.ledger,
      clock,
      ...(ownersPerTurn === undefined ? {} : { ownersPerTurn }),
      findOwner: (key) => this.#owner(key, transforms),
      owners: () => this.#owners(transforms),
    })
  }

  /** An owner of this thread. */
  #owner(key: string, transforms: readonly Transform[]): KeyedOwner | undefined {
    if (key === idleClockKey) return this.judge.idleClock
    if (key === quotaClockKey) return this.judge.quota.clock
    for (const transform of transforms) {
      const owner = transform.owner?.(key)
      if (owner !== undefined) return owner
    }
    return undefined
  }

  *#owners(transforms: readonly Transform[]): Iterable<KeyedOwner> {
    yield this.judge.idleClock
    yield this.judge.quota.clock
    for (const transform of transforms) yield* transform.owners?.() ?? []
  }

  #newPiece(): Piece {
    return new Piece(this.#links.map((link) => link.newWork()))
  }

  get size(): number {
    return this.judge.size
  }

  get limit(): number {
    return this.judge.limit
  }

  get quotaUse(): QuotaUse {
    return this.judge.quota.use
  }

  get reports(): Report[] {
    return this.judge.piece.reports
  }

  begin(offer: (batch: ReportBatch) => void, broken: (error: unknown) => void): void {
    this.#offer = offer
    this.#broken = broken
    if (this.#waiters.failure !== undefined) broken(this.#waiters.failure.error)
  }

  room(): Promise<void> | undefined {
    const full = this.#stepsUnderWay + this.judge.piece.stepCount >= stepsUnderWayMax
    return full || this.judge.settling ? this.#waiters.advanced() : undefined
  }

  recordTaken(input: string): void {
    const { piece, settling } = this.judge
    piece.endRecord(input)
    if (settling || piece.stepCount >= stepsMax) this.#send()
  }

  flush(): void {
    if (!this.judge.piece.empty && this.#underWay.length < piecesUnderWay) this.#send()
  }

  async offered(): Promise<void> {
    const { piece } = this.judge
    const last = piece.empty ? this.#underWay.at(-1) : piece
    if (last === undefined && this.#waiters.failure === undefined) return
    await this.#waiters.until((resolve) => last?.after.push(resolve))
  }

  #send(): void {
    const { piece } = this.judge
    this.judge.piece = this.#newPiece()
    this.#underWay.push(piece)
    this.#stepsUnderWay += piece.stepCount
    piece.shards.forEach((work, i) => {
      if (!work.empty) this.#links[i]?.send(work, piece)
    })
    if (piece.pending === 0) this.#advance()
  }

  /** Offers the pieces that are answered by all, as far as none before them is not. */
  #advance(): void {
    for (let first = this.#underWay[0]; first?.pending === 0; first = this.#underWay[0]) {
      this.#underWay.shift()
      this.#stepsUnderWay -= first.stepCount
      if (first.marks.length > 0) this.#offer(merged(first, this.judge.labels))
      this.#settle(first)
      first.shards.forEach((work, i) => this.#links[i]?.takeBack(work))
      for (const call of first.after) call()
    }
    this.flush()
    this.#waiters.tellAdvanced()
  }

  /** Lets go of the series that the shards have found idle. */
  #settle(piece: Piece): void {
    for (const { done, words } of piece.shards) {
      for (const key of done?.forgotten ?? []) this.judge.forget(key)
      if (words.some(looksForIdle)) this.judge.settling = false
    }
  }

  #fail(error: unknown): void {
    this.#waiters.fail(error)
    this.#broken(error)
  }

  cut(offered: () => void): Promise<void> {
    if (!this.judge.piece.empty) this.#send()
    void this.#cuts.cut(() => undefined)
    const cut = new Piece([])
    this.#underWay.push(cut)
    for (const link of this.#links) link.cut(cut)
    return this.#waiters.until((resolve) => {
      cut.after.push(() => {
        offered()
        resolve()
      })
    })
  }

  async copies(): Promise<Copies> {
    const mine = await this.#cuts.copies()
    const saved = [...mine.saved]
    const forgotten = [...mine.forgotten]
    for (const [i, link] of this.#links.entries()) {
      const copies = await this.#waiters.or(link.copies())
      for (const packet of copies.packets) {
        for (const owner of unpacked(packet)) if (isOf(i, owner)) saved.push(owner)
      }
      for (const key of copies.forgotten) forgotten.push(key)
    }
    return { saved, forgotten }
  }

  saved(): void {
    this.#cuts.saved()
    for (const link of this.#links) link.say({ do: 'saved' })
  }

  putBack(): void {
    this.#cuts.putBack()
    for (const link of this.#links) link.say({ do: 'put back' })
  }

  lost(): void {
    this.#cuts.lost()
    for (const link of this.#links) link.say({ do: 'lost' })
  }

  async restore(
    owners: readonly SavedOwner[],
    refused: (ownerKey: string, error: unknown) => void,
  ): Promise<number> {
    const parcels = this.#links.map((): SavedOwner[] => [])
    for (const owner of owners) {
      const key = shardKeyOf(owner.ownerKey)
      if (key !== undefined) parcels[this.judge.shardOf(key)]?.push(owner)
      else if (owner.ownerKey === idleClockKey || owner.ownerKey === quotaClockKey) {
        this.#restoreClock(owner, refused)
      } else for (const parcel of parcels) parcel.push(owner)
    }
    await Promise.all(parcels.map((parcel, shard) => this.#restoreIn(shard, parcel, refused)))
    return this.size
  }

  #restoreClock({ ownerKey, sealed }: SavedOwner, refused: Refused): void {
    try {
      const { idleClock, quota } = this.judge
      if (ownerKey === idleClockKey) idleClock.unseal(sealed)
      else quota.clock.unseal(sealed)
    } catch (error) {
      refused(ownerKey, error)
    }
  }

  async #restoreIn(shard: number, parcel: readonly SavedOwner[], refused: Refused): Promise<void> {
    for (let first = 0; first < parcel.length; first += ownersPerPacket) {
      const some = parcel.slice(first, first + ownersPerPacket)
      const ids = some.map(({ ownerKey }) => {
        const key = seriesKeyOf(ownerKey)
        return key === undefined ? -1 : this.judge.place(key).id
      })
      const packet = packed(some)
      const answer = await this.#ask(shard, { do: 'restore', packet, ids }, [packet.buffer])
      if (answer.did !== 'restore') continue
      for (const { pairs, grade } of answer.weighed) {
        const labels = labelsOf(pairs)
        this.judge.weigh(labels.key, labels, grade)
      }
      for (const ownerKey of answer.unwanted) this.judge.forget(seriesKeyOf(ownerKey) ?? '')
      for (const each of answer.refused) {
        this.judge.forget(seriesKeyOf(each.ownerKey) ?? '')
        // One that all shards have is refused by all, and that is said once.
        if (shardKeyOf(each.ownerKey) !== undefined || shard === 0) {
          refused(each.ownerKey, errorOf(each))
        }
      }
    }
  }

  has(key: string): boolean {
    return this.judge.has(key)
  }

  async list(query: SeriesQuery): Promise<SeriesSummary[]> {
    const rows = await this.#askAll(() => ({ do: 'list', query }))
    return rows.sort(summaryOrder).slice(0, query.limit)
  }

  async summaries(keys: readonly string[]): Promise<SeriesSummary[]> {
    const of = (shard: number): string[] => keys.filter((key) => this.judge.shardOf(key) === shard)
    const rows = await this.#askAll((shard) => ({ do: 'summaries', keys: of(shard) }))
    const byKey = new Map(rows.map((row) => [row.key, row]))
    return keys.map((key) => byKey.get(key)).filter((row) => row !== undefined)
  }

  async explain(key: string): Promise<Explanation | undefined> {
    if (!this.has(key)) return undefined
    const answer = await this.#ask(this.judge.shardOf(key), { do: 'explain', key }, [])
    return answer.did === 'explain' ? answer.explanation : undefined
  }

  /** Every shard has the same ones. */
  async silences(): Promise<Silence[]> {
    const answer = await this.#ask(0, { do: 'silences' }, [])
    return answer.did === 'silences' ? answer.silences : []
  }

  async alarmState(alarmId: string): Promise<AlarmState | undefined> {
    const request = { do: 'alarm state', alarmId } as const
    const answers = await Promise.all(this.#links.map((_, i) => this.#ask(i, request, [])))
    for (const answer of answers) {
      if (answer.did === 'alarm state' && answer.state !== undefined) return answer.state
    }
    return undefined
  }

  async #askAll(request: (shard: number) => Request): Promise<SeriesSummary[]> {
    const answers = await Promise.all(this.#links.map((_, i) => this.#ask(i, request(i), [])))
    return answers.flatMap((answer) =>
      'rows' in answer && answer.did !== 'work' ? answer.rows : [],
    )
  }

  #ask(shard: number, request: Request, buffers: readonly ArrayBuffer[]): Promise<Answer> {
    const link = this.#links[shard] as ShardLink
    return this.#waiters.or(link.ask(request, buffers))
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()))
  }
}

/** Whether idle series are forgotten behind a word. */
function looksForIdle({ idleBeforeMs, heavyIdleBeforeMs }: Word): boolean {
  return idleBeforeMs !== undefined || heavyIdleBeforeMs !== undefined
}

type Refused = (ownerKey: string, error: unknown) => void

/** Owners that every shard has are the same in all of them: those of the first are saved. */
function isOf(shard: number, { ownerKey }: SavedOwner): boolean {
  return shard === 0 || shardKeyOf(ownerKey) !== undefined
}

function errorOf({ code, message }: RefusedOwner): Error {
  return code === undefined ? new Error(message) : new ForewarnError(code as ErrorCode, message)
}
