/**
 * Scores as text, written the way one would first: what the encoders, which write bytes, must give
 * too, and what `bench/speed/encoders.ts` measures them against.
 */

import { carbonName } from '../../src/codecs/graphite-scores/carbon-name.ts'
import { directionOf } from '../../src/codecs/graphite-scores/direction.ts'
import { reportObject } from '../../src/codecs/json-lines/report-object.ts'
import { fieldLabel, nameLabel } from '../../src/core/labels.ts'
import type { Labels } from '../../src/core/labels.ts'
import type { Report, ScoreReport } from '../../src/core/report.ts'
import { nanosecondsText } from '../../src/core/timestamp-text.ts'

const utf8 = new TextEncoder()

/** All scores of some reports in a form. */
function written(reports: readonly Report[], line: (score: ScoreReport) => string): Uint8Array {
  let text = ''
  for (const report of reports) if (report.kind === 'score') text += line(report)
  return utf8.encode(text)
}

/** As `json-lines`. */
export function plainJson(reports: readonly Report[]): Uint8Array {
  return written(reports, (report) => reportObject(report) + '\n')
}

/** As `influx-scores` with its defaults. */
export function plainInflux(reports: readonly Report[]): Uint8Array {
  return written(reports, (report) => {
    const { value, score, status, expected, lower, upper } = report
    const tags = new Map<string, string>()
    for (const [name, text] of report.labels.entries()) {
      if (name !== nameLabel && name !== fieldLabel) tags.set(name, text)
    }
    tags.set('app', report.labels.key)
    tags.set('period_description', periods[status])
    let line = 'anomaly_score'
    for (const key of [...tags.keys()].sort()) {
      const text = escaped(tags.get(key) as string)
      if (escaped(key) !== '' && text !== '') line += `,${escaped(key)}=${text}`
    }
    const numbers = {
      value,
      anomaly_score: score * 100,
      is_anomaly: Number(status === 'anomalous'),
    }
    const fields = Object.entries({ ...numbers, expected, lower, upper })
      .filter(([, number]) => Number.isFinite(number))
      .map(([name, number]) => `${name}=${Object.is(number, -0) ? '-0' : number}`)
    const time = nanosecondsText(report.timestampMs, report.remainderNs)
    return `${line} ${fields.join(',')} ${time}\n`
  })
}

const periods = {
  probation: 'Training',
  ok: 'Regular',
  anomalous: 'Regular',
  rejected: 'Input Time Out Of Order',
} as const

function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]/g, '_')
    .replace(/\\+$/, '')
    .replace(/[,= ]/g, '\\$&')
}

const names = new WeakMap<Labels, string>()

/** As `graphite-scores` with its defaults. */
export function plainGraphite(reports: readonly Report[]): Uint8Array {
  return written(reports, (report) => {
    const { labels, timestampMs, score, detectorScore } = report
    let name = names.get(labels)
    if (name === undefined) names.set(labels, (name = carbonName(labels)))
    const line = (number: string, value: number): string =>
      Number.isFinite(value)
        ? `pensu.${number}.metrics_analyzer.${name} ${value} ${timestampMs / 1000}\n`
        : ''
    return (
      line('anomaly_score', detectorScore) +
      line('anomaly_likelihood', score) +
      line('anomaly_direction', directionOf(report, 'value'))
    )
  })
}
