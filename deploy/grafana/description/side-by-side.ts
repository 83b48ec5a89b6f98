import { named, ofMetric, unusualValue } from './carbon.ts'
import type { DashboardDescription, PanelDescription } from './description.ts'
import { colors } from './look.ts'
import { chosenSeries, seriesId } from './series.ts'

const here = `series_id = ${seriesId}`
const inRange = `$__timeFilter(time) and ${here}`
/** From here on Pensu drew a point: its likelihood and its score. */
const pensuLikelihood = 0.99999
const pensuScore = 0.9

/** A panel of a row: one for each chosen series, four beside each other. */
const each = (panel: Omit<PanelDescription, 'kind' | 'width' | 'height'>): PanelDescription => ({
  kind: 'chart',
  width: 24,
  height: 7,
  repeat: 'series',
  ...panel,
})

/**
 * Pensu's twelve panels: four metrics, and of each its value with the forecast, how unusual it is,
 * and in which direction. Here for any metrics, chosen at the top, with the band and the alarm.
 */
export const sideBySide: DashboardDescription = {
  name: 'side-by-side',
  title: 'Side by side',
  about:
    'Series beside each other: value and forecast, how unusual, in which direction. Pensu’s ' +
    'twelve panels for any series.',
  from: 'now-12h',
  refresh: '5s',
  variables: [{ ...chosenSeries, choose: 'several' }],
  panels: [
    { kind: 'row', title: 'Value and forecast' },
    each({
      title: '$series',
      about: 'The value, what was expected of it and what is forecast; how sure that is, right.',
      spanGaps: true,
      fields: {
        value: { color: colors.value },
        lower: { color: colors.band, edge: true },
        upper: { color: colors.band, edge: true, fillTo: 'lower' },
        forecast: { color: colors.forecast, dashed: true },
        confidence: { color: colors.calm, edge: true, rightAxis: true, min: 0, max: 1 },
        unusual: { color: colors.unusual, points: true },
      },
      postgres: [
        `select $__timeGroupAlias(time, $__interval), min(lower) as lower, max(upper) as upper,
  avg(value) as value
from \${schema}.scores where ${inRange} group by 1 order by 1`,
        `select $__timeGroupAlias(predicted_time, $__interval), avg(value) as forecast,
  avg(probability) as confidence
from \${schema}.forecasts where $__timeFilter(predicted_time) and ${here} group by 1 order by 1`,
        `select time, value as unusual from \${schema}.scores
where ${inRange} and status = 'anomalous' order by time limit 10000`,
      ],
      graphite: [
        named(ofMetric('lower'), 'lower'),
        named(ofMetric('upper'), 'upper'),
        named(ofMetric('value'), 'value'),
        named(ofMetric('prediction'), 'forecast'),
        named(ofMetric('prediction_confidence'), 'confidence'),
        named(unusualValue, 'unusual'),
      ],
    }),
    { kind: 'row', title: 'How unusual' },
    each({
      title: '$series',
      about: 'Likelihood and score; points where they reach what Pensu alarmed at, and marked.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      spanGaps: true,
      fields: {
        likelihood: { color: colors.score },
        score: { color: colors.rawScore, edge: true },
        'likelihood of an alarm': { color: colors.unusual, points: true },
        'high score': { color: 'super-light-red', points: true },
      },
      postgres: [
        `select $__timeGroupAlias(time, $__interval), max(score) as likelihood,
  max(raw_score) as score
from \${schema}.scores where ${inRange} group by 1 order by 1`,
        `select time, case when score >= ${pensuLikelihood} then score end as "likelihood of an alarm",
  case when raw_score >= ${pensuScore} then raw_score end as "high score"
from \${schema}.scores
where ${inRange} and (score >= ${pensuLikelihood} or raw_score >= ${pensuScore})
order by time limit 10000`,
      ],
      graphite: [
        named(`consolidateBy(${ofMetric('anomaly_likelihood')},'max')`, 'likelihood'),
        named(`consolidateBy(${ofMetric('anomaly_score')},'max')`, 'score'),
        named(
          `removeBelowValue(${ofMetric('anomaly_likelihood')},${pensuLikelihood})`,
          'likelihood of an alarm',
        ),
        named(`removeBelowValue(${ofMetric('anomaly_score')},${pensuScore})`, 'high score'),
      ],
    }),
    { kind: 'row', title: 'In which direction, and the alarm' },
    each({
      title: '$series',
      about: '1 above what was expected, -1 below, of unusual samples; and whether an alarm fires.',
      min: -1,
      max: 1,
      spanGaps: true,
      fields: { direction: { color: colors.value }, alarm: { color: colors.firing } },
      postgres: [
        `select $__timeGroupAlias(time, $__interval),
  avg(case when status = 'anomalous' then sign(value - expected) else 0 end) as direction,
  max(case alarm_state when 'firing' then 1 else 0 end) as alarm
from \${schema}.scores where ${inRange} group by 1 order by 1`,
      ],
      graphite: [
        named(ofMetric('anomaly_direction'), 'direction'),
        named(`keepLastValue(${ofMetric('alarm')})`, 'alarm'),
      ],
    }),
  ],
}
