import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector, ScoreFilter } from './detector.ts'
import { filtered } from './filtered.ts'

/** Says what it is given: the value is the score, negative in probation, NaN for no score. */
const echo: Detector = {
  update: (_timestampMs, value, _learning, assessment) => {
    assessment.inProbation = value < 0
    assessment.scored = !Number.isNaN(value)
    assessment.rawScore = Math.abs(value)
    assessment.score = value > 0 ? value : 0
  },
  snapshot: (writer) => writer.uint8(1),
  restore: (reader) => expect(reader.uint8()).toBe(1),
}

/** Writes down the score that it sees, and multiplies it. */
function times(factor: number, seen: number[], mark = 0): ScoreFilter {
  return {
    apply: (_value, _learning, assessment) => {
      seen.push(assessment.score)
      assessment.score *= factor
    },
    snapshot: (writer) => writer.uint8(mark),
    restore: (reader) => expect(reader.uint8()).toBe(mark),
  }
}

function scoreOf(detector: Detector, value: number): number {
  const assessment = new Assessment()
  detector.update(0, value, 'on', assessment)
  return assessment.score
}

test('filters follow one another in the order given', () => {
  const seen: number[] = []
  const detector = filtered(echo, [times(0.5, seen), times(0.5, seen)])
  expect(scoreOf(detector, 0.8)).toBe(0.2)
  expect(seen).toEqual([0.8, 0.4])
})

test('in probation the filters see the raw score, within 0 and 1, and nothing leaves', () => {
  const seen: number[] = []
  const detector = filtered(echo, [times(1, seen)])
  expect([scoreOf(detector, -0.7), scoreOf(detector, -30)]).toEqual([0, 0])
  expect(seen).toEqual([0.7, 1])
})

test('a sample that could not be scored passes over the filters', () => {
  const seen: number[] = []
  expect(scoreOf(filtered(echo, [times(1, seen)]), NaN)).toBe(0)
  expect(seen).toEqual([])
})

test('without filters it is the detector itself', () => {
  expect(filtered(echo, [])).toBe(echo)
})

test('the state of all is kept, the detector’s first', () => {
  const detector = filtered(echo, [times(1, [], 2), times(1, [], 3)])
  const writer = new SnapshotWriter()
  detector.snapshot(writer)
  expect([...writer.finish()]).toEqual([1, 2, 3])
  detector.restore(new SnapshotReader(writer.finish()))
})
