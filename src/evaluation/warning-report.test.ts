import { expect, test } from 'vitest'
import { warningReport } from './warning-report.ts'
import { warnedRun } from './warning-run.ts'
import type { WarnedRun } from './warning-run.ts'

/** By letter: . P .1, w P .9, X an onset, x a breach under way. */
function runOf(text: string, faults: WarnedRun['faults'] = []): WarnedRun {
  const letters = [...text]
  const onsets = letters.flatMap((letter, at) => (letter === 'X' ? [at] : []))
  const column = (of: (letter: string) => number): WarnedRun['records']['forewarn'] => ({
    probabilities: Float64Array.from(letters, (l) => (l === 'X' || l === 'x' ? NaN : of(l))),
    onsets,
  })
  const never = column(() => 0)
  const own = column((letter) => (letter === 'w' ? 0.9 : 0.1))
  const records = { forewarn: own, never, '80 % of limit': never, linear: own }
  return { samples: letters.length, onsets, records, faults }
}

const rule = { threshold: 0.5, horizonSamples: 5, confirmSamples: 1 }

test('counts, leads and calibration are those counted by hand', () => {
  const fault = { kind: 'cpu-leak', start: 4, end: 12, gradual: true }
  const text = '......w.Xxx..w........Xxx..........'
  const report = warningReport([runOf(text, [fault])], rule, 3)
  const [own, never] = report.methods
  // Told at 6 (true, the breach at 8) and 13 (false); the breach at 22 is missed.
  expect(own).toMatchObject({ warnings: 2, trueWarnings: 1, breaches: 2, foundBreaches: 1 })
  expect(own?.precision.value).toBe(0.5)
  expect(own?.recall.value).toBe(0.5)
  expect(own?.f1.value).toBe(0.5)
  expect(own?.leadMedian.value).toBe(2)
  expect(own?.falseAnHour.value).toBeCloseTo(3600 / 35, 9)
  // Judged: 0 to 7, 11 to 21 and 25 to 29: 24 samples. Within 5 before an onset: 3 to 7, 17 to 21.
  // P .9 came once of 2; P .1 came 9 times of 22.
  expect(own?.counts).toEqual({
    truePositives: 1,
    falsePositives: 1,
    trueNegatives: 13,
    falseNegatives: 9,
  })
  expect(own?.brier.value).toBeCloseTo((0.01 + 0.81 + 9 * 0.81 + 13 * 0.01) / 24, 9)
  expect(own?.calibrationError.value).toBeCloseTo((0.8 + (9 - 2.2)) / 24, 9)
  expect(report.reliability[9]).toMatchObject({ samples: 2, came: 0.5 })
  expect(never?.precision.value).toBeNaN()
  expect(never?.recall.value).toBe(0)
  expect(never?.brier.value).toBeCloseTo(10 / 24, 9)
  const [gradual] = report.faults.gradual
  expect(gradual).toMatchObject({ name: 'gradual', faults: 1, broke: 1, found: 1 })
})

test('the baselines are what they are called', () => {
  const metrics = ['mean']
  const objective = { metric: 'mean', limit: 100, holdSamples: 3 }
  const options = { metrics, objective, horizonSamples: 10, seed: 1 }
  const means = [...Array.from({ length: 30 }, () => 10), 81, 79, 10, 10]
  const ramp = Array.from({ length: 30 }, (_, i) => 10 + i * 2)
  const { records } = warnedRun(
    [...means, ...ramp].map((mean) => Float64Array.of(mean)),
    options,
  )
  expect([...records['80 % of limit'].probabilities].indexOf(1)).toBe(30)
  expect([...records.never.probabilities].every((p) => p === 0)).toBe(true)
  // At the end the line has 68 and a slope of 2: 88 in 10 s. Not yet.
  expect(records.linear.probabilities.at(-1)).toBe(0)
  const steep = Array.from({ length: 30 }, (_, i) => 10 + i * 2.9)
  const other = warnedRun(
    steep.map((mean) => Float64Array.of(mean)),
    options,
  )
  expect(other.records.linear.probabilities.at(-1)).toBe(1)
})
