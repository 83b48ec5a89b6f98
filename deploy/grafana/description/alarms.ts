import { byMetric, named, ofAll } from './carbon.ts'
import type { DashboardDescription } from './description.ts'
import { colors, noneIsGood, plain, severityColors, stateTexts } from './look.ts'

const changes = `from \${schema}.alarm_changes where $__timeFilter(time)`
const begun = `${changes} and state = 'firing' and news is null`
/** How long each fired; one that still fires lasts until now. */
const lasted = `extract(epoch from coalesce(ended, now()) - fired)`
const fired = `$__timeFilter(fired)`

/** Which alarms there were, how long they lasted, and what people thought of them. */
export const alarms: DashboardDescription = {
  name: 'alarms',
  title: 'Alarms',
  about: 'Which alarms there were, how long they lasted, and what people thought of them.',
  from: 'now-24h',
  refresh: '1m',
  variables: [],
  panels: [
    {
      kind: 'figure',
      title: 'Alarms',
      about: 'How many fired in this range.',
      width: 6,
      height: 4,
      steps: plain,
      reduce: 'sum',
      postgres: [`select count(*) as alarms ${begun}`],
      graphite: [named(`consolidateBy(sumSeries(${ofAll('alarm')}),'sum')`, 'alarms')],
    },
    {
      kind: 'figure',
      title: 'Alarms that fire',
      about: 'Now. In Graphite: of those whose last change lies in the range.',
      width: 6,
      height: 4,
      steps: noneIsGood,
      postgres: [`select count(*) as firing from \${schema}.alarms where state = 'firing'`],
      graphite: [named(`sumSeries(keepLastValue(${ofAll('alarm')}))`, 'firing')],
    },
    {
      kind: 'figure',
      title: 'How long they last',
      about: 'Median over the alarms that fired in this range.',
      width: 6,
      height: 4,
      unit: 's',
      steps: plain,
      postgres: [
        `select percentile_cont(0.5) within group (order by ${lasted}) as seconds
from \${schema}.alarms where ${fired}`,
      ],
    },
    {
      kind: 'figure',
      title: 'False alarms',
      about: 'Share of false ones among the alarms of this range that somebody labelled.',
      width: 6,
      height: 4,
      unit: 'percentunit',
      steps: plain,
      postgres: [
        `select avg(case verdict when 'false alarm' then 1.0 else 0.0 end)::float8 as share
from \${schema}.alarms where ${fired} and verdict is not null`,
      ],
    },
    {
      kind: 'chart',
      title: 'Alarms that began',
      about: 'By severity.',
      width: 12,
      height: 8,
      bars: true,
      stacked: true,
      fields: {
        info: { color: severityColors.info },
        warning: { color: severityColors.warning },
        critical: { color: severityColors.critical },
        began: { color: severityColors.warning },
      },
      postgres: [
        `select $__timeGroupAlias(time, $__interval), severity as metric, count(*) as began
${begun} group by 1, 2 order by 1`,
      ],
      graphite: [named(`consolidateBy(sumSeries(${ofAll('alarm')}),'sum')`, 'began')],
    },
    {
      kind: 'chart',
      title: 'Alarms that fired at once',
      about: 'How many, over time.',
      width: 12,
      height: 8,
      spanGaps: true,
      fields: { firing: { color: colors.firing } },
      postgres: [
        `select t.time, (
  select count(*) from \${schema}.alarms
  where fired <= t.time and (ended is null or ended > t.time)
) as firing
from generate_series($__timeFrom()::timestamptz, $__timeTo()::timestamptz,
  greatest(interval '1 minute', ($__timeTo()::timestamptz - $__timeFrom()::timestamptz) / 200)
) as t(time) order by 1`,
      ],
      graphite: [named(`sumSeries(keepLastValue(${ofAll('alarm')}))`, 'firing')],
    },
    {
      kind: 'table',
      title: 'Alarms of the range',
      about: 'Newest first; a series opens with a click.',
      width: 24,
      height: 11,
      fields: {
        series: { opensSeries: true, width: 320 },
        severity: { words: severityColors, width: 90 },
        state: { words: { firing: colors.firing, pending: colors.pending }, width: 90 },
        since: { width: 180 },
        lasted: { unit: 's', width: 110 },
      },
      asRows: true,
      postgres: [
        `select a.started as since, s.key as series, a.state, a.severity, a.reason,
  ${lasted} as lasted, a.value, a.expected, a.lower, a.upper, a.rule, a.verdict,
  a.acknowledged_by, a.silenced_by
from \${schema}.alarms a join \${schema}.series s using (series_id)
where ${fired} order by a.started desc limit 1000`,
      ],
      graphite: [byMetric(`highestMax(${ofAll('alarm')},100)`)],
    },
    {
      kind: 'table',
      title: 'Series with the most alarms',
      about: 'What to look at first where there are too many.',
      width: 12,
      height: 8,
      fields: {
        series: { opensSeries: true },
        lasted: { unit: 's', width: 110 },
      },
      postgres: [
        `select s.key as series, count(*) as alarms, sum(${lasted})::float8 as lasted,
  count(*) filter (where verdict = 'false alarm') as called_false
from \${schema}.alarms join \${schema}.series s using (series_id)
where ${fired} group by s.key, series_id order by alarms desc limit 50`,
      ],
    },
    {
      kind: 'table',
      title: 'Rules',
      about: 'How many alarms each rule raised, and what people said of them.',
      width: 12,
      height: 8,
      postgres: [
        `select rule, severity, count(*) as alarms,
  count(*) filter (where verdict = 'true alarm') as called_true,
  count(*) filter (where verdict = 'false alarm') as called_false,
  count(*) filter (where acknowledged_by is not null) as acknowledged,
  count(*) filter (where silenced_by is not null) as silenced
from \${schema}.alarms where ${fired} group by 1, 2 order by 3 desc`,
      ],
    },
    {
      kind: 'states',
      title: 'States',
      about: 'Of the metrics that had an alarm.',
      width: 24,
      height: 8,
      texts: stateTexts,
      graphite: [byMetric(`highestMax(keepLastValue(${ofAll('alarm')}),40)`)],
    },
    {
      kind: 'table',
      title: 'What people said',
      about: 'Silences, acknowledgements and labels of this range.',
      width: 24,
      height: 7,
      fields: { series: { opensSeries: true } },
      postgres: [
        `select c.time as "when", c.news, s.key as series,
  coalesce(c.acknowledged_by, c.silenced_by) as who, c.verdict, c.silenced_until
from \${schema}.alarm_changes c join \${schema}.series s using (series_id)
where $__timeFilter(c.time) and c.news is not null order by c.time desc limit 500`,
      ],
    },
  ],
}
