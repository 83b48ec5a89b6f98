/**
 * Every metric of the program, declared in one place. The reference page is made from these
 * declarations; names follow Prometheus: base units, `_total` on counters.
 */

import type { Metric } from './metric.ts'
import type { Metrics } from './metrics.ts'

/** The families by what they count. */
export type ProgramMetrics = ReturnType<typeof programMetrics>

/** Declares all of them. */
export function programMetrics(metrics: Metrics) {
  return {
    buildInfo: metrics.gauge('forewarn_build_info', '1, with the version as label.', ['version']),
    ...configurationMetrics(metrics),
    ...inputMetrics(metrics),
    ...seriesMetrics(metrics),
    ...sinkMetrics(metrics),
    ...checkpointMetrics(metrics),
    ...serverMetrics(metrics),
  } satisfies Record<string, Metric>
}

function configurationMetrics(metrics: Metrics) {
  return {
    reloadSuccessful: metrics.gauge(
      'forewarn_config_last_reload_successful',
      '1 if the last attempt to load the configuration succeeded, else 0.',
    ),
    reloadTimestamp: metrics.gauge(
      'forewarn_config_last_reload_success_timestamp_seconds',
      'When the configuration that holds was loaded, Unix time.',
    ),
  }
}

function inputMetrics(metrics: Metrics) {
  const bySource = ['source']
  return {
    batches: metrics.counter('forewarn_batches_total', 'Batches taken from a source.', bySource),
    records: metrics.counter(
      'forewarn_records_total',
      'Messages, datagrams, requests or groups of lines taken from a source.',
      bySource,
    ),
    observations: metrics.counter(
      'forewarn_observations_total',
      'Samples decoded from what a source sent.',
      bySource,
    ),
    rejections: metrics.counter(
      'forewarn_rejections_total',
      'Samples and lines refused, by reason.',
      ['source', 'reason'],
    ),
    assignments: metrics.counter(
      'forewarn_source_assignments_total',
      'Times that a consumer group gave a source its partitions: rebalances.',
      bySource,
    ),
    assigned: metrics.gauge(
      'forewarn_source_partitions',
      'Partitions that are assigned to a source at present.',
      bySource,
    ),
    statesMissing: metrics.counter(
      'forewarn_source_states_missing_total',
      'Partitions that were read before and of which no states were saved: a store lost its data.',
      bySource,
    ),
    unkeyed: metrics.counter(
      'forewarn_source_unkeyed_records_total',
      'Records without a key of a topic that is said to be keyed by series (keyed: true).',
      bySource,
    ),
    behind: metrics.gauge(
      'forewarn_source_lag_records',
      'Records of an assigned partition that are not taken yet, as of its broker’s last answer.',
      ['source', 'partition'],
    ),
    sourceFailures: metrics.counter(
      'forewarn_source_failures_total',
      'Times that a source could not be read.',
      bySource,
    ),
  }
}

function seriesMetrics(metrics: Metrics) {
  return {
    series: metrics.gauge('forewarn_series', 'Series held.'),
    seriesLimit: metrics.gauge('forewarn_series_limit', 'Series that can be held.'),
    heavySeries: metrics.gauge(
      'forewarn_quota_series',
      'Series judged by a heavy detector, which the quota counts.',
    ),
    overQuotaSeries: metrics.gauge(
      'forewarn_over_quota_series',
      'Series judged by a light detector because the quota was full.',
    ),
    seriesEvicted: metrics.counter(
      'forewarn_series_evicted_total',
      'Series forgotten because they sent nothing for long.',
    ),
    alarmChanges: metrics.counter(
      'forewarn_alarm_changes_total',
      'Changes of alarms, by the state that they changed to.',
      ['rule', 'state', 'severity'],
    ),
    warnings: metrics.counter(
      'forewarn_warnings_total',
      'Warnings of broken objectives: told, come true, not come true, missed.',
      ['rule', 'metric', 'state'],
    ),
    warningLeads: metrics.lead(
      'forewarn_warning_lead_seconds',
      'How long before a breach the first warning of its run was told.',
      ['rule', 'metric'],
    ),
    words: metrics.counter(
      'forewarn_control_records_total',
      'What people said: silences, acknowledgements, labels.',
      ['action'],
    ),
  }
}

function sinkMetrics(metrics: Metrics) {
  const bySink = ['sink']
  return {
    sinkReports: metrics.counter(
      'forewarn_sink_reports_total',
      'Reports that a sink took.',
      bySink,
    ),
    sinkFailures: metrics.counter(
      'forewarn_sink_failures_total',
      'Writes that failed, those tried again included.',
      bySink,
    ),
    sinkDropped: metrics.counter(
      'forewarn_sink_dropped_reports_total',
      'Reports given up: the queue was full, the other side refused them, or the program stopped.',
      ['sink', 'reason'],
    ),
    outboxUnclaimed: metrics.gauge(
      'forewarn_outbox_unclaimed_alarms',
      'Alarms kept for a sink that is not configured any more.',
      bySink,
    ),
    sinkWaiting: metrics.gauge(
      'forewarn_sink_waiting_reports',
      'Reports that a sink does not have yet.',
      bySink,
    ),
    sinkLimit: metrics.gauge(
      'forewarn_sink_waiting_reports_limit',
      'Reports that can wait for a sink.',
      bySink,
    ),
    sinkUp: metrics.gauge('forewarn_sink_up', '1 if the last write succeeded, else 0.', bySink),
    sinkLastSuccess: metrics.gauge(
      'forewarn_sink_last_success_timestamp_seconds',
      'When a write last succeeded, Unix time.',
      bySink,
    ),
    sinkLastFailure: metrics.gauge(
      'forewarn_sink_last_failure_timestamp_seconds',
      'When a write last failed, Unix time.',
      bySink,
    ),
    sinkSeconds: metrics.duration(
      'forewarn_sink_write_duration_seconds',
      'How long writes that succeeded took.',
      bySink,
    ),
  }
}

function checkpointMetrics(metrics: Metrics) {
  return {
    checkpointSeconds: metrics.duration(
      'forewarn_checkpoint_duration_seconds',
      'How long checkpoints took.',
    ),
    checkpointOwners: metrics.counter(
      'forewarn_checkpoint_saved_states_total',
      'States saved by checkpoints.',
    ),
    checkpointFailures: metrics.counter(
      'forewarn_checkpoint_failures_total',
      'Checkpoints that could not be saved.',
    ),
    loadSeconds: metrics.duration(
      'forewarn_state_load_duration_seconds',
      'How long it took until the states of a partition that came were read and put back.',
    ),
    restoredSeries: metrics.gauge(
      'forewarn_restored_series',
      'Series that went on from a saved state at the start.',
    ),
    storesPutAside: metrics.counter(
      'forewarn_stores_put_aside_total',
      'Stores that were damaged and put aside.',
    ),
    snapshotsRefused: metrics.counter(
      'forewarn_snapshots_refused_total',
      'Saved states that could not be used.',
    ),
  }
}

function serverMetrics(metrics: Metrics) {
  return {
    streamClients: metrics.gauge('forewarn_stream_clients', 'Pages on the live stream.'),
    streamLimit: metrics.gauge('forewarn_stream_clients_limit', 'Pages that are let in.'),
    streamDropped: metrics.counter(
      'forewarn_stream_clients_dropped_total',
      'Pages cut off because they did not keep up.',
    ),
    requestFailures: metrics.counter(
      'forewarn_request_failures_total',
      'HTTP requests that ended in an internal error.',
    ),
  }
}
