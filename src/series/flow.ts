/**
 * The synchronous run of one record through decoder, transforms and series.
 *
 *   data    decode ─▶ transform ─▶ … ─▶ catalog ─▶ reports; the tick that it brings, if any
 *   tick    each transform (what it emits goes on through those behind it), then the catalog
 *   control the catalog
 *
 * One array stands between two stages; all are reused, and so are the observations in the first:
 * whoever keeps one beyond its turn keeps a copy.
 */

import type { Decoder } from '../codecs/codec.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { ControlRecord, InputRecord } from '../core/record.ts'
import { rejection } from '../core/rejection.ts'
import type { Rejection } from '../core/rejection.ts'
import type { Report } from '../core/report.ts'
import type { Transform } from '../transforms/transform.ts'

/** What stands behind the transforms: the catalog, or what spreads over several of them. */
export interface Judge {
  /** Hands an observation to its series; appends reports. */
  update(observation: Observation, reports: Report[]): void
  /** Time passing; appends reports. */
  tick(timestampMs: number, origin: Origin, reports: Report[]): void
  /** What a person said, about any series; appends reports. */
  control(record: ControlRecord, reports: Report[]): void
}

/** The pure part of the pipeline: records in, reports out, no await. */
export class Flow {
  readonly #transforms: readonly Transform[]
  readonly #judge: Judge
  /** One array before each transform and one after the last; reused. */
  readonly #stages: Observation[][]

  constructor(transforms: readonly Transform[], judge: Judge) {
    this.#transforms = transforms
    this.#judge = judge
    this.#stages = [[], ...transforms.map(() => [])]
  }

  /** Takes one record; appends reports. Returns how many observations came out of the decoder. */
  take(record: InputRecord, decoder: Decoder, reports: Report[]): number {
    if (record.kind === 'data') return this.#data(record.bytes, record.origin, decoder, reports)
    if (record.kind === 'tick') this.#tick(record.timestampMs, record.origin, reports)
    else this.#judge.control(record, reports)
    return 0
  }

  #data(bytes: Uint8Array, origin: Origin, decoder: Decoder, reports: Report[]): number {
    const decoded = this.#stages[0] as Observation[]
    decoded.length = 0
    for (const refused of decoder.decode(bytes, origin, decoded)) {
      reports.push(rejectionReport(refused, origin))
    }
    const count = decoded.length
    this.#transform(0, reports)
    this.#score(reports)
    decoder.recycle?.(decoded)
    const tickMs = decoder.tickMs?.()
    if (tickMs !== undefined) this.#tick(tickMs, origin, reports)
    return count
  }

  /** Runs the transforms from stage `first` on; each array holds what the stage before left. */
  #transform(first: number, reports: Report[]): void {
    for (let i = first; i < this.#transforms.length; i++) {
      const output = this.#stages[i + 1] as Observation[]
      output.length = 0
      this.#transforms[i]?.apply(this.#stages[i] as Observation[], output, reports)
    }
  }

  #score(reports: Report[]): void {
    for (const observation of this.#stages.at(-1) as Observation[]) {
      this.#judge.update(observation, reports)
    }
  }

  /** What a transform emits at a tick goes through the transforms behind it. */
  #tick(timestampMs: number, origin: Origin, reports: Report[]): void {
    this.#transforms.forEach((transform, i) => {
      if (transform.tick === undefined) return
      const output = this.#stages[i + 1] as Observation[]
      output.length = 0
      transform.tick(timestampMs, output, origin, reports)
      this.#transform(i + 1, reports)
      this.#score(reports)
    })
    this.#judge.tick(timestampMs, origin, reports)
  }
}

/** A decoder's or source's rejection as a report. */
export function rejectionReport(rejection: Rejection, origin: Origin): Report {
  const { at, ...refused } = rejection
  return { kind: 'rejection', ...refused, timestampMs: origin.receivedMs, origin, ...at }
}

/** A record that an earlier configuration received and that this one has no decoder for. */
export function orphanReport(name: string, origin: Origin): Report {
  const detail = `no input is called ${name} any more`
  return rejectionReport(rejection('no_input', detail, name), origin)
}
