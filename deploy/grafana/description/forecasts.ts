import { named, ofMetric } from './carbon.ts'
import type { DashboardDescription } from './description.ts'
import { colors, plain } from './look.ts'
import { chosenSeries, seriesId } from './series.ts'

const here = `f.series_id = ${seriesId}`
const ahead = `f.horizon_samples = \${horizon:sqlstring}::int`

/**
 * Each forecast with the sample that came: the nearest within half a step, since the moment that is
 * forecast is made from the series' usual step.
 */
const met = (conditions: string): string => `from \${schema}.forecasts f
join lateral (
  select c.value as came from \${schema}.scores c
  where c.series_id = f.series_id and c.time between
    f.predicted_time - (f.predicted_time - f.time) / (2 * f.horizon_samples) and
    f.predicted_time + (f.predicted_time - f.time) / (2 * f.horizon_samples)
  order by abs(extract(epoch from c.time - f.predicted_time)) limit 1
) s on true
where ${conditions}`
const inRange = `$__timeFilter(f.predicted_time) and ${here} and ${ahead}`
const inBand = `avg(case when s.came between f.lower and f.upper then 1.0 else 0.0 end)::float8`

/** What was forecast, what came, and how far apart they were. */
export const forecasts: DashboardDescription = {
  name: 'forecasts',
  title: 'Forecasts',
  about: 'What was forecast, what came, and how far apart they were.',
  from: 'now-6h',
  refresh: '1m',
  variables: [
    chosenSeries,
    {
      name: 'horizon',
      label: 'Samples ahead',
      postgres: `select distinct horizon_samples::text as __text, horizon_samples as __value
from \${schema}.forecasts where series_id = ${seriesId} order by 2`,
    },
  ],
  panels: [
    {
      kind: 'figure',
      title: 'Mean error',
      about: 'Of the forecasts of this range whose samples have come.',
      width: 8,
      height: 4,
      unit: 'short',
      steps: plain,
      postgres: [`select avg(abs(f.value - s.came)) as error ${met(inRange)}`],
      graphite: [
        named(
          `averageSeries(absolute(diffSeries(${ofMetric('value')},${ofMetric('prediction')})))`,
          'error',
        ),
      ],
    },
    {
      kind: 'figure',
      title: 'Within the band',
      about: 'Share of samples that came within what was forecast.',
      width: 8,
      height: 4,
      unit: 'percentunit',
      steps: plain,
      postgres: [`select ${inBand} as share ${met(`${inRange} and f.lower is not null`)}`],
    },
    {
      kind: 'figure',
      title: 'Probability',
      about: 'What the last forecast was given.',
      width: 8,
      height: 4,
      unit: 'percentunit',
      steps: plain,
      postgres: [
        `select f.probability from \${schema}.forecasts f
where ${inRange} order by f.time desc limit 1`,
      ],
      graphite: [named(ofMetric('prediction_confidence'), 'probability')],
    },
    {
      kind: 'chart',
      title: 'Forecast and what came',
      about: 'Each forecast at the moment that it is for; the line goes on into the future.',
      width: 24,
      height: 11,
      unit: 'short',
      fields: {
        value: { color: colors.value },
        forecast: { color: colors.forecast, dashed: true },
        lower: { color: colors.band, edge: true },
        upper: { color: colors.band, edge: true, fillTo: 'lower' },
      },
      postgres: [
        `select $__timeGroupAlias(f.predicted_time, $__interval), min(f.lower) as lower,
  max(f.upper) as upper, avg(f.value) as forecast
from \${schema}.forecasts f where ${inRange} group by 1 order by 1`,
        `select $__timeGroupAlias(f.time, $__interval), avg(f.value) as value
from \${schema}.scores f where $__timeFilter(f.time) and ${here} group by 1 order by 1`,
      ],
      graphite: [named(ofMetric('prediction'), 'forecast'), named(ofMetric('value'), 'value')],
    },
    {
      kind: 'chart',
      title: 'Error',
      about: 'How far the forecast was from what came.',
      width: 12,
      height: 8,
      unit: 'short',
      fields: { error: { color: colors.unusual } },
      postgres: [
        `select $__timeGroupAlias(f.predicted_time, $__interval),
  avg(abs(f.value - s.came)) as error ${met(inRange)} group by 1 order by 1`,
      ],
      graphite: [
        named(`absolute(diffSeries(${ofMetric('value')},${ofMetric('prediction')}))`, 'error'),
      ],
    },
    {
      kind: 'chart',
      title: 'Probability',
      about: 'What each forecast was given.',
      width: 12,
      height: 8,
      unit: 'percentunit',
      min: 0,
      max: 1,
      fields: { probability: { color: colors.forecast } },
      postgres: [
        `select $__timeGroupAlias(f.predicted_time, $__interval), avg(f.probability) as probability
from \${schema}.forecasts f where ${inRange} group by 1 order by 1`,
      ],
      graphite: [named(ofMetric('prediction_confidence'), 'probability')],
    },
    {
      kind: 'table',
      title: 'How good, by samples ahead',
      about: 'Of this series, in this range.',
      width: 12,
      height: 8,
      fields: { within_band: { unit: 'percentunit' } },
      postgres: [
        `select f.horizon_samples as samples_ahead, count(*) as forecasts,
  avg(abs(f.value - s.came)) as mean_error, ${inBand} as within_band
${met(`$__timeFilter(f.predicted_time) and ${here}`)} group by 1 order by 1`,
      ],
    },
    {
      kind: 'table',
      title: 'Series that are hardest to forecast',
      about: 'Mean error as a share of the mean value, over the newest hour of the range.',
      width: 12,
      height: 8,
      fields: {
        series: { opensSeries: true },
        error_share: { unit: 'percentunit' },
        within_band: { unit: 'percentunit' },
      },
      postgres: [
        `select k.key as series, avg(abs(f.value - s.came)) / nullif(avg(abs(s.came)), 0)
  as error_share, ${inBand} as within_band, count(*) as forecasts
${met(`f.predicted_time between $__timeTo()::timestamptz - interval '1 hour'
  and $__timeTo()::timestamptz`).replace(
  '\nwhere',
  `\njoin \${schema}.series k using (series_id)\nwhere`,
)}
group by k.key, f.series_id order by error_share desc nulls last limit 20`,
      ],
    },
  ],
}
