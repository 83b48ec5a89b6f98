/** Hands reports to the outlets, and says what happened, in the order of the input. */

import type { Report, ReportKind } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ReportBatch } from './scoring.ts'

/** Where reports leave the pipeline: a sink in its delivery. */
export interface Outlet {
  readonly accepts: ReadonlySet<ReportKind>
  /** Takes reports; a promise only where its policy is to wait for room. */
  offer(reports: Reports): Promise<void> | undefined
}

/** What it says something of. */
type Told = Pick<Telemetry, 'alarmChanged' | 'warningChanged' | 'rejected'>

/** See the head of the file. */
export class Offering {
  readonly #outlets: readonly Outlet[]
  readonly #telemetry: Told
  #room: Promise<unknown> | undefined

  constructor(outlets: readonly Outlet[], telemetry: Told) {
    this.#outlets = outlets
    this.#telemetry = telemetry
  }

  /** Resolves once every outlet has room again; undefined where all have. */
  get room(): Promise<unknown> | undefined {
    return this.#room
  }

  take({ all, reports, causes }: ReportBatch): void {
    let at = 0
    for (const { input, end } of causes) {
      for (; at < end; at++) this.#tell(reports[at] as Report, input)
    }
    const rooms = this.#outlets.map((outlet) => outlet.offer(all))
    if (rooms.every((room) => room === undefined)) return
    const room = Promise.all([this.#room, ...rooms]).then(() => {
      if (this.#room === room) this.#room = undefined
    })
    this.#room = room
  }

  #tell(report: Report, input: string): void {
    if (report.kind === 'alarm') this.#telemetry.alarmChanged(report)
    else if (report.kind === 'warning') this.#telemetry.warningChanged(report)
    else if (report.kind === 'rejection') this.#telemetry.rejected(input, report)
  }
}
