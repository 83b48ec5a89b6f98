/**
 * Rate: turns counters, which only grow, into what they grow by in a second.
 *
 *   rate_t = (c_t - c_s) / (t - s)          s: the sample before t in the same series
 *
 * A counter as such has no normal level, its rate has. The first sample of a series yields nothing.
 *
 *   smaller than the last one   the counter began anew: it has counted c_t since (reset: zero), or
 *                               nothing is said (reset: skip). With wrap: 32 or 64 it has run over
 *                               instead where that makes the smaller step: (c_t - c_s) mod 2ⁿ is
 *                               under half of 2ⁿ
 *   after a gap over the limit  nothing is said: the mean over an outage is not one sample of its
 *                               rate; the next one is counted from here
 *   not newer than the last     refused as duplicate or out_of_order; the state is not touched
 *   far ahead of its arrival    refused as too_far_ahead, or everything after it would be
 *                               out of order
 *   NaN, infinite               goes on as it is, for the gate to refuse
 *
 * No rate is ever negative.
 *
 * Sources: the zero rule and the gap of five minutes are Prometheus' rate() and look-back; the wrap
 * rule is RFC 1982, serial number arithmetic. RRDtool takes every decrease for a wrap and so turns
 * restarts into spikes; hence wrapping is off unless asked for.
 * Cost: O(1) a sample, about 300 bytes and the labels for each series, at most `limit` of them.
 * Series that are silent for `idle_after` are forgotten, at ticks only.
 */

import { LabelsCache } from '../core/labels-cache.ts'
import { fieldLabel, nameLabel } from '../core/labels.ts'
import { readLabels, writeLabels } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, Mark, SavedOwner } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { PositionMemory } from '../core/position-memory.ts'
import { rejection, rejectionReasons } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { Report } from '../core/report.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import { openedSnapshot, sealedSnapshot } from '../core/snapshot.ts'
import type { Slab } from '../core/slab.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Transform } from './transform.ts'

const dayMs = 86_400_000

export const rateOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'Which series are counters. All others go through untouched.',
  },
  suffix: {
    kind: 'text',
    default: '_per_second',
    about: 'Put behind the field of the series, or behind its name where it has no field.',
  },
  reset: {
    kind: 'choice',
    words: ['zero', 'skip'],
    default: 'zero',
    about:
      'A counter that falls has begun anew: count from zero, or skip that step. What came ' +
      'between the last sample and the restart is lost, so counting from zero says less than was.',
  },
  wrap: {
    kind: 'choice',
    words: ['none', '32', '64'],
    default: 'none',
    about: 'Bits after which the counter runs over to zero, as those of old SNMP devices do.',
  },
  gapMs: {
    kind: 'duration',
    min: 1,
    max: 3650 * dayMs,
    default: 300_000,
    about: 'After a silence longer than this nothing is said, and counting begins anew.',
  },
  acceptedLeadMs: {
    kind: 'duration',
    min: 0,
    max: 3650 * dayMs,
    default: 600_000,
    about: 'Samples further in the future than this when they arrive are refused.',
  },
  limit: {
    kind: 'integer',
    min: 1,
    max: 10_000_000,
    default: 100_000,
    about: 'At most this many counters; samples of further ones are refused and counted.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 1000,
    max: 3650 * dayMs,
    default: dayMs,
    about: 'A counter that sent nothing for this long is forgotten.',
  },
} as const satisfies OptionSpecs

export type RateOptions = OptionsOf<typeof rateOptions>

/** Kind of a counter's snapshot. */
const counterKind = 'rate'

/** Share of `idleAfterMs` between two searches for idle counters. */
const idleChecksPerPeriod = 16

/** The last sample of one counter, and the positions that it has taken. */
class Counter implements KeyedOwner {
  readonly ownerKey: string
  mark: Mark = 'clean'
  readonly positions = new PositionMemory()
  /** Labels of the counter, for the snapshot. */
  readonly labels: Labels
  /** Labels of its rate. */
  readonly rateLabels: Labels
  /** NaN until there is a sample. */
  lastMs = NaN
  lastNs = 0
  lastValue = 0
  /** The last tick before the last sample; 0 where there was none. */
  touchedMs = 0
  forgotten = false

  constructor(labels: Labels, suffix: string, prefix: string) {
    this.ownerKey = prefix + labels.key
    this.labels = labels
    const name = labels.field === '' ? nameLabel : fieldLabel
    const text = labels.get(name) ?? ''
    this.rateLabels = suffix === '' ? labels : labels.with([[name, text + suffix]])
  }

  /** Milliseconds from the last sample to this one; NaN for the first. */
  elapsedMs(observation: Observation): number {
    const { timestampMs, remainderNs } = observation
    return timestampMs - this.lastMs + (remainderNs - this.lastNs) / 1e6
  }

  keep({ timestampMs, remainderNs, value }: Observation): void {
    this.lastMs = timestampMs
    this.lastNs = remainderNs
    this.lastValue = value
  }

  sealed(slab?: Slab): Uint8Array {
    const head = { kind: counterKind, version: 1, digest: 0, lastTimestampMs: this.lastMs }
    const write = (writer: SnapshotWriter): void => {
      writeLabels(this.labels, writer)
      this.snapshot(writer)
    }
    return sealedSnapshot(head, write, slab)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.lastMs)
    writer.float64(this.lastNs)
    writer.float64(this.lastValue)
    writer.float64(this.touchedMs)
    this.positions.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.lastMs = reader.float64()
    this.lastNs = reader.float64()
    this.lastValue = reader.float64()
    this.touchedMs = reader.float64()
    this.positions.restore(reader)
  }
}

/** See the head of the file. */
export class Rate implements Transform {
  readonly #options: RateOptions
  readonly #match: SeriesPattern
  readonly #counters = new Map<string, Counter>()
  /** Null: not a counter. */
  readonly #found = new LabelsCache<Counter | null>()
  #tickMs = 0
  #nextIdleCheckMs = 0
  #ledger: Ledger | undefined
  #prefix = ''

  constructor(options: RateOptions) {
    this.#options = options
    this.#match = new SeriesPattern(options.match)
  }

  /** Counters held. */
  get size(): number {
    return this.#counters.size
  }

  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void {
    for (const observation of input) {
      const counter = this.#counter(observation.labels)
      if (counter === null) output.push(observation)
      else if (counter === undefined) refused?.push(refusal(observation, 'series_limit'))
      else {
        this.#ledger?.touch(counter)
        const fresh = counter.positions.take(observation.origin, observation.index)
        if (fresh) this.#count(counter, observation, output, refused)
      }
    }
  }

  /** The counter of these labels, null where they are none, undefined where there is no room. */
  #counter(labels: Labels): Counter | null | undefined {
    const found = this.#found.get(labels)
    if (found === null || (found !== undefined && !found.forgotten)) return found
    if (!this.#match.matches(labels)) {
      this.#found.set(labels, null)
      return null
    }
    let counter = this.#counters.get(labels.key)
    if (counter === undefined) {
      if (this.#counters.size >= this.#options.limit) return undefined
      counter = new Counter(labels, this.#options.suffix, this.#prefix)
      this.#counters.set(labels.key, counter)
    }
    this.#found.set(labels, counter)
    return counter
  }

  #count(
    counter: Counter,
    observation: Observation,
    output: Observation[],
    refused: Report[] | undefined,
  ): void {
    const { timestampMs, remainderNs, value, origin, index } = observation
    const labels = counter.rateLabels
    if (!Number.isFinite(value)) {
      output.push({ labels, timestampMs, remainderNs, value, origin, index })
      return
    }
    const elapsedMs = counter.elapsedMs(observation)
    const reason = this.#unfit(elapsedMs, timestampMs - origin.receivedMs)
    if (reason !== undefined) {
      refused?.push(refusal(observation, reason))
      return
    }
    const increase = this.#increase(counter.lastValue, value)
    counter.keep(observation)
    counter.touchedMs = this.#tickMs
    if (!(elapsedMs <= this.#options.gapMs) || increase < 0) return
    const rate = (increase / elapsedMs) * 1000
    output.push({ labels, timestampMs, remainderNs, value: rate, origin, index })
  }

  /** Why the time alone is refused, or undefined. */
  #unfit(elapsedMs: number, leadMs: number): RejectionReason | undefined {
    if (leadMs > this.#options.acceptedLeadMs) return 'too_far_ahead'
    if (elapsedMs === 0) return 'duplicate'
    return elapsedMs < 0 ? 'out_of_order' : undefined
  }

  /** What was counted between two values; negative where it cannot be said. */
  #increase(last: number, value: number): number {
    if (value >= last) return value - last
    if (this.#options.wrap !== 'none') {
      const range = this.#options.wrap === '32' ? 2 ** 32 : 2 ** 64
      const step = value - last + range
      if (last <= range && value >= 0 && step < range / 2) return step
    }
    return this.#options.reset === 'zero' ? value : -1
  }

  /** Forgets idle counters. */
  tick(timestampMs: number): void {
    if (timestampMs > this.#tickMs) this.#tickMs = timestampMs
    if (this.#tickMs < this.#nextIdleCheckMs) return
    const { idleAfterMs } = this.#options
    this.#nextIdleCheckMs = this.#tickMs + idleAfterMs / idleChecksPerPeriod
    for (const [key, counter] of this.#counters) {
      if (counter.touchedMs === 0) counter.touchedMs = this.#tickMs
      else if (this.#tickMs - counter.touchedMs > idleAfterMs) {
        counter.forgotten = true
        this.#ledger?.forget(counter)
        this.#counters.delete(key)
      }
    }
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#tickMs)
    writer.float64(this.#nextIdleCheckMs)
    writer.uint32(this.#counters.size)
    for (const counter of this.#counters.values()) {
      writeLabels(counter.labels, writer)
      counter.snapshot(writer)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#tickMs = reader.float64()
    this.#nextIdleCheckMs = reader.float64()
    const counters = reader.uint32()
    for (let i = 0; i < counters; i++) this.#restoreCounter(reader)
  }

  #restoreCounter(reader: SnapshotReader): void {
    const counter = new Counter(readLabels(reader), this.#options.suffix, this.#prefix)
    counter.restore(reader)
    this.#counters.set(counter.labels.key, counter)
  }

  attach(ledger: Ledger, prefix: string): void {
    this.#ledger = ledger
    this.#prefix = prefix
  }

  recover({ ownerKey, sealed }: SavedOwner): boolean {
    if (!ownerKey.startsWith(this.#prefix)) return false
    const { head, body } = openedSnapshot(sealed)
    if (head.kind !== counterKind) return false
    this.#restoreCounter(body)
    return true
  }

  owners(): Iterable<KeyedOwner> {
    return this.#counters.values()
  }

  owner(ownerKey: string): KeyedOwner | undefined {
    if (!ownerKey.startsWith(this.#prefix)) return undefined
    return this.#counters.get(ownerKey.slice(this.#prefix.length))
  }
}

function refusal(observation: Observation, reason: RejectionReason): Report {
  const { labels, timestampMs, value, origin } = observation
  const refused = rejection(reason, `rate: ${rejectionReasons[reason]}`, `${labels.key} ${value}`)
  return { kind: 'rejection', ...refused, labels, timestampMs, origin }
}
