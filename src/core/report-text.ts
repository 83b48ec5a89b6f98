/**
 * An alarm report as text, for the outbox: JSON with the labels as their pairs and NaN as null.
 */

import { Labels } from './labels.ts'
import type { AlarmReport } from './report.ts'

const numbers = ['value', 'score', 'expected', 'lower', 'upper'] as const

/** The text of an alarm report. */
export function alarmText(report: AlarmReport): string {
  return JSON.stringify({ ...report, labels: report.labels.pairs })
}

/** The report that a text was made of. Throws SyntaxError or TypeError on any other text. */
export function alarmFromText(text: string): AlarmReport {
  const fields = JSON.parse(text) as AlarmReport & { labels: unknown }
  if (fields.kind !== 'alarm' || !Array.isArray(fields.labels)) {
    throw new TypeError('not the text of an alarm report')
  }
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < fields.labels.length; i += 2) {
    pairs.push([String(fields.labels[i]), String(fields.labels[i + 1])])
  }
  const values = Object.fromEntries(numbers.map((name) => [name, fields[name] ?? NaN]))
  return { ...fields, ...values, labels: Labels.of(pairs) }
}
