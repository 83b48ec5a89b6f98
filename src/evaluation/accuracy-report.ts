/**
 * The accuracy of several detectors side by side, as it is printed and kept with a release.
 */

import type { AlarmRule } from '../alarm/rule.ts'
import type { GeneratedAccuracy, NabAccuracies, SegmentAccuracy } from './accuracy.ts'
import { generatedAccuracy, nabAccuracies, segmentAccuracy } from './accuracy.ts'
import type { LabelledSeries } from './corpus.ts'
import type { GeneratedSeries } from './generated.ts'
import type { CorpusRun } from './run.ts'
import { cloudRule, kpiRule } from './segment-report.ts'

/** What detectors are judged on. */
export interface Corpora {
  readonly nab: readonly LabelledSeries[]
  readonly kpi: readonly LabelledSeries[]
  readonly cloud: readonly LabelledSeries[]
  readonly generated: GeneratedSeries
}

/** All that is known of one detector. */
export interface DetectorAccuracy {
  readonly nab: NabAccuracies
  readonly kpi: SegmentAccuracy
  readonly cloud: SegmentAccuracy
  readonly generator: GeneratedAccuracy
  /** Largest snapshot at the end of a series of any corpus. */
  readonly state_bytes: number
}

/** A detector's accuracy, and what it cost to measure. */
export interface Measured {
  readonly accuracy: DetectorAccuracy
  readonly microsecondsPerSample: number
}

/** Measures one detector, run over a corpus by `run`. */
export function measured(
  corpora: Corpora,
  rule: AlarmRule,
  run: (corpus: readonly LabelledSeries[]) => CorpusRun,
): Measured {
  const nab = run(corpora.nab)
  const kpi = run(corpora.kpi)
  const cloud = run(corpora.cloud)
  const generated = run([corpora.generated.series])
  const scores = generated.files[0]?.scores ?? new Float64Array(0)
  return {
    accuracy: {
      nab: nabAccuracies(nab.files, rule.threshold),
      kpi: segmentAccuracy(kpi.files, kpiRule, rule),
      cloud: segmentAccuracy(cloud.files, cloudRule, rule),
      generator: generatedAccuracy(corpora.generated, scores, rule.threshold),
      state_bytes: Math.max(...[nab, kpi, cloud, generated].map((each) => each.stateBytesMax)),
    },
    microsecondsPerSample: nab.microsecondsPerSample,
  }
}

/** What a corpus holds, so that numbers of another version of it are told apart. */
export interface CorpusFacts {
  readonly series: number
  readonly rows: number
  readonly ranges: number
}

/** The file kept with a release. No time and no machine in it: equal input gives equal bytes. */
export interface AccuracyReport {
  readonly version: string
  readonly default_threshold: number
  readonly corpora: Readonly<Record<'nab' | 'kpi' | 'cloud', CorpusFacts>>
  readonly detectors: Readonly<Record<string, DetectorAccuracy>>
}

/** Puts the detectors of a release together. */
export function accuracyReport(
  version: string,
  corpora: Corpora,
  rule: AlarmRule,
  detectors: Readonly<Record<string, DetectorAccuracy>>,
): AccuracyReport {
  return {
    version,
    default_threshold: rule.threshold,
    corpora: {
      nab: corpusFacts(corpora.nab),
      kpi: corpusFacts(corpora.kpi),
      cloud: corpusFacts(corpora.cloud),
    },
    detectors,
  }
}

function corpusFacts(corpus: readonly LabelledSeries[]): CorpusFacts {
  return {
    series: corpus.length,
    rows: corpus.reduce((sum, { values }) => sum + values.length, 0),
    ranges: corpus.reduce((sum, { ranges }) => sum + ranges.length, 0),
  }
}
