/**
 * What one partition's pipeline says about itself: the same as any other's, but that the numbers of
 * series are those of all partitions together, and that it is noticed where a save was refused
 * because another program has the partition.
 */

import { kafkaAnswers } from '../connections/kafka-requests.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** Whether somebody else has the partition, as far as is known. */
export class Fence {
  refused = false
  readonly #onRefused: () => void

  constructor(onRefused: () => void) {
    this.#onRefused = onRefused
  }

  refuse(): void {
    this.refused = true
    this.#onRefused()
  }
}

/** What brokers answer to whoever has a partition no more. */
const outlivedAnswers =
  /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|INVALID_TXN_STATE/

interface LaneCounts {
  live: number
  limit: number
  quota: number
  heavy: number
  over: number
}

const names = ['live', 'limit', 'quota', 'heavy', 'over'] as const

/** The numbers of series of all partitions together; each partition has limits of its own. */
export class SeriesSums {
  readonly #telemetry: Pick<Telemetry, 'seriesCount' | 'quotaTaken'>
  readonly #byPartition = new Map<string, LaneCounts>()
  readonly #sums: LaneCounts = { live: 0, limit: 0, quota: 0, heavy: 0, over: 0 }

  constructor(telemetry: Pick<Telemetry, 'seriesCount' | 'quotaTaken'>) {
    this.#telemetry = telemetry
  }

  /** Notes what a partition has now, and tells the sums. */
  note(partition: string, counts: Partial<LaneCounts>): void {
    const none = { live: 0, limit: 0, quota: 0, heavy: 0, over: 0 }
    const held = this.#byPartition.get(partition) ?? none
    for (const name of names) {
      const now = counts[name] ?? held[name]
      this.#sums[name] += now - held[name]
      held[name] = now
    }
    this.#byPartition.set(partition, held)
    this.#tell()
  }

  /** The partition is another's. */
  forget(partition: string): void {
    const held = this.#byPartition.get(partition)
    if (held === undefined) return
    for (const name of names) this.#sums[name] -= held[name]
    this.#byPartition.delete(partition)
    this.#tell()
  }

  #tell(): void {
    const { live, limit, quota, heavy, over } = this.#sums
    this.#telemetry.seriesCount(live, limit)
    this.#telemetry.quotaTaken({ quota, heavy, over })
  }
}

/** What it is made with. */
export interface LaneTelemetryParts {
  readonly partition: string
  readonly telemetry: Telemetry
  readonly sums: SeriesSums
  readonly fence: Fence
}

/** See the head of the file. */
export function laneTelemetry(parts: LaneTelemetryParts): Telemetry {
  const { partition, telemetry, sums, fence } = parts
  return {
    started: (address, version) => telemetry.started(address, version),
    reloaded: (facts) => telemetry.reloaded(facts),
    reloadFailed: (error) => telemetry.reloadFailed(error),
    stopping: (reason) => telemetry.stopping(reason),
    stopped: () => telemetry.stopped(),
    batchTaken: (source, counts) => telemetry.batchTaken(source, counts),
    rejected: (source, refused) => telemetry.rejected(source, refused),
    sourceFailed: (source, error, retryInMs) => telemetry.sourceFailed(source, error, retryInMs),
    sourceEnded: (source) => telemetry.sourceEnded(source),
    partitionsAssigned: (source, all) => telemetry.partitionsAssigned(source, all),
    statesMissing: (source, name, offset) => telemetry.statesMissing(source, name, offset),
    statesLoaded: (name, series, tookMs) => telemetry.statesLoaded(name, series, tookMs),
    recordsUnkeyed: (source, records) => telemetry.recordsUnkeyed(source, records),
    partitionBehind: (source, name, records) => telemetry.partitionBehind(source, name, records),
    seriesCount: (live, limit) => sums.note(partition, { live, limit }),
    quotaTaken: (use) => sums.note(partition, use),
    seriesEvicted: (count) => telemetry.seriesEvicted(count),
    seriesLimitReached: (limit) => telemetry.seriesLimitReached(limit),
    checkpointSaved: (owners, tookMs) => telemetry.checkpointSaved(owners, tookMs),
    checkpointFailed: (error) => {
      const said = error instanceof Error ? error.message : ''
      if (/FENCED/.test(said) || outlivedAnswers.test(kafkaAnswers(error))) fence.refuse()
      telemetry.checkpointFailed(error)
    },
    restored: (counts) => telemetry.restored(counts),
    storePutAside: (path, error) => telemetry.storePutAside(path, error),
    snapshotRefused: (seriesKey, error) => telemetry.snapshotRefused(seriesKey, error),
    alarmChanged: (alarm) => telemetry.alarmChanged(alarm),
    warningChanged: (warning) => telemetry.warningChanged(warning),
    wordTaken: (record) => telemetry.wordTaken(record),
    sinkWrote: (sink, reports, tookMs) => telemetry.sinkWrote(sink, reports, tookMs),
    sinkFailed: (sink, error, retryInMs) => telemetry.sinkFailed(sink, error, retryInMs),
    sinkDropped: (sink, reports, reason) => telemetry.sinkDropped(sink, reports, reason),
    outboxUnclaimed: (sink, alarms) => telemetry.outboxUnclaimed(sink, alarms),
    sinkQueue: (sink, waiting, limit) => telemetry.sinkQueue(sink, waiting, limit),
    streamClients: (live, limit) => telemetry.streamClients(live, limit),
    streamClientDropped: (waitedMs) => telemetry.streamClientDropped(waitedMs),
    requestFailed: (request, error) => telemetry.requestFailed(request, error),
  }
}
