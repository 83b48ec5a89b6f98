/**
 * Reports as log lines, in the form of the response-time program:
 *
 *   2020-06-15 12:00:00,250 - INFO - Normal value: 201.5
 *   2020-06-15 12:00:00,350 - WARNING - Anomaly detected: 243.1
 *
 * That is `%(asctime)s - %(levelname)s - %(message)s` of Python's logging. The time is that of the
 * sample, in UTC; whole numbers have a `.0`, as Python prints floats. Alarms and refusals, which
 * that program did not have, are lines of the same form.
 */

import { withoutControlCharacters } from '../core/byte-text.ts'
import { dateText } from '../core/date-text.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { warningInWords } from '../core/warning-words.ts'
import type { Report } from '../core/report.ts'
import { eachReport } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Encoder } from './codec.ts'

/** Options of the encoder of log lines. */
export const logLineOptions = {
  series: {
    kind: 'boolean',
    default: false,
    about: 'Also write which series a value belongs to, at the end of the line.',
  },
} as const satisfies OptionSpecs

export type LogLineOptions = OptionsOf<typeof logLineOptions>

/** Doubles from here on have no `.0` in Python but an exponent. */
const pythonWholeMax = 1e16

/** See the head of the file. */
export class LogLineEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #options: LogLineOptions

  constructor(options: LogLineOptions) {
    this.#options = options
  }

  encode(reports: Reports): Uint8Array {
    let text = ''
    for (const report of eachReport(reports)) {
      const message = messageOf(report)
      if (message === undefined) continue
      const level = isWarning(report) ? 'WARNING' : 'INFO'
      const time = dateText(report.timestampMs).replace('.', ',')
      const series = this.#options.series && report.labels ? ` (${report.labels.key})` : ''
      text += `${time} - ${level} - ${withoutControlCharacters(message + series)}\n`
    }
    return new TextEncoder().encode(text)
  }
}

function isWarning(report: Report): boolean {
  if (report.kind === 'score') return report.status === 'anomalous'
  if (report.kind === 'warning') return report.state === 'told'
  return report.kind === 'rejection' || (report.kind === 'alarm' && report.state === 'firing')
}

/** What a report says; undefined where this form has no words for it. */
function messageOf(report: Report): string | undefined {
  if (report.kind === 'score') {
    const value = floatText(report.value)
    return report.status === 'anomalous' ? `Anomaly detected: ${value}` : `Normal value: ${value}`
  }
  if (report.kind === 'rejection') return `Rejected (${report.reason}): ${report.detail}`
  if (report.kind === 'alarm') {
    const { news, silenced, state, reason } = report
    const marks = [...(news === undefined ? [] : [news]), ...(silenced ? ['silenced'] : [])]
    const words = [...new Set(marks)].map((word) => ` (${word})`).join('')
    return `Alarm ${state}${words}: ${reason}`
  }
  return report.kind === 'warning' ? warningInWords(report) : undefined
}

/** A float as Python prints it, for numbers that it prints without an exponent. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const whole = Number.isInteger(value) && Math.abs(value) < pythonWholeMax
  return whole ? `${value}.0` : String(value)
}
