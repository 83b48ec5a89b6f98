/**
 * Telemetry as counters and log lines: each thing that can happen is one method here, which does
 * both, so that neither can be forgotten.
 *
 * What repeats is written once in a while, with the number of lines held back; counters count all.
 */

import type { Clock } from '../core/clock.ts'
import type { ControlRecord } from '../core/record.ts'
import type { Rejection } from '../core/rejection.ts'
import type { AlarmReport, WarningReport } from '../core/report.ts'
import { warningInWords } from '../core/warning-words.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { programMetrics } from './program-metrics.ts'
import type { ProgramMetrics } from './program-metrics.ts'
import type { Telemetry } from './telemetry.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs

/** A sample of what is refused: enough to see what is wrong, little enough to read on. */
const rejectionEveryMs = 10 * secondMs
/** What goes on failing is said again so often. */
const failureEveryMs = 30 * secondMs
/** The limit on series concerns the configuration, not the moment. */
const seriesLimitEveryMs = 5 * minuteMs
/** Nor does this: once for most programs, and once a day for one that nobody looks at. */
const unkeyedEveryMs = 24 * 60 * minuteMs

/** What it is made of. */
export interface RecordedTelemetryParts {
  readonly metrics: Metrics
  readonly log: Log
  readonly clock: Clock
}

/** See the head of the file. */
export class RecordedTelemetry implements Telemetry {
  readonly #log: Log
  readonly #clock: Clock
  /** Series over the quota when it was last told. */
  #overQuota = 0
  readonly #counts: ProgramMetrics

  constructor({ metrics, log, clock }: RecordedTelemetryParts) {
    this.#log = log
    this.#clock = clock
    this.#counts = programMetrics(metrics)
  }

  started(address: string, version: string): void {
    this.#counts.buildInfo.set(1, version)
    this.#configurationHolds()
    this.#info('program', 'started', { address, version })
  }

  reloaded(facts: { series: number; begun: string[]; ended: string[]; tookMs: number }): void {
    this.#configurationHolds()
    this.#info('program', 'the configuration was loaded again', facts)
  }

  #configurationHolds(): void {
    this.#counts.reloadSuccessful.set(1)
    this.#counts.reloadTimestamp.set(this.#clock.nowMs() / secondMs)
  }

  reloadFailed(error: unknown): void {
    this.#counts.reloadSuccessful.set(0)
    const message = 'the configuration cannot be loaded again; the one of before stays'
    this.#log.write({ level: 'warn', component: 'program', message, error })
  }

  stopping(reason: string): void {
    this.#info('program', 'stopping', { reason })
  }

  stopped(): void {
    this.#info('program', 'stopped', {})
  }

  batchTaken(source: string, counts: { records: number; observations: number }): void {
    this.#counts.batches.add(1, source)
    this.#counts.records.add(counts.records, source)
    this.#counts.observations.add(counts.observations, source)
    const facts = { source, ...counts }
    this.#log.write({ level: 'debug', component: 'source', message: 'batch taken', facts })
  }

  rejected(source: string, rejection: Rejection): void {
    const { reason, detail, text } = rejection
    this.#counts.rejections.add(1, source, reason)
    this.#log.write({
      level: 'warn',
      component: 'source',
      message: 'refused',
      facts: { source, reason, detail, text },
      atMostOnce: { key: `rejected ${source} ${reason}`, everyMs: rejectionEveryMs },
    })
  }

  sourceFailed(source: string, error: unknown, retryInMs: number): void {
    this.#counts.sourceFailures.add(1, source)
    const final = retryInMs === 0
    this.#log.write({
      level: final ? 'error' : 'warn',
      component: 'source',
      message: final ? 'cannot go on' : 'cannot read, trying again',
      facts: final ? { source } : { source, retryInMs },
      error,
      ...(final ? {} : { atMostOnce: { key: `source ${source}`, everyMs: failureEveryMs } }),
    })
  }

  partitionsAssigned(source: string, partitions: readonly string[]): void {
    const { assignments, assigned, behind } = this.#counts
    assignments.add(1, source)
    assigned.set(partitions.length, source)
    const held = new Set(partitions)
    behind.forget(([of, partition = '']) => of === source && !held.has(partition))
    this.#info('source', 'partitions assigned', { source, partitions })
  }

  statesMissing(source: string, partition: string, nextOffset: number): void {
    this.#counts.statesMissing.add(1, source)
    this.#log.write({
      level: 'error',
      component: 'store',
      message: 'no states are saved of a partition that was read before; its series start anew',
      facts: { source, partition, nextOffset },
    })
  }

  recordsUnkeyed(source: string, records: number): void {
    this.#counts.unkeyed.add(records, source)
    this.#log.write({
      level: 'warn',
      component: 'source',
      message:
        'records have no key: a series that comes by several partitions is judged as several; ' +
        'give records a key by series, or set keyed: false',
      facts: { source },
      atMostOnce: { key: `unkeyed ${source}`, everyMs: unkeyedEveryMs },
    })
  }

  statesLoaded(partition: string, series: number, tookMs: number): void {
    this.#counts.loadSeconds.observe(tookMs / secondMs)
    this.#info('store', 'states loaded', { partition, series, tookMs })
  }

  partitionBehind(source: string, partition: string, records: number): void {
    this.#counts.behind.set(records, source, partition)
  }

  sourceEnded(source: string): void {
    this.#info('source', 'ended', { source })
  }

  seriesCount(live: number, limit: number): void {
    this.#counts.series.set(live)
    this.#counts.seriesLimit.set(limit)
  }

  quotaTaken({ quota, heavy, over }: { quota: number; heavy: number; over: number }): void {
    this.#counts.heavySeries.set(heavy)
    this.#counts.overQuotaSeries.set(over)
    const more = over > this.#overQuota
    this.#overQuota = over
    if (!more) return
    this.#log.write({
      level: 'warn',
      component: 'series',
      message: 'the quota of heavy detectors is reached; further series are judged by a light one',
      facts: { quota, over },
      atMostOnce: { key: 'quota', everyMs: seriesLimitEveryMs },
    })
  }

  seriesEvicted(count: number): void {
    this.#counts.seriesEvicted.add(count)
    this.#info('series', 'idle series forgotten', { count })
  }

  seriesLimitReached(limit: number): void {
    this.#log.write({
      level: 'error',
      component: 'series',
      message: 'the limit on series is reached; samples of new series are refused',
      facts: { limit },
      atMostOnce: { key: 'series limit', everyMs: seriesLimitEveryMs },
    })
  }

  checkpointSaved(owners: number, tookMs: number): void {
    this.#counts.checkpointSeconds.observe(tookMs / secondMs)
    this.#counts.checkpointOwners.add(owners)
    const facts = { owners, tookMs }
    this.#log.write({ level: 'debug', component: 'checkpoint', message: 'saved', facts })
  }

  checkpointFailed(error: unknown): void {
    this.#counts.checkpointFailures.add(1)
    this.#log.write({
      level: 'error',
      component: 'checkpoint',
      message: 'cannot save; nothing is acknowledged until it can',
      error,
      atMostOnce: { key: 'checkpoint', everyMs: failureEveryMs },
    })
  }

  restored(counts: { series: number; outbox: number; lostLogBytes: number }): void {
    this.#counts.restoredSeries.set(counts.series)
    const lost = counts.lostLogBytes > 0
    this.#log.write({
      level: lost ? 'warn' : 'info',
      component: 'checkpoint',
      message: lost ? 'restored; the end of the incoming log was torn' : 'restored',
      facts: counts,
    })
  }

  storePutAside(path: string, error: unknown): void {
    this.#counts.storesPutAside.add(1)
    this.#log.write({
      level: 'error',
      component: 'store',
      message: 'the saved state is damaged and was put aside; what is not in memory starts anew',
      facts: { path },
      error,
    })
  }

  snapshotRefused(seriesKey: string, error: unknown): void {
    this.#counts.snapshotsRefused.add(1)
    this.#log.write({
      level: 'error',
      component: 'checkpoint',
      message: 'the saved state cannot be used; the series starts anew',
      facts: { series: seriesKey },
      error,
      atMostOnce: { key: 'snapshot', everyMs: failureEveryMs },
    })
  }

  alarmChanged(alarm: AlarmReport): void {
    const { rule, state, severity, labels, reason, alarmId, news } = alarm
    if (news !== undefined) {
      const facts = { series: labels.key, state, alarmId }
      this.#log.write({ level: 'debug', component: 'alarm', message: news, facts })
      return
    }
    this.#counts.alarmChanges.add(1, rule, state, severity)
    const told = state === 'firing' || state === 'resolved'
    this.#log.write({
      level: told ? 'info' : 'debug',
      component: 'alarm',
      message: state,
      facts: { series: labels.key, reason, severity, rule, alarmId },
    })
  }

  warningChanged(warning: WarningReport): void {
    const { rule, metric, state, labels, leadMs, warningId } = warning
    this.#counts.warnings.add(1, rule, metric, state)
    if (state === 'true') this.#counts.warningLeads.observe(leadMs / secondMs, rule, metric)
    const facts = { series: labels.key, words: warningInWords(warning), rule, warningId }
    this.#log.write({ level: 'info', component: 'warning', message: state, facts })
  }

  wordTaken(record: ControlRecord): void {
    const { kind: _kind, action, origin: _origin, ...facts } = record
    this.#counts.words.add(1, action)
    this.#info('control', action, facts)
  }

  sinkWrote(sink: string, reports: number, tookMs: number): void {
    this.#counts.sinkReports.add(reports, sink)
    this.#counts.sinkSeconds.observe(tookMs / secondMs, sink)
    this.#counts.sinkUp.set(1, sink)
    this.#counts.sinkLastSuccess.set(this.#clock.nowMs() / secondMs, sink)
    const facts = { sink, reports, tookMs }
    this.#log.write({ level: 'debug', component: 'sink', message: 'wrote', facts })
  }

  sinkFailed(sink: string, error: unknown, retryInMs: number): void {
    this.#counts.sinkFailures.add(1, sink)
    this.#counts.sinkUp.set(0, sink)
    this.#counts.sinkLastFailure.set(this.#clock.nowMs() / secondMs, sink)
    this.#log.write({
      level: 'warn',
      component: 'sink',
      message: retryInMs > 0 ? 'cannot write, trying again' : 'cannot write',
      facts: { sink, retryInMs },
      error,
      atMostOnce: { key: `sink ${sink}`, everyMs: failureEveryMs },
    })
  }

  sinkDropped(sink: string, reports: number, reason: string): void {
    this.#counts.sinkDropped.add(reports, sink, reason)
    this.#log.write({
      level: 'error',
      component: 'sink',
      message: 'reports given up',
      facts: { sink, reports, reason },
      atMostOnce: { key: `dropped ${sink} ${reason}`, everyMs: failureEveryMs },
    })
  }

  outboxUnclaimed(sink: string, alarms: number): void {
    this.#counts.outboxUnclaimed.set(alarms, sink)
    if (alarms === 0) return
    this.#log.write({
      level: 'warn',
      component: 'sink',
      message: 'alarms wait for a sink that is not configured; one of this name would get them',
      facts: { sink, alarms },
    })
  }

  sinkQueue(sink: string, waiting: number, limit: number): void {
    this.#counts.sinkWaiting.set(waiting, sink)
    this.#counts.sinkLimit.set(limit, sink)
  }

  streamClients(live: number, limit: number): void {
    this.#counts.streamClients.set(live)
    this.#counts.streamLimit.set(limit)
  }

  streamClientDropped(waitedMs: number): void {
    this.#counts.streamDropped.add(1)
    this.#log.write({
      level: 'warn',
      component: 'server',
      message: 'a page did not keep up and was cut off; it may come back',
      facts: { waitedMs },
      atMostOnce: { key: 'stream client', everyMs: failureEveryMs },
    })
  }

  requestFailed(request: string, error: unknown): void {
    this.#counts.requestFailures.add(1)
    this.#log.write({
      level: 'error',
      component: 'server',
      message: 'a request ended in an internal error',
      facts: { request },
      error,
      atMostOnce: { key: `request ${request}`, everyMs: failureEveryMs },
    })
  }

  #info(component: string, message: string, facts: Readonly<Record<string, unknown>>): void {
    this.#log.write({ level: 'info', component, message, facts })
  }
}
