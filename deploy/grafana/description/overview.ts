import { byMetric, named, ofAll } from './carbon.ts'
import type { DashboardDescription } from './description.ts'
import {
  colors,
  noneIsGood,
  plain,
  scoreSteps,
  severityColors,
  stateNumber,
  stateTexts,
} from './look.ts'

const topSeries = `select series_id from \${schema}.scores where $__timeFilter(time)
  group by 1 order by max(score) desc, count(*) desc limit 10`

/** What is wrong now, and where. */
export const overview: DashboardDescription = {
  name: 'overview',
  title: 'Overview',
  about: 'What is wrong now, and where.',
  from: 'now-6h',
  refresh: '30s',
  variables: [],
  panels: [
    {
      kind: 'figure',
      title: 'Alarms that fire',
      about: 'Alarms that fire now. In Graphite: of those whose last change lies in the range.',
      width: 4,
      height: 4,
      steps: noneIsGood,
      postgres: [`select count(*) as firing from \${schema}.alarms where state = 'firing'`],
      graphite: [named(`sumSeries(keepLastValue(${ofAll('alarm')}))`, 'firing')],
    },
    {
      kind: 'figure',
      title: 'Series',
      about: 'Series that had samples in this range.',
      width: 4,
      height: 4,
      steps: plain,
      postgres: [
        `select count(distinct series_id) as series from \${schema}.scores
where $__timeFilter(time)`,
      ],
      graphite: [named(`countSeries(${ofAll('anomaly_likelihood')})`, 'series')],
    },
    {
      kind: 'figure',
      title: 'Samples',
      about: 'Samples that were scored in this range.',
      width: 4,
      height: 4,
      unit: 'short',
      steps: plain,
      reduce: 'sum',
      postgres: [`select count(*) as samples from \${schema}.scores where $__timeFilter(time)`],
      graphite: [
        named(
          `consolidateBy(sumSeries(isNonNull(${ofAll('anomaly_likelihood')})),'sum')`,
          'samples',
        ),
      ],
    },
    {
      kind: 'figure',
      title: 'Unusual samples',
      about:
        'Samples that their series’ rule calls anomalous. In Graphite: those of them for which ' +
        'something was expected.',
      width: 4,
      height: 4,
      unit: 'short',
      steps: plain,
      reduce: 'sum',
      postgres: [
        `select count(*) filter (where status = 'anomalous') as unusual from \${schema}.scores
where $__timeFilter(time)`,
      ],
      graphite: [
        named(`consolidateBy(sumSeries(absolute(${ofAll('anomaly_direction')})),'sum')`, 'unusual'),
      ],
    },
    {
      kind: 'figure',
      title: 'Highest score',
      about: 'One minus the tail probability of the most unusual sample in this range.',
      width: 4,
      height: 4,
      unit: 'percentunit',
      steps: scoreSteps,
      reduce: 'max',
      postgres: [`select max(score) as score from \${schema}.scores where $__timeFilter(time)`],
      graphite: [named(`maxSeries(${ofAll('anomaly_likelihood')})`, 'score')],
    },
    {
      kind: 'figure',
      title: 'Newest sample',
      about: 'How old the newest sample is that was scored.',
      width: 4,
      height: 4,
      unit: 's',
      steps: [
        [null, 'green'],
        [300, 'yellow'],
        [900, 'red'],
      ],
      postgres: [
        `select greatest(0, extract(epoch from now() - max(time))) as age from \${schema}.scores
where $__timeFilter(time)`,
      ],
    },
    {
      kind: 'table',
      title: 'Alarms that fire',
      about: 'Each with its reason in words; a series opens with a click.',
      width: 24,
      height: 7,
      fields: {
        series: { opensSeries: true, width: 320 },
        severity: { words: severityColors, width: 100 },
        since: { width: 180 },
        score: { unit: 'percentunit', width: 100 },
      },
      asRows: true,
      postgres: [
        `select a.started as since, s.key as series, a.severity, a.reason, a.value, a.expected,
  a.lower, a.upper, a.score, a.rule, a.acknowledged_by, a.silenced_by
from \${schema}.alarms a join \${schema}.series s using (series_id)
where a.state = 'firing' order by a.started desc limit 500`,
      ],
      graphite: [byMetric(`currentAbove(keepLastValue(${ofAll('alarm')}),0.5)`)],
    },
    {
      kind: 'states',
      title: 'Alarms of the range',
      about: 'Each series that had an alarm in this range.',
      width: 12,
      height: 9,
      texts: stateTexts,
      postgres: [
        `select c.time, s.key as metric, ${stateNumber} as state
from \${schema}.alarm_changes c join \${schema}.series s using (series_id)
where $__timeFilter(c.time) and c.news is null order by c.time`,
      ],
      graphite: [byMetric(`highestMax(keepLastValue(${ofAll('alarm')}),20)`)],
    },
    {
      kind: 'chart',
      title: 'Highest scores',
      about: 'The ten series with the most unusual samples in this range.',
      width: 12,
      height: 9,
      unit: 'percentunit',
      min: 0,
      max: 1,
      postgres: [
        `select $__timeGroupAlias(c.time, $__interval), s.key as metric, max(c.score) as score
from \${schema}.scores c join \${schema}.series s using (series_id)
where $__timeFilter(c.time) and c.series_id in (${topSeries})
group by 1, 2 order by 1`,
      ],
      graphite: [byMetric(`highestMax(${ofAll('anomaly_likelihood')},10)`)],
    },
    {
      kind: 'chart',
      title: 'Unusual samples',
      about: 'How many samples were called anomalous.',
      width: 12,
      height: 8,
      bars: true,
      fields: { unusual: { color: colors.unusual } },
      postgres: [
        `select $__timeGroupAlias(time, $__interval),
  count(*) filter (where status = 'anomalous') as unusual
from \${schema}.scores where $__timeFilter(time) group by 1 order by 1`,
      ],
      graphite: [
        named(`consolidateBy(sumSeries(absolute(${ofAll('anomaly_direction')})),'sum')`, 'unusual'),
      ],
    },
    {
      kind: 'table',
      title: 'Most unusual series',
      about: 'By their highest score, then by how many samples were unusual.',
      width: 12,
      height: 8,
      fields: {
        series: { opensSeries: true },
        highest: { unit: 'percentunit', width: 100 },
      },
      asRows: true,
      postgres: [
        `select s.key as series, max(c.score) as highest,
  count(*) filter (where c.status = 'anomalous') as unusual, count(*) as samples
from \${schema}.scores c join \${schema}.series s using (series_id)
where $__timeFilter(c.time) and c.status <> 'probation'
group by s.key, c.series_id order by highest desc, unusual desc limit 50`,
      ],
      graphite: [byMetric(`highestMax(${ofAll('anomaly_likelihood')},50)`)],
    },
  ],
}
