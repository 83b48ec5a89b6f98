/**
 * The alarm of one series: a state machine over decisions.
 *
 *                 N of the last M            condition held
 *                 samples anomalous          for holdMs
 *   inactive ─────────────────────▶ pending ───────────────▶ firing
 *      ▲  ▲                            │                        │ condition gone for keepFiringMs,
 *      │  └────── condition gone ──────┘                        ▼ or no sample for absentMs (tick)
 *      └───────────────────── next sample ───────────────── resolved
 *
 * Words and meaning follow Prometheus' alerts (`for`, `keep_firing_for`). Time is the samples' own,
 * so a replay of yesterday raises yesterday's alarms; only the absence of samples is noticed by
 * ticks. One rule object is shared by all series that it matches.
 *
 * Cost: O(1) a sample; a dozen words of state.
 */

import type { AlarmState, Severity } from '../core/report.ts'
import type { Owner, SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { Attention } from './attention.ts'
import type { AlarmNames } from './attention.ts'
import type { Decision } from './decision.ts'
import type { AlarmRule } from './rule.ts'

const states: readonly AlarmState[] = ['inactive', 'pending', 'firing', 'resolved']
const severities: readonly Severity[] = ['info', 'warning', 'critical']

/** State machine of one series' alarm. */
export class Alarm implements Owner {
  #state: AlarmState = 'inactive'
  /** Decisions of the last 31 samples, the newest in bit 0; 1 = anomalous. */
  #history = 0
  #startedMs = 0
  #sinceMs = 0
  #lastAnomalousMs = 0
  #masked = 0
  #attention: Attention | undefined

  get state(): AlarmState {
    return this.#state
  }

  /** Pending or firing. */
  get active(): boolean {
    return this.#state === 'pending' || this.#state === 'firing'
  }

  /** First anomalous sample of the present or last alarm, Unix milliseconds. */
  get startedMs(): number {
    return this.#startedMs
  }

  /** What people know and say of the present or last alarm, which is called `names()`. */
  attention(names: () => AlarmNames): Attention {
    if (this.#attention?.startedMs !== this.#startedMs) {
      this.#attention = new Attention(names(), this.#startedMs)
    }
    return this.#attention
  }

  /** Whether the next sample is to be learned, by the state before it. */
  learning(rule: AlarmRule): 'on' | 'masked' {
    return this.#state === 'firing' && this.#masked < rule.maskedSamples ? 'masked' : 'on'
  }

  /**
   * Takes the decision on one sample; true if the state changed so that somebody should hear of it:
   * that a resolved alarm is inactive again is no news.
   */
  update(decision: Decision, timestampMs: number, rule: AlarmRule): boolean {
    if (decision === 'undecided') return false
    if (this.#state === 'inactive' && this.#history === 0 && decision === 'quiet') return false
    const before = this.#state
    if (before === 'resolved') this.#state = 'inactive'
    if (before === 'firing') this.#masked++
    this.#remember(decision, timestampMs, rule)
    const holds = ones(this.#history) >= rule.needed
    if (holds) this.#rise(timestampMs, rule)
    else this.#fall(timestampMs, rule)
    return this.#state !== before && !(before === 'resolved' && this.#state === 'inactive')
  }

  #remember(decision: Decision, timestampMs: number, rule: AlarmRule): void {
    const window = 2 ** Math.max(rule.windowSamples, rule.needed) - 1
    const fresh = this.#history === 0
    this.#history = ((this.#history << 1) & window) | (decision === 'anomalous' ? 1 : 0)
    if (decision !== 'anomalous') return
    if (fresh && !this.active) this.#startedMs = timestampMs
    this.#lastAnomalousMs = timestampMs
  }

  #rise(timestampMs: number, rule: AlarmRule): void {
    if (this.#state === 'inactive') {
      this.#state = 'pending'
      this.#sinceMs = timestampMs
    }
    if (this.#state === 'pending' && timestampMs - this.#sinceMs >= rule.holdMs) {
      this.#state = 'firing'
      this.#masked = 0
    }
  }

  #fall(timestampMs: number, rule: AlarmRule): void {
    if (this.#state === 'pending') this.#state = 'inactive'
    else if (this.#state !== 'firing') return
    else if (timestampMs - this.#lastAnomalousMs >= rule.keepFiringMs) this.#resolve()
  }

  #resolve(): void {
    this.#state = 'resolved'
    this.#history = 0
  }

  /**
   * Takes a tick; true if a firing alarm resolved because its series went silent. Silence is
   * counted from when the last sample was received: one of yesterday is no silence of a day.
   */
  tick(timestampMs: number, lastReceivedMs: number, rule: AlarmRule): boolean {
    if (this.#state !== 'firing' || rule.absentMs === 0) return false
    if (timestampMs - lastReceivedMs < rule.absentMs) return false
    this.#resolve()
    return true
  }

  /** Its series is judged no more; true if somebody should hear of it. */
  end(): boolean {
    if (!this.active) return false
    if (this.#state === 'firing') this.#resolve()
    else this.#state = 'inactive'
    return true
  }

  snapshot(writer: SnapshotWriter): void {
    writer.uint8(states.indexOf(this.#state))
    writer.uint32(this.#history)
    writer.float64(this.#startedMs)
    writer.float64(this.#sinceMs)
    writer.float64(this.#lastAnomalousMs)
    writer.uint32(this.#masked)
    writer.boolean(this.#attention !== undefined)
    if (this.#attention === undefined) return
    const { alarmId, rule, severity } = this.#attention.names
    writer.string(alarmId)
    writer.string(rule)
    writer.uint8(severities.indexOf(severity))
    writer.float64(this.#attention.startedMs)
    this.#attention.snapshot(writer)
  }

  restore(reader: SnapshotReader): void {
    this.restoreMachine(reader)
    if (!reader.boolean()) return
    const alarmId = reader.string()
    const rule = reader.string()
    const severity = severities[reader.uint8()] ?? 'warning'
    this.#restoreAttention({ alarmId, rule, severity }, reader)
  }

  /** The same from layouts that did not keep rule and severity: those of now are taken. */
  restoreUnnamed(reader: SnapshotReader, now: Omit<AlarmNames, 'alarmId'>): void {
    this.restoreMachine(reader)
    if (reader.boolean()) this.#restoreAttention({ ...now, alarmId: reader.string() }, reader)
  }

  #restoreAttention(names: AlarmNames, reader: SnapshotReader): void {
    this.#attention = new Attention(names, reader.float64())
    this.#attention.restore(reader)
  }

  /** The state machine alone, as the first layout had it: nobody could say anything then. */
  restoreMachine(reader: SnapshotReader): void {
    this.#state = states[reader.uint8()] ?? 'inactive'
    this.#history = reader.uint32()
    this.#startedMs = reader.float64()
    this.#sinceMs = reader.float64()
    this.#lastAnomalousMs = reader.float64()
    this.#masked = reader.uint32()
  }
}

/** Number of set bits. Source: Warren, Hacker's Delight, figure 5-2. */
function ones(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
