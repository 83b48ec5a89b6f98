import { byMetric, named, ofAll, ofMetric, unusualValue } from './carbon.ts'
import type { DashboardDescription, VariableDescription } from './description.ts'
import {
  colors,
  noneIsGood,
  plain,
  scoreSteps,
  severityColors,
  stateNumber,
  stateTexts,
} from './look.ts'

/** The series to look at, by its key, in Graphite by its name. */
export const chosenSeries: VariableDescription = {
  name: 'series',
  label: 'Series',
  postgres: `select key as __text, key as __value from \${schema}.series order by key`,
  graphite: byMetric(ofAll('anomaly_likelihood')),
}

/** The number of the chosen series. Keys may be long, so it is their digests that are indexed. */
export const seriesId = `(
  select series_id from \${schema}.series
  where digest = encode(sha256(convert_to(\${series:sqlstring}, 'UTF8')), 'hex'))`
const here = `series_id = ${seriesId}`
const inRange = `$__timeFilter(time) and ${here}`

/** One series: what it did, what was expected, how unusual that was. */
export const series: DashboardDescription = {
  name: 'series',
  title: 'One series',
  about:
    'One series: what it did, what was expected, how unusual that was, and what was said of it.',
  from: 'now-6h',
  refresh: '30s',
  variables: [chosenSeries],
  marks: {
    name: 'Alarms',
    postgres: `select fired as time, ended as timeend, reason as text,
  concat_ws(',', severity, rule, state) as tags
from \${schema}.alarms where $__timeFilter(fired) and ${here}`,
    graphite: `removeBelowValue(${ofMetric('alarm')},1)`,
  },
  panels: [
    {
      kind: 'figure',
      title: 'Value',
      about: 'The last sample.',
      width: 4,
      height: 4,
      unit: 'short',
      steps: plain,
      postgres: [`select value from \${schema}.scores where ${inRange} order by time desc limit 1`],
      graphite: [named(ofMetric('value'), 'value')],
    },
    {
      kind: 'figure',
      title: 'Expected',
      about: 'What was expected of it.',
      width: 4,
      height: 4,
      unit: 'short',
      steps: plain,
      postgres: [
        `select expected from \${schema}.scores where ${inRange} and expected is not null
order by time desc limit 1`,
      ],
      graphite: [named(ofMetric('expected'), 'expected')],
    },
    {
      kind: 'figure',
      title: 'Score',
      about: 'How unusual it was: one minus the tail probability.',
      width: 4,
      height: 4,
      unit: 'percentunit',
      steps: scoreSteps,
      postgres: [`select score from \${schema}.scores where ${inRange} order by time desc limit 1`],
      graphite: [named(ofMetric('anomaly_likelihood'), 'score')],
    },
    {
      kind: 'figure',
      title: 'Unusual samples',
      about: 'In this range.',
      width: 4,
      height: 4,
      steps: plain,
      reduce: 'sum',
      postgres: [
        `select count(*) filter (where status = 'anomalous') as unusual from \${schema}.scores
where ${inRange}`,
      ],
      graphite: [
        named(`consolidateBy(absolute(${ofMetric('anomaly_direction')}),'sum')`, 'unusual'),
      ],
    },
    {
      kind: 'figure',
      title: 'Alarm',
      about: 'Whether its alarm fires. In Graphite: as the last change in the range left it.',
      width: 4,
      height: 4,
      steps: noneIsGood,
      texts: stateTexts,
      postgres: [
        `select coalesce((select ${stateNumber} from \${schema}.alarms where ${here}
  order by changed desc limit 1), 0) as state`,
      ],
      graphite: [named(`keepLastValue(${ofMetric('alarm')})`, 'state')],
    },
    {
      kind: 'figure',
      title: 'Alarms',
      about: 'How often its alarm fired in this range.',
      width: 4,
      height: 4,
      steps: plain,
      reduce: 'sum',
      postgres: [
        `select count(*) as alarms from \${schema}.alarm_changes
where ${inRange} and state = 'firing' and news is null`,
      ],
      graphite: [named(`consolidateBy(${ofMetric('alarm')},'sum')`, 'alarms')],
    },
    {
      kind: 'chart',
      title: 'Value and what was expected',
      about: 'The band is what the detector thought likely; red points are unusual samples.',
      width: 24,
      height: 11,
      unit: 'short',
      fields: {
        value: { color: colors.value },
        expected: { color: colors.expected, dashed: true },
        lower: { color: colors.band, edge: true },
        upper: { color: colors.band, edge: true, fillTo: 'lower' },
        unusual: { color: colors.unusual, points: true },
      },
      postgres: [
        `select $__timeGroupAlias(time, $__interval), min(lower) as lower, max(upper) as upper,
  avg(expected) as expected, avg(value) as value
from \${schema}.scores where ${inRange} group by 1 order by 1`,
        `select time, value as unusual from \${schema}.scores
where ${inRange} and status = 'anomalous' order by time limit 10000`,
      ],
      graphite: [
        named(`consolidateBy(${ofMetric('lower')},'min')`, 'lower'),
        named(`consolidateBy(${ofMetric('upper')},'max')`, 'upper'),
        named(ofMetric('expected'), 'expected'),
        named(ofMetric('value'), 'value'),
        named(unusualValue, 'unusual'),
      ],
    },
    {
      kind: 'chart',
      title: 'How unusual',
      about: 'The score, and the detector’s own before any score filter.',
      width: 24,
      height: 7,
      unit: 'percentunit',
      min: 0,
      max: 1,
      fields: {
        score: { color: colors.score },
        raw: { color: colors.rawScore, edge: true },
      },
      postgres: [
        `select $__timeGroupAlias(time, $__interval), max(score) as score, max(raw_score) as raw
from \${schema}.scores where ${inRange} group by 1 order by 1`,
      ],
      graphite: [
        named(`consolidateBy(${ofMetric('anomaly_likelihood')},'max')`, 'score'),
        named(`consolidateBy(${ofMetric('anomaly_score')},'max')`, 'raw'),
      ],
    },
    {
      kind: 'states',
      title: 'State of the alarm',
      about: 'What each sample left it at. In Graphite: its changes.',
      width: 24,
      height: 4,
      texts: stateTexts,
      postgres: [
        `select $__timeGroupAlias(time, $__interval),
  max(case alarm_state when 'firing' then 1 when 'pending' then 0.5 else 0 end) as state
from \${schema}.scores where ${inRange} group by 1 order by 1`,
      ],
      graphite: [named(`keepLastValue(${ofMetric('alarm')})`, 'state')],
    },
    {
      kind: 'chart',
      title: 'By the hour',
      about: 'Least, mean and greatest value of each hour: quick over long ranges.',
      width: 12,
      height: 8,
      unit: 'short',
      fields: {
        least: { color: colors.band, edge: true },
        greatest: { color: colors.band, edge: true, fillTo: 'least' },
        mean: { color: colors.value },
      },
      postgres: [
        `select time, value_min as least, value_max as greatest, value_mean as mean
from \${schema}.scores_hourly where ${inRange} order by time`,
      ],
      graphite: [
        named(`summarize(${ofMetric('value')},'1hour','min')`, 'least'),
        named(`summarize(${ofMetric('value')},'1hour','max')`, 'greatest'),
        named(`summarize(${ofMetric('value')},'1hour','avg')`, 'mean'),
      ],
    },
    {
      kind: 'table',
      title: 'Its alarms',
      about: 'With their reasons, and what people said of them.',
      width: 12,
      height: 8,
      fields: { severity: { words: severityColors, width: 90 } },
      postgres: [
        `select started as since, ended as until, state, severity, reason, rule, verdict,
  acknowledged_by, silenced_by
from \${schema}.alarms where $__timeFilter(changed) and ${here} order by started desc limit 200`,
      ],
    },
  ],
}
