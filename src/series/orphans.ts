/**
 * Orphans: alarms that were up when their series was left behind, because the configuration has
 * changed: no rule wants it any more, or its rule has another detector or other options, so that it
 * begins anew. Somebody was told that they began; so somebody must be told that they are over.
 *
 *   restore ──▶ waits ──tick of its partition──▶ told ──saved──▶ forgotten
 *
 * They end at ticks and not at the restore, because a tick has a place in the input: after a crash
 * the same tick ends them again, under the same report id. Each is an owner of its own. What the
 * series had saved goes with the checkpoint that first saves the orphan, and an orphan goes only
 * once it is saved as told; so none is told twice and none is lost.
 */

import type { Alarm } from '../alarm/alarm.ts'
import { readLabels, writeLabels } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, Mark } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { alarmReport, wordsOf } from './alarm-report.ts'
import type { Cause } from './alarm-report.ts'
import { seriesLayout } from './layout.ts'
import { orphanKeyOf } from './owner-key.ts'
import { readFront, writeFront } from './series-front.ts'
import type { SeriesFront } from './series-front.ts'

/** Why a series was left behind, in words. */
export const orphanReasons = {
  changed: 'its rule was changed, so the series begins anew',
  removed: 'no rule is for the series any more',
} as const

export type OrphanReason = keyof typeof orphanReasons

/** What the alarm of an earlier layout is called, which did not say it. */
const names = { rule: '', severity: 'warning' } as const

const reasons = Object.keys(orphanReasons) as readonly OrphanReason[]

/** The id of an alarm that has been reported has been asked for, so its names are held. */
function unnamed(): never {
  throw new Error('an alarm is up and was never reported')
}

/** An alarm that its series has left behind. */
class Orphan implements KeyedOwner {
  readonly ownerKey: string
  readonly labels: Labels
  mark: Mark = 'clean'
  readonly #front: SeriesFront
  readonly #alarm: Alarm
  readonly #reason: OrphanReason

  constructor(labels: Labels, front: SeriesFront, alarm: Alarm, reason: OrphanReason) {
    this.labels = labels
    this.#front = front
    this.#alarm = alarm
    this.#reason = reason
    this.ownerKey = orphanKeyOf(alarm.attention(unnamed).alarmId, labels.key)
  }

  /** Whether its end has been reported. */
  get told(): boolean {
    return !this.#alarm.active
  }

  /** Whether a tick counts for it, as for the series before. */
  hears({ origin }: Cause): boolean {
    return this.#front.positions.endsBefore(origin)
  }

  /** Its end. */
  report(at: Cause): Report {
    this.#alarm.end()
    const attention = this.#alarm.attention(unnamed)
    const { lastValue, lastScore } = this.#front
    const words = { ...wordsOf(lastValue, lastScore), reason: orphanReasons[this.#reason] }
    const silenced = attention.told ? undefined : attention.silence
    const judged = { labels: this.labels, rule: { detector: '' } }
    return alarmReport(judged, this.#alarm, attention, { at, words, silenced })
  }

  sealed(): Uint8Array {
    const head = { kind: 'orphan', version: seriesLayout, digest: 0, lastTimestampMs: 0 }
    return sealedSnapshot(head, (writer) => this.snapshot(writer))
  }

  snapshot(writer: SnapshotWriter): void {
    writeLabels(this.labels, writer)
    writer.uint8(reasons.indexOf(this.#reason))
    writeFront(this.#front, writer)
  }

  restore(): void {
    throw new Error('an orphan is made of what it saved')
  }
}

/** What a series saved, from its labels on. */
export interface LeftSeries {
  readonly labels: Labels
  /** Behind the labels. */
  readonly body: SnapshotReader
  /** As in `layout.ts`. */
  readonly layout: number
  readonly reason: OrphanReason
}

/** See the head of the file. */
export class Orphans {
  readonly #ledger: Ledger
  readonly #byKey = new Map<string, Orphan>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /**
   * Takes what a series saved that goes on no more; true where its alarm was up. In the first
   * layout alarms had no names: those are let go.
   */
  take({ labels, body, layout, reason }: LeftSeries): boolean {
    if (layout === 1 || layout > seriesLayout) return false
    const front = { ...readFront(body, { labels, layout, names }), waiting: noneWaiting }
    if (front.alarm?.active !== true) return false
    const orphan = new Orphan(labels, front, front.alarm, reason)
    if (this.#byKey.has(orphan.ownerKey)) return true
    this.#byKey.set(orphan.ownerKey, orphan)
    this.#ledger.touch(orphan)
    return true
  }

  /** Takes a saved orphan back. Throws ERR_SNAPSHOT_DAMAGED. */
  restore(sealed: Uint8Array): void {
    const { head, body } = openedSnapshot(sealed)
    const labels = readLabels(body)
    const reason = reasons[body.uint8()] ?? 'changed'
    const front = readFront(body, { labels, layout: head.version, names })
    if (front.alarm === undefined) return
    const orphan = new Orphan(labels, front, front.alarm, reason)
    this.#byKey.set(orphan.ownerKey, orphan)
  }

  /** Ends those for which the tick counts; appends reports. */
  tick(at: Cause, reports: Report[]): void {
    for (const orphan of this.#byKey.values()) {
      if (!orphan.told && orphan.hears(at)) {
        this.#ledger.touch(orphan)
        reports.push(orphan.report(at))
      } else if (orphan.told && orphan.mark === 'clean') {
        this.#byKey.delete(orphan.ownerKey)
        this.#ledger.forget(orphan)
      }
    }
  }

  owner(ownerKey: string): KeyedOwner | undefined {
    return this.#byKey.get(ownerKey)
  }

  owners(): Iterable<KeyedOwner> {
    return this.#byKey.values()
  }
}

/** What waited to be judged is judged by nobody. */
const noneWaiting: readonly Observation[] = []
