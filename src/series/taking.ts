/**
 * Taking: records through the flow, reports to the outlets.
 *
 *   records ──▶ flow (synchronous) ──▶ scoring ──▶ reports ──▶ every outlet
 *      ▲                                  │                         │
 *      └──────── wait where one has no room ────────────────────────┘
 */

import type { Decoder } from '../codecs/codec.ts'
import type { NamedRecord } from '../core/record.ts'
import type { Source } from '../sources/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Transform } from '../transforms/transform.ts'
import type { Checkpoints } from './checkpoint.ts'
import { Flow, orphanReport } from './flow.ts'
import type { EndingInput } from './inputs.ts'
import { Offering } from './offering.ts'
import type { Outlet } from './offering.ts'
import type { Scoring } from './scoring.ts'

/** A source with the decoder of its bytes. */
export interface Input extends EndingInput {
  readonly source: Source
  readonly decoder: Decoder
  /** True where the source can be asked again from a position; its records bypass the log. */
  readonly ownPositions?: boolean
}

/** What records are taken with. */
export interface TakingParts {
  readonly inputs: readonly Input[]
  readonly transforms: readonly Transform[]
  readonly scoring: Scoring
  readonly outlets: readonly Outlet[]
  readonly telemetry: Telemetry
  readonly durability?: { readonly checkpoints: Checkpoints }
}

/** See the head of the file. */
export class Taking {
  readonly #parts: TakingParts
  readonly #flow: Flow
  readonly #inputs: ReadonlyMap<string, Input>
  readonly #offering: Offering
  /** Batches that are taken in part. */
  readonly #underWay = new Set<Promise<void>>()
  /** What was taken of one input and is not told yet. */
  #untold = { input: '', records: 0, observations: 0 }

  /** `broken` is told where scoring cannot go on; whoever waits for it is told too. */
  constructor(parts: TakingParts, broken: (error: unknown) => void) {
    this.#parts = parts
    this.#flow = new Flow(parts.transforms, parts.scoring.judge)
    this.#inputs = new Map(parts.inputs.map((input) => [input.name, input]))
    this.#offering = new Offering(parts.outlets, parts.telemetry)
    parts.scoring.begin((batch) => this.#offering.take(batch), broken)
  }

  /** Takes records one after the other. Waits where scoring or an outlet has no room. */
  async take(records: readonly NamedRecord[]): Promise<void> {
    const taken = this.#takeAll(records)
    if (taken !== undefined) {
      this.#underWay.add(taken)
      await taken.finally(() => this.#underWay.delete(taken))
    }
    while (this.#offering.room !== undefined) await this.#offering.room
  }

  /** Resolves once no batch is taken in part and all reports of what was taken are offered. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    await this.#parts.scoring.offered()
  }

  /** All in one synchronous run, where scoring has room for it. */
  #takeAll(records: readonly NamedRecord[]): Promise<void> | undefined {
    const { scoring, telemetry } = this.#parts
    for (let i = 0; i < records.length; i++) {
      const room = scoring.room()
      if (room !== undefined) {
        this.#tell()
        const rest = records.slice(i)
        return room.then(() => this.#takeAll(rest))
      }
      this.#takeOne(records[i] as NamedRecord)
    }
    this.#tell()
    scoring.flush()
    telemetry.seriesCount(scoring.size, scoring.limit)
    telemetry.quotaTaken(scoring.quotaUse)
    return undefined
  }

  /** A cut falls before or after this, never between a state and its position. */
  #takeOne({ input: name, record }: NamedRecord): void {
    const { telemetry, durability, scoring } = this.#parts
    const { reports } = scoring
    const input = this.#inputs.get(name)
    let observations = 0
    if (record.kind === 'control') telemetry.wordTaken(record)
    if (input === undefined) reports.push(orphanReport(name, record.origin))
    else observations = this.#flow.take(record, input.decoder, reports)
    scoring.recordTaken(name)
    if (name !== this.#untold.input) this.#tell(name)
    this.#untold.records++
    this.#untold.observations += observations
    durability?.checkpoints.taken(record.origin.partition, record.origin.offset)
  }

  /** Says what was taken of an input; counts on for the next one. */
  #tell(next = ''): void {
    const { input, records, observations } = this.#untold
    this.#untold = { input: next, records: 0, observations: 0 }
    if (records > 0) this.#parts.telemetry.batchTaken(input, { records, observations })
  }
}
