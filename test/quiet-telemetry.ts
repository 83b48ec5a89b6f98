import type { Telemetry } from '../src/telemetry/telemetry.ts'

const quiet = (): void => undefined

/** Telemetry that says nothing; spread it and replace what a test listens to. */
export const quietTelemetry: Telemetry = {
  started: quiet,
  reloaded: quiet,
  reloadFailed: quiet,
  stopping: quiet,
  stopped: quiet,
  batchTaken: quiet,
  rejected: quiet,
  sourceFailed: quiet,
  sourceEnded: quiet,
  partitionsAssigned: quiet,
  statesMissing: quiet,
  partitionBehind: quiet,
  seriesCount: quiet,
  quotaTaken: quiet,
  seriesEvicted: quiet,
  seriesLimitReached: quiet,
  checkpointSaved: quiet,
  checkpointFailed: quiet,
  restored: quiet,
  storePutAside: quiet,
  snapshotRefused: quiet,
  alarmChanged: quiet,
  warningChanged: quiet,
  wordTaken: quiet,
  sinkWrote: quiet,
  sinkFailed: quiet,
  sinkDropped: quiet,
  outboxUnclaimed: quiet,
  sinkQueue: quiet,
  streamClients: quiet,
  streamClientDropped: quiet,
  requestFailed: quiet,
}
