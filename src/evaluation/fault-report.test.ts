import { expect, test } from 'vitest'
import { faultReport } from './fault-report.ts'
import type { FaultReport } from './fault-report.ts'
import type { KnownFault, WarnedRun } from './warning-run.ts'

const rule = { threshold: 0.5, horizonSamples: 5, confirmSamples: 1 }

/** One letter a sample: `.` P 0, `w` P 1, `X` an onset, `x` a breach under way. */
function runOf(own: string, line: string, faults: readonly KnownFault[]): WarnedRun {
  const onsets = [...own].flatMap((letter, at) => (letter === 'X' ? [at] : []))
  const record = (text: string): WarnedRun['records']['forewarn'] => ({
    probabilities: Float64Array.from(text, (letter) => {
      return letter === 'w' ? 1 : letter === '.' ? 0 : NaN
    }),
    onsets,
  })
  const never = record(own.replaceAll('w', '.'))
  const records = { forewarn: record(own), never, '80 % of limit': never, linear: record(line) }
  return { samples: own.length, onsets, records, faults }
}

function reportOf(...runs: WarnedRun[]): FaultReport {
  return faultReport(runs, { ruleOf: () => rule, holdSamples: 3, stretchSeconds: 600, seed: 1 })
}

const fault = (kind: string, start: number, end: number): KnownFault => {
  return { kind, start, end, gradual: kind !== 'surge' }
}

/** name faults broke found warnings/true precision recall lead delay */
function f({ gradual, sudden }: FaultReport, want: readonly string[]): void {
  const said = [...gradual, ...sudden].map((row) => {
    const { name, faults, broke, found, warnings, trueWarnings } = row
    const times = [row.precision, row.recall, row.leadMedian, row.delayMedian]
    const counts = [name, faults, broke, found, `${trueWarnings}/${warnings}`]
    return [...counts, ...times.map(({ value }) => Number(value.toFixed(3)))].join(' ')
  })
  expect(said).toEqual(want)
}

//                       1         2         3         4         5         6         7
//             0123456789012345678901234567890123456789012345678901234567890123456789012
const own = '...w..w.Xxx....................w.......Xxx.......w..............Xxx........'
const line = '...w..w.Xxx...........w...........w....Xxx.......................xx.......'

test('what belongs to which fault is what was counted by hand', () => {
  const faults = [fault('cpu-leak', 4, 12), fault('disk-hog', 30, 44), fault('surge', 62, 70)]
  // Told at 3 (true: the breach at 8 began in the leak; it stands until then, so 6 is not told),
  // 31 (false, in the hog: 39 is 8 later), 49 (false, in no fault). The surge broke unforeseen.
  f(reportOf(runOf(own, line, faults)), [
    'gradual 2 2 1 1/3 0.333 0.5 5 1',
    'cpu-leak 1 1 1 1/1 1 1 5 6',
    'disk-hog 1 1 0 0/1 0 0 NaN 1',
    'sudden 1 1 0 0/0 NaN 0 NaN 4',
    'surge 1 1 0 0/0 NaN 0 NaN 4',
  ])
})

test('a false warning in a sudden fault is not held against gradual ones', () => {
  const faults = [fault('cpu-leak', 4, 12), fault('surge', 45, 52)]
  f(reportOf(runOf(own, line, faults)), [
    'gradual 1 1 1 1/2 0.5 1 5 6',
    'cpu-leak 1 1 1 1/1 1 1 5 6',
    'sudden 1 0 0 0/1 0 NaN NaN 4',
    'surge 1 0 0 0/1 0 NaN NaN 4',
  ])
})

test('the breach of a fault is its first, and only where it begins within it', () => {
  const twice = runOf('..w.Xx..Xx.........', '...................', [fault('disk-hog', 1, 12)])
  // The second breach, 4 later, has no warning of its own; the fault is found once.
  f(reportOf(twice), ['gradual 1 1 1 1/1 1 1 2 1', 'disk-hog 1 1 1 1/1 1 1 2 1'])
  const before = runOf('..w.Xx.............', '...................', [fault('disk-hog', 5, 12)])
  // A true warning of a breach that no fault was under way at belongs to nothing.
  f(reportOf(before), ['gradual 1 0 0 0/0 NaN NaN NaN NaN', 'disk-hog 1 0 0 0/0 NaN NaN NaN NaN'])
})

test('without faults there is only the margin of all breaches', () => {
  const { gradual, sudden, margins } = reportOf(runOf(own, line, []))
  expect([gradual, sudden]).toEqual([[], []])
  expect(margins.map(({ of }) => of)).toEqual(['all'])
})

test('the margin is a difference of the same draws', () => {
  const faults = [fault('cpu-leak', 4, 12), fault('disk-hog', 30, 44)]
  const [all, gradual] = reportOf(runOf(own, line, faults)).margins
  // 1 of 3 true and 1 of 3 found, against 2 of 3 and 2 of 3: 3 (true), 22 (false), 34 (true).
  expect(all).toMatchObject({
    precision: { value: 1 / 3 - 2 / 3 },
    recall: { value: 1 / 3 - 2 / 3 },
    leadMedian: { value: 0 },
  })
  expect(all?.falseAnHour.value).toBeCloseTo(3600 / own.length, 9)
  expect(gradual?.recall.value).toBe(0.5 - 1)
  // Stretches of which both say the same give the same in every draw, however they differ.
  const calm = '.'.repeat(600)
  const same = own + calm.slice(own.length)
  const pair = [runOf(same, same, faults), runOf(calm, calm, []), runOf(same, same, faults)]
  for (const row of reportOf(...pair).margins) {
    for (const each of [row.precision, row.recall, row.leadMedian, row.falseAnHour]) {
      expect(each).toEqual({ value: 0, low: 0, high: 0 })
    }
  }
})
