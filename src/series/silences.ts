/**
 * Silences: alarms that people do not want to be told of for a while.
 *
 *   silence ──▶ held until its time is over (at a tick of its own partition, the only ones that
 *               have a place in the order of its records) or somebody ends it
 *
 * A silenced alarm is still an alarm: it is scored, kept and shown, with the silence that holds it
 * back. Only sinks that call people pass it over. One silence stands for one pattern of series or
 * for one alarm; of several that fit, the one that ends last holds.
 *
 * They are an owner of their own, saved like a series, and take each record once. Every shard of
 * the series holds the same ones: a control record goes to all.
 *
 * Meaning as in Alertmanager's silences: matchers, a time, who and why; an alarm that still fires
 * when its silence is over is told then.
 *
 * Cost: one pattern a silence for each change of an alarm; at most `silencesMax` of them.
 */

import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Mark } from '../core/ledger.ts'
import type { Origin } from '../core/observation.ts'
import { PositionMemory, viaName } from '../core/position-memory.ts'
import type { SilenceEndRecord, SilenceRecord } from '../core/record.ts'
import type { SilenceMark } from '../core/report.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import type { SeriesPatternText } from '../core/series-pattern.ts'
import { sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/**
 * At most so many at once: a thousand patterns cost about 0.3 ms for each change of an alarm, and
 * nobody keeps more in mind.
 */
export const silencesMax = 1_000

/** Kind of their snapshot, and key of the owner. */
export const silencesKind = 'silences'

/**
 * Places of ticks and words in their payload. Without a log the two share a partition and may come
 * in the same millisecond: then the word counts as the later one, and is not taken for a repeat.
 */
const tickIndex = 0
const wordIndex = 1

/** One silence. */
export interface Silence extends SilenceMark {
  /** Series that it is about; where `alarmId` is not empty, that alarm alone. */
  readonly match: SeriesPatternText
  readonly alarmId: string
  readonly createdMs: number
  readonly text: string
}

interface Held {
  readonly silence: Silence
  /** The partition that it came in by: that of the ticks which end it. */
  readonly partition: string
  readonly pattern: SeriesPattern | undefined
}

/** See the head of the file. */
export class Silences implements KeyedOwner {
  readonly ownerKey = silencesKind
  mark: Mark = 'clean'
  readonly #positions = new PositionMemory()
  readonly #held = new Map<string, Held>()
  /** When the next one is over; Infinity where there is none. */
  #nextEndMs = Infinity

  get count(): number {
    return this.#held.size
  }

  /** All that hold, oldest first. */
  all(): Silence[] {
    return [...this.#held.values()].map(({ silence }) => silence)
  }

  /** Whether a tick ends one: only then is anything changed by it. */
  due(timestampMs: number, origin: Origin): boolean {
    if (timestampMs < this.#nextEndMs || this.#positions.passed(origin)) return false
    return this.#overAt(timestampMs, origin).size > 0
  }

  #overAt(timestampMs: number, { partition }: Origin): Set<string> {
    const over = new Set<string>()
    for (const [id, held] of this.#held) {
      const here = held.partition === partition || held.partition === viaName(partition)
      if (here && held.silence.untilMs <= timestampMs) over.add(id)
    }
    return over
  }

  /** True where there is room for one more, or it takes the place of one that is there. */
  hasRoomFor(silenceId: string): boolean {
    return this.#held.size < silencesMax || this.#held.has(silenceId)
  }

  /** Takes a record once; the ids of the silences that changed by it. */
  take(record: SilenceRecord | SilenceEndRecord): Set<string> {
    const changed = new Set<string>()
    if (!this.#positions.take(record.origin, wordIndex)) return changed
    if (record.action === 'end_silence') {
      if (this.#held.delete(record.silenceId)) changed.add(record.silenceId)
    } else if (this.hasRoomFor(record.silenceId)) {
      const before = this.#held.get(record.silenceId)?.silence
      const { via, partition } = record.origin
      this.#hold(silenceOf(record, before), via?.name ?? partition)
      changed.add(record.silenceId)
    }
    this.#look()
    return changed
  }

  /** Ends those whose time is over; their ids. To be called where one is due. */
  tick(timestampMs: number, origin: Origin): Set<string> {
    this.#positions.take(origin, tickIndex)
    const ended = this.#overAt(timestampMs, origin)
    for (const id of ended) this.#held.delete(id)
    this.#look()
    return ended
  }

  #hold(silence: Silence, partition: string): void {
    const pattern = silence.alarmId === '' ? new SeriesPattern(silence.match) : undefined
    this.#held.set(silence.silenceId, { silence, partition, pattern })
  }

  #look(): void {
    this.#nextEndMs = Infinity
    for (const { silence } of this.#held.values()) {
      this.#nextEndMs = Math.min(this.#nextEndMs, silence.untilMs)
    }
  }

  /** The silence that holds an alarm back: of several the one that ends last, or undefined. */
  of(labels: Labels, alarmId: string): SilenceMark | undefined {
    let last: Silence | undefined
    for (const held of this.#held.values()) {
      if (last !== undefined && held.silence.untilMs <= last.untilMs) continue
      if (isAbout(held, labels, alarmId)) last = held.silence
    }
    if (last === undefined) return undefined
    const { silenceId, who, untilMs } = last
    return { silenceId, who, untilMs }
  }

  /** True where one of these silences holds and is about the alarm. */
  concerns(ids: ReadonlySet<string>, labels: Labels, alarmId: string): boolean {
    for (const id of ids) {
      const held = this.#held.get(id)
      if (held !== undefined && isAbout(held, labels, alarmId)) return true
    }
    return false
  }

  sealed(): Uint8Array {
    const head = { kind: silencesKind, version: 1, digest: 0, lastTimestampMs: 0 }
    return sealedSnapshot(head, (writer) => this.snapshot(writer))
  }

  snapshot(writer: SnapshotWriter): void {
    this.#positions.snapshot(writer)
    writer.uint32(this.#held.size)
    for (const { silence, partition } of this.#held.values()) {
      writer.string(partition)
      writer.string(silence.silenceId)
      writer.string(JSON.stringify(silence.match))
      writer.string(silence.alarmId)
      writer.string(silence.who)
      writer.string(silence.text)
      writer.float64(silence.createdMs)
      writer.float64(silence.untilMs)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#positions.restore(reader)
    const count = reader.uint32()
    for (let i = 0; i < count; i++) {
      const partition = reader.string()
      const silenceId = reader.string()
      const match = JSON.parse(reader.string()) as SeriesPatternText
      const alarmId = reader.string()
      const who = reader.string()
      const text = reader.string()
      const createdMs = reader.float64()
      const untilMs = reader.float64()
      this.#hold({ silenceId, match, alarmId, who, text, createdMs, untilMs }, partition)
    }
    this.#look()
  }
}

/** One that is changed keeps the time at which it was made. */
function silenceOf(record: SilenceRecord, before: Silence | undefined): Silence {
  const { silenceId, match, alarmId, who, text, untilMs, origin } = record
  const createdMs = before?.createdMs ?? origin.receivedMs
  return { silenceId, match, alarmId, who, text, createdMs, untilMs }
}

function isAbout({ silence, pattern }: Held, labels: Labels, alarmId: string): boolean {
  return pattern === undefined ? silence.alarmId === alarmId : pattern.matches(labels)
}
