/** The outcomes of the accuracy benches as tables for people. */

import type { GeneratedAccuracy, Measure } from '../evaluation/accuracy.ts'
import type { AccuracyReport, DetectorAccuracy } from '../evaluation/accuracy-report.ts'
import type { LabelledSeries } from '../evaluation/corpus.ts'
import type { SpikeScore } from '../evaluation/generated.ts'
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

/** The generated stream: one row for each way to alarm. */
export function generatorText(
  report: GeneratedAccuracy & {
    readonly detector: string
    readonly stream: string
    readonly recall_min: number
    readonly microseconds_per_sample: number | null
  },
): string {
  const { best, default_threshold: byDefault } = report
  const title =
    `${report.detector} on the stream ${report.stream}: recall is of spikes of 10 ms and more, ` +
    `at the best threshold at least ${report.recall_min}${cost(report.microseconds_per_sample)}\n\n`
  const way = (name: string, score: SpikeScore, threshold: string): string[] => {
    const { precision, recall, alarms: count } = score
    return [name, precision.toFixed(4), recall.toFixed(4), String(count), threshold]
  }
  return (
    title +
    textTable(
      ['alarms by', 'precision', 'recall', 'alarms', 'threshold'],
      [
        way('best threshold', best, Number.isFinite(best.threshold) ? String(best.threshold) : '–'),
        way('default threshold', byDefault, '–'),
      ],
    )
  )
}

/** All detectors on all corpora: one row a number, one column a detector. The last row is cost. */
export function accuracyText(
  report: AccuracyReport,
  microseconds?: Readonly<Record<string, number>>,
): string {
  const names = Object.keys(report.detectors)
  const found = Object.values(report.detectors)
  const row = (title: string, cell: (detector: DetectorAccuracy) => string): string[] =>
    [title].concat(found.map((detector) => cell(detector)))
  const spikes = ({ precision, recall }: SpikeScore): string =>
    `${precision.toFixed(2)} at ${recall.toFixed(2)}`
  const rows = [
    ...profileNames.flatMap((profile) => [
      row(`NAB ${profile}`, ({ nab }) => interval(nab[profile].score, 1)),
      row('  default threshold', ({ nab }) => interval(nab[profile].default_threshold_score, 1)),
      row('  split-half', ({ nab }) => nab[profile].split_half_score.toFixed(1)),
    ]),
    row('NAB VUS-PR', ({ nab }) => interval(nab.vus_pr, 3)),
    row('  by steps', ({ nab }) => interval(nab.vus_pr_steps, 3)),
    ...(['kpi', 'cloud'] as const).flatMap((corpus) => [
      row(`${corpus} best F1`, (each) => interval(each[corpus].best_f1, 3)),
      row('  default threshold', (each) => interval(each[corpus].default_threshold_f1, 3)),
      row('  alarm stream', (each) => interval(each[corpus].alarm_stream_f1, 3)),
      row('  VUS-PR', (each) => interval(each[corpus].vus_pr, 3)),
      row('  VUS-PR by steps', (each) => interval(each[corpus].vus_pr_steps, 3)),
    ]),
    row('generator, precision at recall', ({ generator }) => spikes(generator.best)),
    row('  default threshold', ({ generator }) => spikes(generator.default_threshold)),
    row('state, bytes a series', (each) => String(each.state_bytes)),
  ]
  if (microseconds !== undefined) {
    rows.push(['µs a sample'].concat(names.map((name) => (microseconds[name] ?? NaN).toFixed(3))))
  }
  return textTable([`default threshold ${report.default_threshold}`, ...names], rows)
}

/** One line a detector, at the default threshold: what a reader wants to know first. */
export function accuracyShortText({ detectors }: AccuracyReport): string {
  const rows = Object.entries(detectors).map(([name, { nab, kpi, cloud, state_bytes: bytes }]) => {
    const profiles = profileNames.map((profile) => nab[profile].default_threshold_score)
    return [name].concat(
      profiles.map(({ value }) => value.toFixed(1)),
      nab.standard.score.value.toFixed(1),
      kpi.alarm_stream_f1.value.toFixed(2),
      cloud.default_threshold_f1.value.toFixed(2),
      grouped(bytes),
    )
  })
  const head = ['', 'NAB', 'low FP', 'low FN', 'best', 'KPI F1', 'cloud F1', 'bytes']
  return textTable(head, rows)
}

/** `70.1 (64.0–75.9)`. */
function interval({ value, low, high }: Measure, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
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
