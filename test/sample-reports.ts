/** Reports for tests: plain ones with what matters set, and generated ones. */

import fc from 'fast-check'
import { Labels } from '../src/core/labels.ts'
import { rejectionReasons } from '../src/core/rejection.ts'
import type { RejectionReason } from '../src/core/rejection.ts'
import type {
  AlarmReport,
  AlarmState,
  ForecastReport,
  RejectionReport,
  Report,
  ScoreReport,
  WarningReport,
  WarningState,
} from '../src/core/report.ts'

const origin = { partition: 'test', offset: 1, receivedMs: 1_740_830_400_000 }

/** 2025-03-01T12:00:00Z. */
export const noonMs = 1_740_830_400_000

/** A scored sample of series `cpu{host="a"}`. */
export function scoreReport(changes: Partial<ScoreReport> = {}): ScoreReport {
  return {
    kind: 'score',
    labels: Labels.named('cpu', [['host', 'a']]),
    timestampMs: noonMs,
    remainderNs: 0,
    value: 200,
    score: 0.25,
    rawScore: 0.25,
    detectorScore: 0.25,
    confidence: NaN,
    expected: 220,
    lower: 180,
    upper: 260,
    status: 'ok',
    alarmState: 'inactive',
    learnedSamples: 120,
    probationSamples: 120,
    origin,
    index: 0,
    ...changes,
  }
}

/** A change of the alarm of series `cpu{host="a"}`. */
export function alarmReport(state: AlarmState, changes: Partial<AlarmReport> = {}): AlarmReport {
  return {
    kind: 'alarm',
    alarmId: 'a1',
    rule: 'default',
    labels: Labels.named('cpu', [['host', 'a']]),
    state,
    severity: 'warning',
    timestampMs: noonMs,
    startedMs: noonMs - 5_000,
    value: 412,
    score: 0.9995,
    expected: 220,
    lower: 180,
    upper: 260,
    reason: '412, expected 180 to 260; once in 2000 samples',
    origin,
    index: 0,
    ...changes,
  }
}

/** A refused line. */
export function rejectionReport(changes: Partial<RejectionReport> = {}): RejectionReport {
  const text = 'cpu,host=a usage=abc'
  return {
    kind: 'rejection',
    reason: 'not_numeric',
    detail: 'value is not a number: "abc"',
    text,
    timestampMs: noonMs,
    origin,
    ...changes,
  }
}

/** A forecast one minute ahead. */
export function forecastReport(changes: Partial<ForecastReport> = {}): ForecastReport {
  return {
    kind: 'forecast',
    labels: Labels.named('cpu', [['host', 'a']]),
    timestampMs: noonMs,
    horizonSamples: 12,
    predictedMs: noonMs + 60_000,
    value: 230,
    lower: 190,
    upper: 270,
    probability: 0.9,
    origin,
    index: 0,
    ...changes,
  }
}

/** A warning of the objective of series `shop`, told 20 s before the breach where there is one. */
export function warningReport(
  state: WarningState,
  changes: Partial<WarningReport> = {},
): WarningReport {
  const missed = state === 'missed'
  const broken = missed || state === 'true'
  return {
    kind: 'warning',
    warningId: 'b1',
    rule: 'shop',
    labels: Labels.named('shop', []),
    state,
    timestampMs: noonMs,
    metric: 'mean',
    limit: 70,
    horizonMs: 50_000,
    toldMs: missed ? NaN : noonMs - 20_000,
    probability: missed ? NaN : 0.93,
    expectedMs: missed ? NaN : noonMs + 3_000,
    leading: missed ? '' : 'cpu',
    confidence: missed ? NaN : 0.8,
    onsetMs: broken ? noonMs : NaN,
    leadMs: state === 'true' ? 20_000 : NaN,
    totals: { true: 3, false: 1, missed: 2 },
    origin,
    index: 0,
    ...changes,
  }
}

const anyText = fc.string({ unit: 'binary', maxLength: 12 })
const anyLabels = fc
  .tuple(anyText, fc.dictionary(anyText, anyText, { maxKeys: 3 }))
  .map(([name, rest]) => Labels.named(name, Object.entries(rest)))
const anyNumber = fc.double()
const anyTimeMs = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.constantFrom(0, -1, 9e15, Number.MAX_SAFE_INTEGER),
)
const anyBand = fc.record({ expected: anyNumber, lower: anyNumber, upper: anyNumber })
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** Any report that a sink could be handed, odd texts, times and numbers included. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    labels: anyLabels,
    timestampMs: anyTimeMs,
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    score: share,
    band: anyBand,
    text: anyText,
    kind: fc.constantFrom('score', 'alarm', 'rejection', 'forecast', 'warning'),
    status: fc.constantFrom('probation', 'ok', 'anomalous'),
    state: fc.constantFrom<AlarmState>('inactive', 'pending', 'firing', 'resolved'),
    reason: fc.constantFrom(...(Object.keys(rejectionReasons) as RejectionReason[])),
  })
  .map(({ kind, band, text, status, state, reason, ...rest }): Report => {
    const { labels, timestampMs, value, score } = rest
    if (kind === 'score') {
      return scoreReport({ labels, timestampMs, value, score, status, ...band } as ScoreReport)
    }
    if (kind === 'alarm') {
      return alarmReport(state, { labels, timestampMs, value, score, reason: text, ...band })
    }
    if (kind === 'rejection') return rejectionReport({ reason, timestampMs, text, detail: text })
    if (kind === 'warning') {
      return warningReport('told', { labels, timestampMs, limit: value, leading: text })
    }
    const { lower, upper } = band
    return forecastReport({ labels, timestampMs, value, lower, upper, predictedMs: timestampMs })
  })
