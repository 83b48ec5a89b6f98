/** What sources have of the partitions that they share with other programs: metrics and health. */

import type { PartitionState } from '../server/health.ts'
import type { ShareListener } from '../sources/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

type ShareTelemetry = Pick<
  Telemetry,
  'partitionsAssigned' | 'partitionBehind' | 'recordsUnkeyed' | 'statesMissing'
>

/** See the head of the file. */
export class Shares {
  readonly #telemetry: ShareTelemetry
  readonly #bySource = new Map<string, Map<string, number | null>>()

  constructor(telemetry: ShareTelemetry) {
    this.#telemetry = telemetry
  }

  /** What a source is to tell; one made anew has had no assignment yet. */
  listener(source: string): ShareListener {
    this.forget(source)
    return {
      assigned: (partitions) => {
        const before = this.#bySource.get(source)
        const held = partitions.map((name) => [name, before?.get(name) ?? null] as const)
        this.#bySource.set(source, new Map(held))
        this.#telemetry.partitionsAssigned(source, partitions)
      },
      statesMissing: (partition, nextOffset) => {
        this.#telemetry.statesMissing(source, partition, nextOffset)
      },
      unkeyed: (records) => this.#telemetry.recordsUnkeyed(source, records),
      behind: (partition, records) => {
        const held = this.#bySource.get(source)
        if (held?.has(partition) !== true) return
        held.set(partition, records)
        this.#telemetry.partitionBehind(source, partition, records)
      },
    }
  }

  /** The source has ended: nothing is assigned to it any more. */
  forget(source: string): void {
    this.#bySource.delete(source)
  }

  /** True once a source has had its first assignment, were it none at all. */
  has(source: string): boolean {
    return this.#bySource.has(source)
  }

  /** All partitions that are assigned at present. */
  get partitions(): PartitionState[] {
    return [...this.#bySource.values()].flatMap((held) =>
      [...held].map(([partition, lagRecords]) => ({ partition, lagRecords })),
    )
  }
}
