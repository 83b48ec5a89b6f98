/**
 * What the program says about itself: one method per thing that can happen. The log line and the
 * counter come from the same call, so neither can be forgotten. Passed in, never global.
 */

import type { AlarmReport, WarningReport } from '../core/report.ts'
import type { ControlRecord } from '../core/record.ts'
import type { Rejection } from '../core/rejection.ts'

/** Everything that can happen. */
export interface Telemetry {
  started(address: string, version: string): void
  /** A configuration was loaded again and holds. */
  reloaded(facts: { series: number; begun: string[]; ended: string[]; tookMs: number }): void
  /** It does not hold: the one of before stays. */
  reloadFailed(error: unknown): void
  stopping(reason: string): void
  stopped(): void
  /** Once a batch, with what became of it. */
  batchTaken(source: string, counts: { records: number; observations: number }): void
  /** Every rejection is counted by source and reason; the log has a sample of them. */
  rejected(source: string, rejection: Rejection): void
  sourceFailed(source: string, error: unknown, retryInMs: number): void
  sourceEnded(source: string): void
  /** A source that shares partitions with others has another assignment: these are all of it. */
  partitionsAssigned(source: string, partitions: readonly string[]): void
  /** Records of it were taken before, but its states are gone: series start anew. Error level. */
  statesMissing(source: string, partition: string, nextOffset: number): void
  /**
   * Records without a key came of a topic that is to be keyed by series: series may be in several
   * partitions, each judged by itself. Logged once a source. Called often.
   */
  recordsUnkeyed(source: string, records: number): void
  /** A partition came with its states: how long it took until they were read and put back. */
  statesLoaded(partition: string, series: number, tookMs: number): void
  /** Records of a partition that are not taken yet. Called often. */
  partitionBehind(source: string, partition: string, records: number): void
  seriesCount(live: number, limit: number): void
  /** How many series have a heavy detector, and how many a light one instead. Called often. */
  quotaTaken(use: { quota: number; heavy: number; over: number }): void
  seriesEvicted(count: number): void
  /** At most one log line in five minutes; every refusal is counted by `rejected`. */
  seriesLimitReached(limit: number): void
  checkpointSaved(owners: number, tookMs: number): void
  /** Nothing is acknowledged; the next checkpoint saves it again. Error level. */
  checkpointFailed(error: unknown): void
  /** What a start took from the store and the log. */
  restored(counts: { series: number; outbox: number; lostLogBytes: number }): void
  /** The state of an earlier run is damaged: it was put aside and every series starts anew. */
  storePutAside(path: string, error: unknown): void
  snapshotRefused(seriesKey: string, error: unknown): void
  /** A state that changed is counted; what people say of an alarm is only logged. */
  alarmChanged(alarm: AlarmReport): void
  /** A warning of a broken objective was told, or its outcome became known. */
  warningChanged(warning: WarningReport): void
  /** A person's word, logged with who said it, before it takes effect. */
  wordTaken(record: ControlRecord): void
  sinkWrote(sink: string, reports: number, tookMs: number): void
  sinkFailed(sink: string, error: unknown, retryInMs: number): void
  /** Reports given up: a full queue or a batch that the other side will never take. Error level. */
  sinkDropped(sink: string, reports: number, reason: string): void
  /** Alarms in the outbox of a sink that is not configured any more; 0 where there are none. */
  outboxUnclaimed(sink: string, alarms: number): void
  sinkQueue(sink: string, waiting: number, limit: number): void
  /** Clients on the live stream now, and how many are let in. */
  streamClients(live: number, limit: number): void
  /** A client that did not keep up with the live stream was cut off; it may come back. */
  streamClientDropped(waitedMs: number): void
  /** A request to the HTTP server ended in an internal error. */
  requestFailed(request: string, error: unknown): void
}
