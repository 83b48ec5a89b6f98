import type { DashboardDescription, PanelDescription, Question } from './description.ts'
import { colors, noneIsGood, plain } from './look.ts'

const chosen = '{instance=~"$instance"}'
const rate = (metric: string, by = ''): string => {
  const sum = `(rate(${metric}${chosen}[$__rate_interval]))`
  return by === '' ? `sum${sum}` : `sum by (${by}) ${sum}`
}
const slowest = (metric: string, by: string): string =>
  `histogram_quantile(0.99, sum by (${by}, le) (rate(${metric}_bucket${chosen}[$__rate_interval])))`

const chart = (
  title: string,
  about: string,
  questions: readonly Question[],
  more: Partial<PanelDescription> = {},
): PanelDescription => ({
  kind: 'chart',
  title,
  about,
  width: 12,
  height: 8,
  prometheus: questions,
  ...more,
})
const figure = (
  title: string,
  about: string,
  text: string,
  more: Partial<PanelDescription> = {},
): PanelDescription => ({
  kind: 'figure',
  title,
  about,
  width: 4,
  height: 4,
  steps: plain,
  prometheus: [{ text }],
  ...more,
})

/** How Forewarn itself is, from its /metrics. */
export const health: DashboardDescription = {
  name: 'health',
  title: 'Forewarn’s own health',
  about: 'What comes in, what is refused, whether every sink takes its reports, and the process.',
  from: 'now-3h',
  refresh: '30s',
  variables: [
    {
      name: 'instance',
      label: 'Instance',
      choose: 'all',
      prometheus: 'label_values(forewarn_build_info, instance)',
    },
  ],
  panels: [
    figure(
      'Sinks that fail',
      'Sinks whose last write failed.',
      `count(forewarn_sink_up${chosen} == 0) or vector(0)`,
      {
        steps: noneIsGood,
      },
    ),
    figure(
      'Reports lost',
      'Given up in the last hour: the queue was full, the other side refused them, or the program stopped.',
      `sum(increase(forewarn_sink_dropped_reports_total${chosen}[1h])) or vector(0)`,
      { steps: noneIsGood },
    ),
    figure('Series', 'Held now.', `sum(forewarn_series${chosen})`),
    figure(
      'Room for series',
      'Share of the limit that is taken.',
      `max(forewarn_series${chosen} / forewarn_series_limit${chosen})`,
      {
        unit: 'percentunit',
        steps: [
          [null, 'green'],
          [0.8, 'yellow'],
          [0.95, 'red'],
        ],
      },
    ),
    figure('Samples a second', 'Decoded from all sources.', rate('forewarn_observations_total'), {
      unit: 'short',
    }),
    figure(
      'Configuration',
      'Whether the last attempt to load it succeeded.',
      `min(forewarn_config_last_reload_successful${chosen})`,
      {
        texts: { '0': { text: 'refused', color: 'red' }, '1': { text: 'loaded', color: 'green' } },
      },
    ),
    { kind: 'row', title: 'In' },
    chart('Samples a second', 'Decoded, by source.', [
      { text: rate('forewarn_observations_total', 'source'), legend: '{{source}}' },
    ]),
    chart('Refused a second', 'Samples and lines, by reason.', [
      { text: rate('forewarn_rejections_total', 'reason'), legend: '{{reason}}' },
    ]),
    chart('Records a second', 'Messages, requests, datagrams, groups of lines, by source.', [
      { text: rate('forewarn_records_total', 'source'), legend: '{{source}}' },
    ]),
    chart('Sources that fail', 'Times a second that a source could not be read.', [
      { text: rate('forewarn_source_failures_total', 'source'), legend: '{{source}}' },
    ]),
    { kind: 'row', title: 'Series and alarms' },
    chart('Series', 'Held, how many can be held, and those that fell back to a light detector.', [
      { text: `sum(forewarn_series${chosen})`, legend: 'held' },
      { text: `sum(forewarn_series_limit${chosen})`, legend: 'limit' },
      { text: `sum(forewarn_quota_series${chosen})`, legend: 'heavy detectors' },
      { text: `sum(forewarn_over_quota_series${chosen})`, legend: 'over the quota' },
    ]),
    chart(
      'Changes of alarms',
      'By the state that they changed to.',
      [
        {
          text: `sum by (state) (increase(forewarn_alarm_changes_total${chosen}[$__rate_interval]))`,
          legend: '{{state}}',
        },
      ],
      {
        bars: true,
        stacked: true,
        fields: {
          firing: { color: colors.firing },
          pending: { color: colors.pending },
          resolved: { color: colors.calm },
        },
      },
    ),
    { kind: 'row', title: 'Out' },
    chart('Reports a second', 'That each sink took.', [
      { text: rate('forewarn_sink_reports_total', 'sink'), legend: '{{sink}}' },
    ]),
    chart('Reports that wait', 'For each sink, and how many can.', [
      { text: `max by (sink) (forewarn_sink_waiting_reports${chosen})`, legend: '{{sink}}' },
      {
        text: `max by (sink) (forewarn_sink_waiting_reports_limit${chosen})`,
        legend: '{{sink}}: limit',
      },
    ]),
    chart(
      'Since the last success',
      'How long each sink has taken nothing.',
      [
        {
          text: `time() - max by (sink) (forewarn_sink_last_success_timestamp_seconds${chosen})`,
          legend: '{{sink}}',
        },
      ],
      { unit: 's' },
    ),
    chart(
      'Slowest writes',
      '99 of 100 writes that succeeded took less.',
      [{ text: slowest('forewarn_sink_write_duration_seconds', 'sink'), legend: '{{sink}}' }],
      { unit: 's' },
    ),
    chart('Failed writes a second', 'Those tried again included.', [
      { text: rate('forewarn_sink_failures_total', 'sink'), legend: '{{sink}}' },
    ]),
    chart('Reports lost a second', 'By sink and reason.', [
      {
        text: rate('forewarn_sink_dropped_reports_total', 'sink, reason'),
        legend: '{{sink}}: {{reason}}',
      },
    ]),
    { kind: 'row', title: 'Kept states' },
    chart(
      'Slowest checkpoints',
      '99 of 100 took less.',
      [
        {
          text: slowest('forewarn_checkpoint_duration_seconds', 'instance'),
          legend: '{{instance}}',
        },
      ],
      { unit: 's' },
    ),
    chart('States saved a second', 'And checkpoints that could not be saved.', [
      { text: rate('forewarn_checkpoint_saved_states_total'), legend: 'saved' },
      { text: rate('forewarn_checkpoint_failures_total'), legend: 'checkpoints that failed' },
    ]),
    { kind: 'row', title: 'Process' },
    chart(
      'Processor',
      'Share of one core.',
      [
        {
          text: `rate(process_cpu_seconds_total${chosen}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
      { unit: 'percentunit', width: 8 },
    ),
    chart(
      'Memory',
      'Of the process, and of it JavaScript’s heap and buffers.',
      [
        { text: `process_resident_memory_bytes${chosen}`, legend: '{{instance}}: all' },
        { text: `nodejs_heap_size_used_bytes${chosen}`, legend: '{{instance}}: heap' },
        { text: `nodejs_external_memory_bytes${chosen}`, legend: '{{instance}}: buffers' },
      ],
      { unit: 'bytes', width: 8 },
    ),
    chart(
      'Event loop',
      'How late it was, most.',
      [
        {
          text: `nodejs_eventloop_lag_seconds{instance=~"$instance",quantile="1"}`,
          legend: '{{instance}}',
        },
      ],
      { unit: 's', width: 8 },
    ),
  ],
}
