/**
 * The loop: source → decoder → transforms → series → outlets.
 *
 *   for each batch of each source
 *     for each record            data: decode ─▶ transform ─▶ catalog        (synchronous)
 *                                tick: transforms, then the series that wait for time
 *     offer the reports to the outlets      (waits only where an outlet's policy is to wait)
 *     acknowledge the batch
 *
 * Everything between taking a batch and offering its reports happens in one synchronous run, so
 * nothing can come in between and the order of records is the order of effects. A batch is
 * acknowledged only after its reports were taken by every outlet.
 */

import type { Decoder } from './codecs/codec.ts'
import type { Batch } from './core/record.ts'
import type { Report, ReportKind } from './core/report.ts'
import type { Catalog } from './series/catalog.ts'
import { Flow } from './series/flow.ts'
import type { Source } from './sources/source.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Transform } from './transforms/transform.ts'

/** A source with the decoder of its bytes. */
export interface Input {
  readonly name: string
  readonly source: Source
  readonly decoder: Decoder
}

/** Where reports leave the pipeline: a sink in its delivery. */
export interface Outlet {
  readonly accepts: ReadonlySet<ReportKind>
  /** Takes reports; a promise only where its policy is to wait for room. */
  offer(reports: readonly Report[]): Promise<void> | undefined
  /** Writes what waits, as far as that goes before the signal aborts. */
  drain(signal: AbortSignal): Promise<void>
}

/** Everything that a pipeline is made of. */
export interface PipelineParts {
  readonly inputs: readonly Input[]
  readonly transforms: readonly Transform[]
  readonly catalog: Catalog
  readonly outlets: readonly Outlet[]
  readonly telemetry: Telemetry
}

/** Runs until the signal aborts or every source has ended, then drains the outlets. */
export async function runPipeline(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const flow = new Flow(parts.transforms, parts.catalog)
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const runs = parts.inputs.map(async (input) => {
    try {
      await runInput(input, flow, parts, stop)
      parts.telemetry.sourceEnded(input.name)
    } catch (error) {
      failed.abort()
      parts.telemetry.sourceFailed(input.name, error, 0)
      throw error
    }
  })
  const ends = await Promise.allSettled(runs)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function runInput(
  input: Input,
  flow: Flow,
  parts: PipelineParts,
  signal: AbortSignal,
): Promise<void> {
  for await (const batch of input.source.batches(signal)) {
    const reports = takenBatch(batch, input, flow, parts)
    for (const outlet of parts.outlets) {
      const room = outlet.offer(reports)
      if (room !== undefined) await room
    }
    batch.acknowledge()
  }
}

/** Runs a whole batch through the pure part and tells telemetry what became of it. */
function takenBatch(batch: Batch, input: Input, flow: Flow, parts: PipelineParts): Report[] {
  const { telemetry, catalog } = parts
  const reports: Report[] = []
  let observations = 0
  for (const record of batch.records) observations += flow.take(record, input.decoder, reports)
  for (const report of reports) {
    if (report.kind === 'alarm') telemetry.alarmChanged(report)
    else if (report.kind === 'rejection') telemetry.rejected(input.name, report)
  }
  telemetry.batchTaken(input.name, { records: batch.records.length, observations })
  telemetry.seriesCount(catalog.size, catalog.limit)
  return reports
}
