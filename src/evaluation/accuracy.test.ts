import { expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { generatedAccuracy, nabAccuracies, segmentAccuracy } from './accuracy.ts'
import type { ScoredSeries } from './corpus.ts'

const rule = optionsWithDefaults(alarmOptions, { threshold: 0.5, keepFiringMs: 60_000 })

/** 20 rows, one a minute, 3 of them probation; rows 10 to 13 are labelled. */
function file(scoreOf: Readonly<Record<number, number>>): ScoredSeries {
  const scores = new Float64Array(20)
  for (const [row, score] of Object.entries(scoreOf)) scores[Number(row)] = score
  const timestampsMs = Float64Array.from(scores, (_, row) => row * 60_000)
  const ranges = [{ firstRow: 10, lastRow: 13 }]
  return { series: { name: 'a', timestampsMs, values: new Float64Array(20), ranges }, scores }
}

const alone = (value: number) => ({ value, low: value, high: value })

test('NAB accuracy is that of the best, the default and the other half’s threshold', () => {
  const files = [file({ 10: 0.4 }), file({ 10: 0.4 })]
  const { standard, vus_pr: vus } = nabAccuracies(files, rule.threshold)
  expect(standard).toEqual({
    score: alone(100),
    default_threshold_score: alone(0),
    split_half_score: 100,
  })
  expect(vus.value).toBeGreaterThan(0)
})

test('an interval spans what single files would give', () => {
  // One file is perfect and one is missed: a draw of both, of the one twice or of the other twice.
  const { standard } = nabAccuracies([file({ 10: 0.9 }), file({})], rule.threshold)
  expect(standard.score).toEqual({ value: 50, low: 0, high: 100 })
})

test('segment accuracy is by the best threshold, the default one and by alarms begun', () => {
  // Rows 8, 9 and 10 are one alarm, begun outside: the segment counts as missed in the stream.
  const files = [file({ 8: 0.6, 9: 0.6, 10: 0.6 })]
  const found = segmentAccuracy(files, { corpus: 'kpi', delayRowsMax: 3 }, rule)
  // TP 4, FP 2: 8 / 10. As alarms begun: TP 0, FP 1, FN 4.
  expect(found.best_f1).toEqual(alone(0.8))
  expect(found.default_threshold_f1).toEqual(alone(0.8))
  expect(found.alarm_stream_f1).toEqual(alone(0))
})

test('accuracy on the generated stream is by the most precise and by the default threshold', () => {
  const { series, scores } = file({ 5: 0.4, 9: 0.6 })
  const spikesMs = new Float64Array(20)
  spikesMs[5] = 11
  spikesMs[9] = 12
  expect(generatedAccuracy({ series, spikesMs }, scores, 0.5)).toEqual({
    best: { precision: 1, recall: 1, alarms: 2, threshold: 0.4 },
    default_threshold: { precision: 1, recall: 0.5, alarms: 1 },
  })
})
