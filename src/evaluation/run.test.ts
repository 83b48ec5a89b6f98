import { expect, test } from 'vitest'
import type { Detector } from '../detectors/detector.ts'
import { alarmsStarted } from './alarm-rows.ts'
import { alarmOptions } from '../alarm/rule.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { LabelledSeries } from './corpus.ts'
import type { FileFacts } from './run.ts'
import { runDetector } from './run.ts'

function series(values: readonly number[], stepMs = 60_000): LabelledSeries {
  return {
    name: 'a',
    timestampsMs: Float64Array.from(values, (_, row) => row * stepMs),
    values: Float64Array.from(values),
    ranges: [],
  }
}

/** Scores a sample by how much of the largest value so far it is: the past alone decides. */
function peakDetector({ probationSamples }: FileFacts): Detector {
  let count = 0
  let peak = 0
  return {
    update(_timestampMs, value, _learning, assessment) {
      assessment.inProbation = count++ < (probationSamples ?? 0)
      assessment.score = peak === 0 ? 0.5 : Math.min(1, value / peak)
      peak = Math.max(peak, value)
    },
    // As many bytes as samples, so that the largest of several can be told.
    snapshot: (writer) => writer.bytes(new Uint8Array(count)),
    restore: () => undefined,
  }
}

test('a run gives every series a fresh detector that knows its probation and its range', () => {
  const facts: FileFacts[] = []
  const seen: number[] = []
  const run = runDetector(
    (file) => {
      facts.push(file)
      return peakDetector(file)
    },
    [series([1, 2, 4, 1, 2, 4, 8, 2]), series([5])],
    (done, all) => seen.push(done, all),
  )
  expect(facts).toEqual([
    { probationSamples: 1, valueMin: 1, valueMax: 8 },
    { probationSamples: 0, valueMin: 5, valueMax: 5 },
  ])
  expect(run.files.map((file) => [...file.scores])).toEqual([
    [0, 1, 1, 0.25, 0.5, 1, 1, 0.25],
    [0.5],
  ])
  expect(run.microsecondsPerSample).toBeGreaterThan(0)
  expect(run.stateBytesMax).toBeGreaterThanOrEqual(8)
  expect(seen).toEqual([1, 2, 2, 2])
})

test('the alarm stream has one row for each alarm, at its first row', () => {
  // One row a minute; an alarm resolves when it was quiet for a minute.
  const scores = Float64Array.of(1, 0, 1, 1, 0, 0, 1, 0)
  const rule = optionsWithDefaults(alarmOptions, { threshold: 0.9, keepFiringMs: 60_000 })
  const { alarmed } = alarmsStarted({ series: series([...scores]), scores }, rule)
  // Row 0 is probation.
  expect([...alarmed]).toEqual([0, 0, 1, 0, 0, 0, 1, 0])
})
