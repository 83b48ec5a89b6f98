/**
 * One group of a rollup: its open windows, and how far each of its inputs has come.
 *
 *             closed │ open                                 │ not there yet
 *   ─────────────────┼──────────┬──────────┬──────────┬─────┴────────▶ event time
 *              closedUntil   window     window     latest
 *
 *   watermark = min over the inputs that are not idle of (latest sample) - allowed lateness
 *
 * A window is closed once the watermark has reached its end. So a window waits for the slowest
 * input, until ticks find that one idle.
 */

import type { Labels } from '../../core/labels.ts'
import { writeLabels } from '../../core/labels.ts'
import type { KeyedOwner, Mark } from '../../core/ledger.ts'
import type { Observation, Origin } from '../../core/observation.ts'
import { PositionMemory } from '../../core/position-memory.ts'
import { sealedSnapshot } from '../../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { InputWindow } from './window.ts'
import type { InputNeeds } from './window.ts'

/** Kind of a group's snapshot. */
export const groupKind = 'rollup'

/** What all groups of a rollup have in common. */
export interface GroupShape {
  readonly windowMs: number
  readonly latenessMs: number
  readonly openWindowsMax: number
  readonly needs: readonly InputNeeds[]
  /** Hash of inputs, fields and window: states of another shape cannot be read. */
  readonly digest: number
}

/** A window that was closed. */
export interface ClosedWindow {
  readonly startMs: number
  readonly inputs: readonly InputWindow[]
}

interface InputState {
  /** Its latest sample. -Infinity: none yet. */
  latestMs: number
  /** When it last received one. */
  receivedMs: number
  /** Found idle by a tick, and silent since. */
  idle: boolean
}

/** See the head of the file. */
export class RollupGroup implements KeyedOwner {
  readonly ownerKey: string
  mark: Mark = 'clean'
  readonly positions = new PositionMemory()
  readonly labels: Labels
  /** Labels of its outputs, one a field. */
  readonly outputs: readonly Labels[]
  readonly #shape: GroupShape
  readonly #inputs: InputState[]
  /** By start. */
  readonly #windows = new Map<number, InputWindow[]>()
  #closedUntilMs = -Infinity
  /** Where the last window was emitted, and how many there so far: their index. */
  #emittedOffset = -1
  #emittedCount = 0
  /** The last tick before the last sample; 0 where there was none. */
  touchedMs = 0
  forgotten = false

  constructor(labels: Labels, outputs: readonly Labels[], shape: GroupShape, prefix: string) {
    this.ownerKey = prefix + labels.key
    this.labels = labels
    this.outputs = outputs
    this.#shape = shape
    this.#inputs = shape.needs.map(() => ({ latestMs: -Infinity, receivedMs: NaN, idle: false }))
  }

  /** Adds a sample to its window; false where that is closed already. */
  add(input: number, { timestampMs, remainderNs, value, origin }: Observation): boolean {
    const { windowMs, needs } = this.#shape
    const startMs = Math.floor(timestampMs / windowMs) * windowMs
    const state = this.#inputs[input] as InputState
    for (const each of this.#inputs) {
      if (Number.isNaN(each.receivedMs)) each.receivedMs = origin.receivedMs
    }
    state.receivedMs = origin.receivedMs
    state.idle = false
    if (startMs < this.#closedUntilMs) return false
    if (timestampMs > state.latestMs) state.latestMs = timestampMs
    let window = this.#windows.get(startMs)
    if (window === undefined) {
      window = needs.map((each) => new InputWindow(each))
      this.#windows.set(startMs, window)
    }
    window[input]?.add(value, timestampMs, remainderNs)
    return true
  }

  /** Closes and hands out what the watermark has passed, oldest first. */
  closed(): ClosedWindow[] {
    const awake = this.#inputs.filter(({ idle }) => !idle)
    // All idle: nothing is waited for.
    const watermarkMs =
      awake.length === 0
        ? Infinity
        : Math.min(...awake.map(({ latestMs }) => latestMs)) - this.#shape.latenessMs
    const { windowMs, openWindowsMax } = this.#shape
    const surplus = this.#windows.size - openWindowsMax
    if (surplus <= 0 && this.#closedUntilMs + windowMs > watermarkMs) return []
    const starts = [...this.#windows.keys()].sort((a, b) => a - b)
    const due = starts.filter((start, i) => start + windowMs <= watermarkMs || i < surplus)
    return due.map((startMs) => {
      const inputs = this.#windows.get(startMs) as InputWindow[]
      this.#windows.delete(startMs)
      this.#closedUntilMs = startMs + windowMs
      return { startMs, inputs }
    })
  }

  /** Finds the inputs that are silent at this tick; true if there is a new one. */
  rest(tickMs: number, idleAfterMs: number): boolean {
    let found = false
    for (const each of this.#inputs) {
      if (each.idle || !(tickMs - each.receivedMs > idleAfterMs)) continue
      each.idle = true
      found = true
    }
    return found
  }

  /**
   * The index of the next window emitted at this place: the first is 0. Windows that one payload
   * closes must differ in their positions, or the series behind would skip all but the first.
   */
  nextIndex({ offset }: Origin): number {
    if (offset !== this.#emittedOffset) this.#emittedCount = 0
    this.#emittedOffset = offset
    return this.#emittedCount++
  }

  get openWindows(): number {
    return this.#windows.size
  }

  sealed(): Uint8Array {
    const { digest } = this.#shape
    const lastTimestampMs = this.#closedUntilMs
    return sealedSnapshot({ kind: groupKind, version: 1, digest, lastTimestampMs }, (writer) => {
      writeLabels(this.labels, writer)
      this.snapshot(writer)
    })
  }

  snapshot(writer: SnapshotWriter): void {
    for (const { latestMs, receivedMs, idle } of this.#inputs) {
      writer.float64(latestMs)
      writer.float64(receivedMs)
      writer.boolean(idle)
    }
    writer.float64(this.#closedUntilMs)
    writer.float64(this.#emittedOffset)
    writer.uint32(this.#emittedCount)
    writer.float64(this.touchedMs)
    this.positions.snapshot(writer)
    writer.uint32(this.#windows.size)
    for (const [startMs, inputs] of [...this.#windows].sort(([a], [b]) => a - b)) {
      writer.float64(startMs)
      for (const input of inputs) input.snapshot(writer)
    }
  }

  restore(reader: SnapshotReader): void {
    for (const each of this.#inputs) {
      each.latestMs = reader.float64()
      each.receivedMs = reader.float64()
      each.idle = reader.boolean()
    }
    this.#closedUntilMs = reader.float64()
    this.#emittedOffset = reader.float64()
    this.#emittedCount = reader.uint32()
    this.touchedMs = reader.float64()
    this.positions.restore(reader)
    const windows = reader.uint32()
    for (let i = 0; i < windows; i++) {
      const startMs = reader.float64()
      const inputs = this.#shape.needs.map((each) => new InputWindow(each))
      for (const input of inputs) input.restore(reader)
      this.#windows.set(startMs, inputs)
    }
  }
}
