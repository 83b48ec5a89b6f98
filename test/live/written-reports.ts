/**
 * Two hours of three series, as a run would report them: scored samples, forecasts that come true,
 * an alarm of each state, and what people said of them.
 */

import { Labels } from '../../src/core/labels.ts'
import type { AlarmReport, AlarmState, Report } from '../../src/core/report.ts'
import { alarmReport, forecastReport, scoreReport } from '../sample-reports.ts'

const stepMs = 60_000
const samples = 120
const horizons = [1, 5]
/** The samples at which something happens, counted from the end. */
const faults = [90, 89, 88, 30, 29, 28]

/** The names of the series. */
export const writtenKeys = [
  'my_stats.load.5min_avg',
  'my_stats.memory.used',
  'my_stats.network.rx_bytes.eth0',
]

/** What the figures of the overview have to say of it, over two hours and a little more. */
export const writtenFigures: Readonly<Record<string, number>> = {
  'Alarms that fire': writtenKeys.length,
  Series: writtenKeys.length,
  Samples: writtenKeys.length * samples,
  'Unusual samples': writtenKeys.length * faults.length,
}

/** All of it, in order of time. `toMs`: the newest sample's time. */
export function writtenReports(toMs: number): Report[] {
  const endMs = Math.floor(toMs / stepMs) * stepMs
  const reports: Report[] = []
  for (const [which, key] of writtenKeys.entries()) {
    const labels = Labels.named(key)
    for (let back = samples - 1; back >= 0; back--) {
      const timestampMs = endMs - back * stepMs
      reports.push(...sampleReports(labels, { timestampMs, back, which }))
    }
    reports.push(...alarmReports(labels, { endMs, which }))
  }
  return reports.toSorted((a, b) => a.timestampMs - b.timestampMs)
}

function sampleReports(
  labels: Labels,
  { timestampMs, back, which }: { timestampMs: number; back: number; which: number },
): Report[] {
  const expected = 100 + 20 * Math.sin(back / 10 + which)
  const isFault = faults.includes(back)
  const value = expected + (isFault ? 80 : Math.cos(back))
  const score = isFault ? 0.999999 : 0.1 + (back % 7) / 10
  const place = { labels, timestampMs, index: back }
  const scored: Report = scoreReport({
    ...place,
    value,
    expected,
    lower: expected - 10,
    upper: expected + 10,
    score,
    rawScore: isFault ? 0.995 : score / 2,
    detectorScore: isFault ? 0.995 : score / 2,
    status: isFault ? 'anomalous' : 'ok',
    alarmState: isFault ? 'firing' : 'inactive',
  })
  const ahead = horizons.map((horizonSamples): Report => {
    const predictedMs = timestampMs + horizonSamples * stepMs
    const band = { value: expected, lower: expected - 12, upper: expected + 12 }
    return forecastReport({ ...place, horizonSamples, predictedMs, ...band, probability: 0.8 })
  })
  return [scored, ...ahead]
}

function alarmReports(
  labels: Labels,
  { endMs, which }: { endMs: number; which: number },
): AlarmReport[] {
  const at = (back: number): number => endMs - back * stepMs
  const severity = (['info', 'warning', 'critical'] as const)[which] ?? 'info'
  const change = (
    alarm: string,
    state: AlarmState,
    back: number,
    more: Partial<AlarmReport> = {},
  ): AlarmReport => {
    const alarmId = `${alarm}-${which}`
    const startedMs = at(alarm === 'first' ? 90 : 30)
    const place = { labels, alarmId, severity, startedMs, timestampMs: at(back), index: back }
    return alarmReport(state, { ...place, ...more })
  }
  const who = { who: 'Ada', atMs: at(80), text: 'a test' }
  const label = { ...who, verdict: which === 0 ? 'false alarm' : 'true alarm' } as const
  return [
    change('first', 'pending', 90),
    change('first', 'firing', 89),
    change('first', 'firing', 88, { news: 'acknowledged', acknowledged: who }),
    change('first', 'resolved', 85),
    change('first', 'resolved', 80, { news: 'labelled', acknowledged: who, label }),
    change('second', 'pending', 30),
    change('second', 'firing', 29),
  ]
}
