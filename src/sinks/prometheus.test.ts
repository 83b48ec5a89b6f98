import { expect, test } from 'vitest'
import { alarmReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { PrometheusSink, prometheusOptions } from './prometheus.ts'
import type { PrometheusOptions } from './prometheus.ts'
import { sinkContract } from './sink.contract.ts'

function made(given: Partial<PrometheusOptions> = {}, clock = new VirtualClock(noonMs)) {
  return new PrometheusSink(optionsWithDefaults(prometheusOptions, given), clock)
}

/** Lines of a scrape that are no comments. */
function shown(sink: PrometheusSink): string[] {
  const { body } = new Metrics().scrape(undefined, sink.families())
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

sinkContract('prometheus', {
  open: async () => {
    const sink = made()
    const received = async () =>
      shown(sink).filter((line) => /^forewarn_(series_score|firing_alarm_value)\{/.test(line))
    return { sink, received }
  },
})

test('the last score of a series and the alarms that fire', async () => {
  const sink = made()
  await sink.write([scoreReport({ value: 1 }), scoreReport({ lower: NaN }), alarmReport('firing')])
  const series = 'series="cpu{host=\\"a\\"}"'
  expect(shown(sink)).toEqual([
    `forewarn_series_score{${series}} 0.25`,
    `forewarn_series_value{${series}} 200`,
    `forewarn_series_expected{${series}} 220`,
    `forewarn_series_upper{${series}} 260`,
    `forewarn_firing_alarm_value{alarm_id="a1",rule="default",${series},severity="warning"} 412`,
    'forewarn_series_left_out_scores_total 0',
  ])
  await sink.write([alarmReport('resolved')])
  expect(shown(sink).join()).not.toMatch(/firing_alarm/)
})

test('no more series and alarms than the bound, until one is idle', async () => {
  const clock = new VirtualClock(noonMs)
  const sink = made({ seriesMax: 2, idleAfterMs: 60_000 }, clock)
  const score = (name: string) => scoreReport({ labels: Labels.named(name) })
  const names = (): string[] =>
    shown(sink).flatMap((line) => /_score\{series="(\w)"/.exec(line)?.[1] ?? [])
  await sink.write([score('a'), score('b'), score('c'), score('c')])
  expect(names()).toEqual(['a', 'b'])
  expect(shown(sink).at(-1)).toBe('forewarn_series_left_out_scores_total 2')
  await clock.advance(59_999)
  await sink.write([score('b')])
  await clock.advance(1)
  await sink.write([score('c')])
  expect(names()).toEqual(['b', 'c'])
  await clock.advance(60_000)
  expect(names()).toEqual([])
  await sink.write(['a1', 'a2', 'a3'].map((alarmId) => alarmReport('firing', { alarmId })))
  expect(shown(sink).join()).not.toMatch(/alarm_id="a1"/)
})
