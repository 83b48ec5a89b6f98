/**
 * The alarms that the page shows: those that are up, the last ones that are over, and the changes
 * between, numbered, so that a reader can catch up.
 *
 * Cost: O(1) a change; three times `alarmsMax` entries.
 */

import { changedEntry } from '../../core/alarm-entry.ts'
import type { AlarmBoard, AlarmEntry } from '../../core/feed.ts'
import type { AlarmReport } from '../../core/report.ts'

interface Change {
  readonly sequence: number
  readonly entry: AlarmEntry
}

/** See the head of the file. */
export class AlarmLedger {
  readonly #alarmsMax: number
  /** By alarm id, oldest first. */
  readonly #active = new Map<string, AlarmEntry>()
  /** By alarm id, first ended first. */
  readonly #past = new Map<string, AlarmEntry>()
  /** Oldest first. */
  readonly #changes: Change[] = []
  /** Sequence of the newest change that is not kept any more. */
  #lostSequence = 0
  #unlisted = 0

  constructor(alarmsMax: number) {
    this.#alarmsMax = alarmsMax
  }

  take(report: AlarmReport, sequence: number): void {
    if (report.news === 'labelled' && this.#relabel(report, sequence)) return
    // After `resolved` a series says `inactive` of the same alarm: it was over before.
    if (report.state === 'inactive' && this.#past.has(report.alarmId)) return
    const entry = changedEntry(this.#active.get(report.alarmId), report)
    if (entry.endedMs === null) this.#raise(entry)
    else this.#end(entry)
    this.#note({ sequence, entry })
  }

  #note(change: Change): void {
    this.#changes.push(change)
    if (this.#changes.length <= this.#alarmsMax) return
    this.#lostSequence = this.#changes.shift()?.sequence ?? this.#lostSequence
  }

  /** What somebody says of an alarm that is over; true where it is not up. */
  #relabel({ alarmId, label }: AlarmReport, sequence: number): boolean {
    if (this.#active.has(alarmId)) return false
    const known = this.#past.get(alarmId)
    if (known === undefined) return true
    const entry = { ...known, label: label ?? null }
    this.#past.set(alarmId, entry)
    this.#note({ sequence, entry })
    return true
  }

  #raise(entry: AlarmEntry): void {
    this.#active.set(entry.alarmId, entry)
    if (this.#active.size <= this.#alarmsMax) return
    this.#forgetFirst(this.#active)
    this.#unlisted++
  }

  #end(entry: AlarmEntry): void {
    const listed = this.#active.delete(entry.alarmId)
    if (!listed && this.#unlisted > 0) this.#unlisted--
    if (entry.state !== 'resolved') return
    this.#past.delete(entry.alarmId)
    this.#past.set(entry.alarmId, entry)
    if (this.#past.size > this.#alarmsMax) this.#forgetFirst(this.#past)
  }

  #forgetFirst(entries: Map<string, AlarmEntry>): void {
    for (const id of entries.keys()) {
      entries.delete(id)
      return
    }
  }

  board(): AlarmBoard {
    const active = [...this.#active.values()].reverse()
    return { active, past: [...this.#past.values()].reverse(), unlisted: this.#unlisted }
  }

  /** Entries changed after a sequence number, oldest change first; undefined where too old. */
  changedAfter(sequence: number): AlarmEntry[] | undefined {
    if (sequence < this.#lostSequence) return undefined
    const fresh: AlarmEntry[] = []
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i]
      if (change === undefined || change.sequence <= sequence) break
      fresh.push(change.entry)
    }
    return fresh.reverse()
  }
}
