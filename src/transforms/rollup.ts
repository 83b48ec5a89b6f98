/**
 * Rollup: tumbling windows in event time that join several inputs into one record per group.
 *
 *   stats:cpu   ──┐                          aggregate:cpu
 *   stats:mem   ──┤  window [t, t + 1 s)     aggregate:mem
 *   responsetime ─┘  ───────────────────▶    aggregate:mean, :max, :count, …   at time t
 *
 * Windows begin at whole multiples of their length since 1970. A window is closed, and told, once
 * the watermark has passed its end (rollup/group.ts). What it says depends on the event times of
 * its samples alone, not on the order in which they came.
 *
 *   a sample of a closed window   refused as late_window
 *   a window without an input     incomplete: drop refuses it whole as incomplete_window; emit
 *                                 tells what there is, with zero for count, sum and over
 *   an input that is silent       is waited for until a tick finds it idle (`idle_after` since it
 *                                 last received anything); with all idle, every window is closed
 *   too many open windows         the oldest is closed as it is
 *   not finite, beyond ±1e150     refused
 *   far ahead of its arrival      refused as too_far_ahead
 *
 * The record carries the position of the sample or tick that closed the window; its index counts
 * the windows closed there. A group hears ticks of its own partition only, as a series does.
 *
 * Sources: Akidau and others 2015, "The dataflow model" (windows, watermarks, lateness); idle
 * inputs as in Flink's watermark strategies (withIdleness).
 * Cost: one look-up and a few additions a sample; a group holds at most `open_windows` windows of
 * about 150 bytes an input, and a sketch of up to 80 KB where quantiles are asked for.
 */

import { ForewarnError } from '../core/errors.ts'
import { hash32 } from '../core/hash.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import { Labels, fieldLabel, readLabels, writeLabels } from '../core/labels.ts'
import type { KeyedOwner, Ledger, SavedOwner } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { rejection, rejectionReasons } from '../core/rejection.ts'
import type { RejectionReason } from '../core/rejection.ts'
import type { Report } from '../core/report.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import { openedSnapshot } from '../core/snapshot.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { rollupField } from './rollup/fields.ts'
import type { RollupField } from './rollup/fields.ts'
import { RollupGroup, groupKind } from './rollup/group.ts'
import type { ClosedWindow, GroupShape } from './rollup/group.ts'
import type { Transform } from './transform.ts'

const dayMs = 86_400_000

export const rollupOptions = {
  name: {
    kind: 'text',
    default: 'rollup',
    about: 'Name of the series that come out: `name:field`, with the labels of the group.',
  },
  windowMs: {
    kind: 'duration',
    min: 1,
    max: 366 * dayMs,
    default: 1000,
    shapesState: true,
    about: 'Length of a window.',
  },
  inputs: {
    kind: 'text-map',
    default: { value: '*' },
    shapesState: true,
    about:
      'The inputs that are joined: a name for each, and a glob over the series that belong to ' +
      'it. Series of no input go through untouched; of two inputs that fit, the first one holds.',
  },
  fields: {
    kind: 'text-map',
    default: { count: 'count(value)', mean: 'mean(value)', max: 'max(value)' },
    shapesState: true,
    about:
      'What comes out, by field: count, sum, mean, whole_mean, min, max, last, p50, p99.9, … of ' +
      'an input, as `mean(millis)`; `over(millis, 70)` counts values at or above 70.',
  },
  groupBy: {
    kind: 'text-list',
    default: [],
    about: 'Labels that make the groups. Without any, all series are one group.',
  },
  latenessMs: {
    kind: 'duration',
    min: 0,
    max: 366 * dayMs,
    default: 5000,
    about: 'How much older than the latest one a sample of the slowest input may be.',
  },
  incomplete: {
    kind: 'choice',
    words: ['drop', 'emit'],
    default: 'drop',
    about: 'What becomes of a window that lacks an input: refused and counted, or told in part.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 1,
    max: 366 * dayMs,
    default: 30_000,
    about: 'An input that received nothing for this long is not waited for.',
  },
  openWindows: {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 3600,
    about: 'At most this many windows of a group are open; then the oldest is closed as it is.',
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
    max: 1_000_000,
    default: 10_000,
    about: 'At most this many groups; samples of further ones are refused and counted.',
  },
  forgetAfterMs: {
    kind: 'duration',
    min: 1000,
    max: 3650 * dayMs,
    default: dayMs,
    about: 'A group that received nothing for this long is forgotten.',
  },
} as const satisfies OptionSpecs

export type RollupOptions = OptionsOf<typeof rollupOptions>

/** Beyond this squares overflow: the bound of the gate. Source: core/rejection.ts. */
const valueMax = 1e150

/** Where a series belongs. */
interface Place {
  readonly group: RollupGroup
  readonly input: number
}

/** See the head of the file. */
export class Rollup implements Transform {
  readonly #options: RollupOptions
  readonly #inputs: readonly { readonly name: string; readonly match: SeriesPattern }[]
  readonly #fields: readonly RollupField[]
  readonly #shape: GroupShape
  readonly #groups = new Map<string, RollupGroup>()
  /** Null: of no input. */
  readonly #found = new LabelsCache<Place | null>()
  #tickMs = 0
  #ledger: Ledger | undefined
  #prefix = ''

  constructor(options: RollupOptions) {
    this.#options = options
    const names = Object.keys(options.inputs)
    this.#inputs = Object.entries(options.inputs).map(([name, glob]) => {
      return { name, match: new SeriesPattern(glob) }
    })
    this.#fields = Object.entries(options.fields).map(([name, text]) => {
      return rollupField(name, text, names)
    })
    if (this.#inputs.length === 0) throw invalid('a rollup needs at least one input')
    if (this.#fields.length === 0) throw invalid('a rollup needs at least one field')
    this.#shape = {
      windowMs: options.windowMs,
      latenessMs: options.latenessMs,
      openWindowsMax: options.openWindows,
      needs: names.map((_, input) => {
        const own = this.#fields.filter((field) => field.input === input)
        const limits = new Set(own.flatMap(({ limit }) => (limit === undefined ? [] : [limit])))
        return { limits: [...limits], quantiles: own.some(({ quantiles }) => quantiles) }
      }),
      digest: hash32(JSON.stringify([options.windowMs, options.inputs, options.fields])),
    }
  }

  /** Groups held. */
  get size(): number {
    return this.#groups.size
  }

  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void {
    for (const observation of input) {
      const place = this.#place(observation.labels)
      if (place === null) output.push(observation)
      else if (place === undefined) refused?.push(refusal(observation, 'series_limit'))
      else this.#take(place, observation, output, refused)
    }
  }

  #take(place: Place, one: Observation, output: Observation[], refused?: Report[]): void {
    const { group } = place
    this.#ledger?.touch(group)
    if (!group.positions.take(one.origin, one.index)) return
    group.touchedMs = this.#tickMs
    const reason = this.#unfit(one) ?? (group.add(place.input, one) ? undefined : 'late_window')
    if (reason === undefined) this.#tell(group, one.origin, output, refused)
    else refused?.push(refusal(one, reason))
  }

  #unfit({ value, timestampMs, origin }: Observation): RejectionReason | undefined {
    if (!Number.isFinite(value)) return 'not_finite'
    if (Math.abs(value) > valueMax) return 'out_of_bounds'
    const leadMs = timestampMs - origin.receivedMs
    return leadMs > this.#options.acceptedLeadMs ? 'too_far_ahead' : undefined
  }

  /** Input and group of these labels, null where there is none, undefined without room. */
  #place(labels: Labels): Place | null | undefined {
    const found = this.#found.get(labels)
    if (found === null || (found !== undefined && !found.group.forgotten)) return found
    const input = this.#inputs.findIndex(({ match }) => match.matches(labels))
    const group = input < 0 ? null : this.#group(labels)
    if (group === undefined) return undefined
    const place = group === null ? null : { group, input }
    this.#found.set(labels, place)
    return place
  }

  #group(labels: Labels): RollupGroup | undefined {
    const { name, groupBy, limit } = this.#options
    const pairs = groupBy.map((label) => [label, labels.get(label) ?? ''] as const)
    const own = Labels.named(name, pairs)
    const group = this.#groups.get(own.key)
    if (group !== undefined) return group
    return this.#groups.size >= limit ? undefined : this.#newGroup(own)
  }

  #newGroup(labels: Labels): RollupGroup {
    const outputs = this.#fields.map(({ name }) => labels.with([[fieldLabel, name]]))
    const group = new RollupGroup(labels, outputs, this.#shape, this.#prefix)
    this.#groups.set(labels.key, group)
    return group
  }

  /** Tells the windows of a group that are closed now. */
  #tell(group: RollupGroup, origin: Origin, output: Observation[], refused?: Report[]): void {
    for (const window of group.closed()) {
      const complete = window.inputs.every(({ count }) => count > 0)
      if (complete || this.#options.incomplete === 'emit') {
        this.#emit(group, window, origin, output)
      } else refused?.push(this.#incomplete(group, window, origin))
    }
  }

  #emit(group: RollupGroup, window: ClosedWindow, origin: Origin, output: Observation[]): void {
    const index = group.nextIndex(origin)
    this.#fields.forEach(({ input, answer }, i) => {
      const value = answer(window.inputs[input] as ClosedWindow['inputs'][number])
      if (Number.isNaN(value)) return
      const labels = group.outputs[i] as Labels
      output.push({ labels, timestampMs: window.startMs, remainderNs: 0, value, origin, index })
    })
  }

  #incomplete(group: RollupGroup, { startMs, inputs }: ClosedWindow, origin: Origin): Report {
    const missing = this.#inputs.filter((_, i) => inputs[i]?.count === 0)
    const names = missing.map(({ name }) => name).join(', ')
    const text = `${group.labels.key} ${startMs}`
    const refused = rejection('incomplete_window', `rollup: no samples of ${names}`, text)
    return { kind: 'rejection', ...refused, labels: group.labels, timestampMs: startMs, origin }
  }

  /** Closes windows that wait for idle inputs; forgets groups that are silent for long. */
  tick(timestampMs: number, output: Observation[], origin: Origin, refused?: Report[]): void {
    if (timestampMs > this.#tickMs) this.#tickMs = timestampMs
    for (const [key, group] of this.#groups) {
      if (group.touchedMs === 0) group.touchedMs = this.#tickMs
      if (group.openWindows > 0 && group.positions.endsBefore(origin)) {
        this.#rest(group, origin, output, refused)
      }
      if (this.#tickMs - group.touchedMs <= this.#options.forgetAfterMs) continue
      group.forgotten = true
      this.#ledger?.forget(group)
      this.#groups.delete(key)
    }
  }

  #rest(group: RollupGroup, origin: Origin, output: Observation[], refused?: Report[]): void {
    // Copied for a cut that is under way before it changes.
    if (group.mark === 'due') this.#ledger?.touch(group)
    if (!group.rest(this.#tickMs, this.#options.idleAfterMs)) return
    this.#ledger?.touch(group)
    group.positions.take(origin, 0)
    this.#tell(group, origin, output, refused)
  }

  snapshot(writer: SnapshotWriter): void {
    writer.float64(this.#tickMs)
    writer.uint32(this.#groups.size)
    for (const group of this.#groups.values()) {
      writeLabels(group.labels, writer)
      group.snapshot(writer)
    }
  }

  restore(reader: SnapshotReader): void {
    this.#tickMs = reader.float64()
    const groups = reader.uint32()
    for (let i = 0; i < groups; i++) this.#newGroup(readLabels(reader)).restore(reader)
  }

  attach(ledger: Ledger, prefix: string): void {
    this.#ledger = ledger
    this.#prefix = prefix
  }

  recover({ ownerKey, sealed }: SavedOwner): boolean {
    if (!ownerKey.startsWith(this.#prefix)) return false
    const { head, body } = openedSnapshot(sealed)
    if (head.kind !== groupKind) return false
    if (head.digest !== this.#shape.digest) {
      const message = 'cannot take the state of a rollup: it has other inputs, fields or windows'
      throw new ForewarnError('ERR_SNAPSHOT_UNKNOWN', message)
    }
    this.#newGroup(readLabels(body)).restore(body)
    return true
  }

  owners(): Iterable<KeyedOwner> {
    return this.#groups.values()
  }

  owner(ownerKey: string): KeyedOwner | undefined {
    if (!ownerKey.startsWith(this.#prefix)) return undefined
    return this.#groups.get(ownerKey.slice(this.#prefix.length))
  }
}

function invalid(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}

function refusal(observation: Observation, reason: RejectionReason): Report {
  const { labels, timestampMs, value, origin } = observation
  const refused = rejection(reason, `rollup: ${rejectionReasons[reason]}`, `${labels.key} ${value}`)
  return { kind: 'rejection', ...refused, labels, timestampMs, origin }
}
