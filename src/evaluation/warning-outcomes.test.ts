import { describe, expect, test } from 'vitest'
import { forEachJudged, toldWarnings, warningOutcome } from './warning-outcomes.ts'
import type { WarnedRecord } from './warning-outcomes.ts'

/**
 * One letter a sample: `.` P 0, `w` P 1, `x` a breach under way (not judged), `X` its onset.
 */
function recordOf(text: string): WarnedRecord {
  const letters = [...text]
  return {
    probabilities: Float64Array.from(letters, (letter) =>
      letter === 'w' ? 1 : letter === '.' ? 0 : NaN,
    ),
    onsets: letters.flatMap((letter, at) => (letter === 'X' ? [at] : [])),
  }
}

const rule = { threshold: 0.5, horizonSamples: 5, confirmSamples: 1 }

/** Told warnings as `at` and T or F, and leads. */
function f(text: string, want: string, leads: readonly number[], given = rule): void {
  const told = toldWarnings(recordOf(text), given)
  expect(told.map(({ at, isTrue }) => `${at}${isTrue ? 'T' : 'F'}`).join(' ')).toBe(want)
  const { breaches } = warningOutcome(recordOf(text), given)
  const found = breaches.map(({ lead }) => lead).filter((lead) => !Number.isNaN(lead))
  expect(found).toEqual(leads)
}

describe('a warning', () => {
  test('is true where a breach begins within the horizon after it', () => {
    f('...ww..Xxx......', '3T', [4])
    f('..w....Xxx......', '2T', [5])
  })

  test('is false one sample too early, and the breach is then missed', () => {
    f('.w.....Xxx......', '1F', [])
    const { breaches } = warningOutcome(recordOf('.w.....Xxx......'), rule)
    expect(breaches).toEqual([{ onset: 7, lead: NaN }])
  })

  test('stands for the horizon: no other is told meanwhile', () => {
    f('.w.w.w...........', '1F', [])
  })

  test('is told again where P is still over the threshold when it ends: one run', () => {
    // Told at 1, again at 6; the breach at 8 is 7 after the first of the run.
    f('.wwwwwwwXxx......', '1F 6T', [7])
  })

  test('after a pause begins a run of its own', () => {
    f('.w......w.Xxx.....', '1F 8T', [2])
  })

  test('at the onset or later finds nothing', () => {
    f('.......Xxw......', '9F', [])
    expect(warningOutcome(recordOf('.......Xxx......'), rule).breaches).toHaveLength(1)
  })

  test('ends at the breach: what follows is new', () => {
    f('...w..Xx.w..Xx......', '3T 9T', [3, 3])
  })

  test('is told once it is confirmed', () => {
    f('.w.www..Xx......', '5T', [3], { ...rule, confirmSamples: 3 })
  })

  test('is confirmed by judged seconds: one over the limit between them ends no row', () => {
    f('.wwxw..Xx......', '4T', [3], { ...rule, confirmSamples: 3 })
    f('.wwx.ww.Xx.....', '', [], { ...rule, confirmSamples: 3 })
    // A breach does.
    f('.wwXxxw........', '', [], { ...rule, confirmSamples: 3 })
  })

  test('whose horizon is not over when the record ends is not counted', () => {
    f('............w..', '', [])
  })
})

test('the four counts are of every judged sample whose horizon the record covers', () => {
  //        0123456789
  const record = recordOf('..w.wXx.w......')
  // A breach begins within 5 after 0 to 4: warned at 2, 4. At 7 to 9 none: warned at 8. Later ones
  // are not covered: 10 + 5 = 15 is behind the end.
  expect(warningOutcome(record, rule).counts).toEqual({
    truePositives: 2,
    falsePositives: 1,
    trueNegatives: 2,
    falseNegatives: 3,
  })
  const judged: string[] = []
  forEachJudged(record, 5, (probability, outcome) => judged.push(`${probability}${outcome}`))
  expect(judged.join(' ')).toBe('01 01 11 01 11 00 10 00')
})
