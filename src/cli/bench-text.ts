/** The outcomes of the accuracy benches as tables for people. */

import type { LabelledSeries } from '../evaluation/corpus.ts'
import type { NabReport } from '../evaluation/nab-report.ts'
import type { SegmentPart, SegmentReport } from '../evaluation/segment-report.ts'
import { textTable } from './text-table.ts'

const profileNames = ['standard', 'reward_low_FP_rate', 'reward_low_FN_rate'] as const

/** NAB: one row a profile, then one row a file in the standard profile. */
export function nabText(
  report: NabReport,
  corpus: readonly LabelledSeries[],
  defaultThreshold: number,
): string {
  const rowCount = corpus.reduce((sum, series) => sum + series.values.length, 0)
  const windowCount = corpus.reduce((sum, series) => sum + series.ranges.length, 0)
  const title =
    `${report.detector} on NAB: ${corpus.length} files, ${grouped(rowCount)} rows, ` +
    `${windowCount} windows${cost(report.microseconds_per_sample)}\n\n`
  const profiles = textTable(
    ['profile', 'score', 'threshold', 'raw', `score at ${defaultThreshold}`],
    profileNames.map((name) => {
      const { score, threshold, raw, default_threshold_score: byDefault } = report[name]
      return [name, score.toFixed(4), String(threshold), raw.toFixed(4), byDefault.toFixed(4)]
    }),
  )
  const files = textTable(
    ['file (standard profile)', 'score', 'TP', 'TN', 'FP', 'FN'],
    report.files
      .filter((file) => file.profile === 'standard')
      .map(({ file, score, tp, tn, fp, fn }) => {
        return [file, score.toFixed(4), String(tp), String(tn), String(fp), String(fn)]
      }),
  )
  return `${title}${profiles}\n${files}`
}

/** KPI and cloud: one row for each way to alarm, then one row a file. */
export function segmentText(report: SegmentReport): string {
  const { corpus, detector, best, files } = report
  const title =
    `${detector} on ${corpus}: ${files.length} series, ${best.segments} segments, found in their ` +
    `first ${report.delay_rows + 1} rows${cost(report.microseconds_per_sample)}\n\n`
  const ways: readonly (readonly [string, SegmentPart])[] = [
    ['best threshold', best],
    ['default threshold', report.default_threshold],
    ['alarm stream', report.alarm_stream],
  ]
  const table = textTable(
    ['alarms by', 'F1', 'precision', 'recall', 'threshold', 'found'],
    ways.map(([way, part]) => {
      const threshold = part.threshold === undefined ? '–' : String(part.threshold)
      return [way].concat(rates(part), [threshold, String(part.segments_found)])
    }),
  )
  const byFile = textTable(
    ['file (best threshold)', 'F1', 'precision', 'recall', 'found', 'segments', 'false rows'],
    files.map((file) => {
      const counts = [file.segments_found, file.segments, file.fp].map(String)
      return [file.file].concat(rates(file), counts)
    }),
  )
  return `${title}${table}\n${byFile}`
}

function rates({ f1, precision, recall }: SegmentPart): string[] {
  return [f1, precision, recall].map((rate) => rate.toFixed(4))
}

function cost(microsecondsPerSample: number | null): string {
  if (microsecondsPerSample === null) return ''
  return `, ${microsecondsPerSample.toFixed(3)} µs a sample`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
