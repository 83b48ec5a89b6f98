/** What sources have of the partitions that they share with other programs: metrics and health. */

import type { PartitionState } from '../server/health.ts'
import type { ShareListener } from '../sources/source.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

type ShareTelemetry = Pick<Telemetry, 'partitionsAssigned' | 'partitionBehind' | 'statesMissing'>

/** See the head of the file. */
export class Shares {
  readonly #telemetry: ShareTelemetry
  readonly #bySource = new Map<string, Map<string, number | null>>()

  constructor(telemetry: ShareTelemetry) {
    this.#telemetry = telemetry
  }

  /** What a source is to tell. */
  listener(source: string): ShareListener {
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
      behind: (partition, records) => {
        const held = this.#bySource.get(source)
        if (held?.has(partition) !== true) return
        held.set(partition, records)
        this.#telemetry.partitionBehind(source, partition, records)
      },
    }
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
