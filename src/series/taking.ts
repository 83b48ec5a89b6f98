/**
 * Taking: records through the flow, reports to the outlets.
 *
 *   records ──▶ flow (synchronous) ──▶ reports ──▶ every outlet ──▶ wait where one has no room
 */

import type { Decoder } from '../codecs/codec.ts'
import type { NamedRecord } from '../core/record.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { Source } from '../sources/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Transform } from '../transforms/transform.ts'
import type { Catalog } from './catalog.ts'
import type { Checkpoints } from './checkpoint.ts'
import { Flow, orphanReport } from './flow.ts'
import type { EndingInput } from './inputs.ts'

/** A source with the decoder of its bytes. */
export interface Input extends EndingInput {
  readonly source: Source
  readonly decoder: Decoder
  /** True where the source can be asked again from a position; its records bypass the log. */
  readonly ownPositions?: boolean
}

/** Where reports leave the pipeline: a sink in its delivery. */
export interface Outlet {
  readonly accepts: ReadonlySet<ReportKind>
  /** Takes reports; a promise only where its policy is to wait for room. */
  offer(reports: readonly Report[]): Promise<void> | undefined
}

/** What records are taken with. */
export interface TakingParts {
  readonly inputs: readonly Input[]
  readonly transforms: readonly Transform[]
  readonly catalog: Catalog
  readonly outlets: readonly Outlet[]
  readonly telemetry: Telemetry
  readonly durability?: { readonly checkpoints: Checkpoints }
}

/** See the head of the file. */
export class Taking {
  readonly #parts: TakingParts
  readonly #flow: Flow
  readonly #inputs: ReadonlyMap<string, Input>

  constructor(parts: TakingParts) {
    this.#parts = parts
    this.#flow = new Flow(parts.transforms, parts.catalog)
    this.#inputs = new Map(parts.inputs.map((input) => [input.name, input]))
  }

  /**
   * Runs records through the flow and offers the reports, all in one synchronous run: a cut falls
   * before or after it, never between the states and the reports that belong to them.
   */
  async take(records: readonly NamedRecord[]): Promise<void> {
    const { outlets, telemetry, catalog } = this.#parts
    const reports: Report[] = []
    for (const named of records) this.#takeOne(named, reports)
    telemetry.seriesCount(catalog.size, catalog.limit)
    const rooms = outlets.map((outlet) => outlet.offer(reports))
    for (const room of rooms) if (room !== undefined) await room
  }

  #takeOne({ input: name, record }: NamedRecord, reports: Report[]): void {
    const { telemetry, durability } = this.#parts
    const first = reports.length
    const input = this.#inputs.get(name)
    let observations = 0
    if (input === undefined) reports.push(orphanReport(name, record.origin))
    else observations = this.#flow.take(record, input.decoder, reports)
    telemetry.batchTaken(name, { records: 1, observations })
    for (let i = first; i < reports.length; i++) told(reports[i] as Report, name, telemetry)
    durability?.checkpoints.taken(record.origin.partition, record.origin.offset)
  }
}

function told(report: Report, input: string, telemetry: Telemetry): void {
  if (report.kind === 'alarm') telemetry.alarmChanged(report)
  else if (report.kind === 'rejection') telemetry.rejected(input, report)
}
