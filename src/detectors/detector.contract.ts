/**
 * What every detector must do, as tests. A detector's own test file calls it in its first line:
 *
 *   detectorContract('ema', { create: (seed) => …, probationSamples: 20, … })
 *
 * The inputs are generated: constants, small whole numbers, steps, and any doubles within ±1e150,
 * learned and masked. The laws are those of the Detector interface.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector, Learning } from './detector.ts'

/** What the suite has to know of a detector. */
export interface DetectorUnderTest {
  /** A fresh detector with the `probationSamples` said below. */
  create(seed: number): Detector
  readonly probationSamples: number
  /** Samples until it judges at all, where that is before probation is over. */
  readonly judgesFromSamples?: number
  /** Samples from a step on, the first one included, within which it must be scored high. */
  readonly stepDelaySamples: number
  /** The score that is "high" for the step. */
  readonly stepScoreMin: number
  /**
   * True for one that judges by a stated limit and not by the past of its series: laws of what is
   * normal are not about it.
   */
  readonly statedLimit?: true
  /** Documented bound on the state, as bytes of a snapshot. */
  readonly stateBytesMax: number
  /** Generated cases for each law; fewer for a detector that takes long. */
  readonly runs?: number
  /** Samples in a generated series. */
  readonly samplesMax?: number
  /** Samples after probation for which a constant series must stay quiet. */
  readonly constantSamples?: number
}

/** One sample of a generated series. */
interface Step {
  readonly value: number
  readonly learning: Learning
}

const cadenceMs = 60_000

/** The gate's bound: beyond it squares overflow. */
const valueAbsMax = 1e150

const anyValue = fc.oneof(
  fc.constant(0),
  fc.constant(-0),
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: 0, max: 100 }),
  fc.double({ min: -valueAbsMax, max: valueAbsMax, noNaN: true }),
  fc.constantFrom(valueAbsMax, -valueAbsMax, Number.MIN_VALUE, 1e-300, 0.1 + 0.2),
)

const anyLearning = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Learning>('on') },
  { weight: 1, arbitrary: fc.constant<Learning>('masked') },
)

/** Runs of equal values make constant stretches and steps between them likely. */
function anySeries(samplesMax: number): fc.Arbitrary<Step[]> {
  const run = fc.record({
    value: anyValue,
    learning: anyLearning,
    length: fc.integer({ min: 1, max: 8 }),
  })
  return fc
    .array(run, { minLength: 1, maxLength: samplesMax, size: 'max' })
    .map((runs) =>
      runs
        .flatMap(({ value, learning, length }) =>
          Array.from({ length }, (): Step => ({ value, learning })),
        )
        .slice(0, samplesMax),
    )
}

/** All that an assessment says, as a value. */
function judged(detector: Detector, index: number, { value, learning }: Step): Assessment {
  const assessment = new Assessment()
  detector.update(index * cadenceMs, value, learning, assessment)
  return assessment
}

function judgements(detector: Detector, series: readonly Step[], from = 0): Assessment[] {
  return series.map((step, i) => judged(detector, from + i, step))
}

function saved(detector: Detector): Uint8Array {
  const writer = new SnapshotWriter()
  detector.snapshot(writer)
  return writer.finish()
}

function steps(values: readonly number[]): Step[] {
  return values.map((value) => ({ value, learning: 'on' }))
}

/** Score and raw score in their ranges; a band whole, finite and in order, or not there at all. */
function lawful({ score, rawScore, expected, lower, upper }: Assessment): boolean {
  if (!(score >= 0 && score <= 1 && Number.isFinite(rawScore))) return false
  if (Number.isNaN(expected)) return Number.isNaN(lower) && Number.isNaN(upper)
  return Number.isFinite(lower) && Number.isFinite(upper) && lower <= expected && expected <= upper
}

/** A saw-tooth with a little of everything: what is normal before a step. */
function ordinary(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 50 + (i % 7) + ((i * 7919) % 11) / 11)
}

/** Registers the contract's tests for one detector. */
export function detectorContract(name: string, subject: DetectorUnderTest): void {
  const numRuns = subject.runs ?? 100
  const series = anySeries(subject.samplesMax ?? 3 * subject.probationSamples + 60)
  describe(`${name} keeps the contract of a detector`, () => {
    generatedLaws(subject, series, numRuns)
    namedLaws(subject)
  })
}

function generatedLaws(
  subject: DetectorUnderTest,
  series: fc.Arbitrary<Step[]>,
  numRuns: number,
): void {
  test('scores are finite and in [0, 1], and bands are whole, for every finite input', () => {
    const law = (input: Step[]): void => {
      const faulty = judgements(subject.create(1), input).filter((said) => !lawful(said))
      expect(faulty).toEqual([])
    }
    fc.assert(fc.property(series, law), { numRuns })
  })

  test('a snapshot taken anywhere goes on bit for bit', () => {
    const law = (before: Step[], after: Step[]): void => {
      const original = subject.create(1)
      judgements(original, before)
      const bytes = saved(original)
      const restored = subject.create(1)
      const reader = new SnapshotReader(bytes)
      restored.restore(reader)
      expect(reader.leftBytes).toBe(0)
      const expected = judgements(original, after, before.length)
      expect(judgements(restored, after, before.length)).toEqual(expected)
      expect(saved(restored)).toEqual(saved(original))
    }
    fc.assert(fc.property(series, series, law), { numRuns })
  })

  test('the future does not change the past', () => {
    const law = (past: Step[], future: Step[]): void => {
      const whole = judgements(subject.create(1), [...past, ...future])
      expect(judgements(subject.create(1), past)).toEqual(whole.slice(0, past.length))
    }
    fc.assert(fc.property(series, series, law), { numRuns })
  })

  test('equal seeds give equal output, whatever runs beside', () => {
    const law = (input: Step[], other: Step[]): void => {
      const alone = judgements(subject.create(7), input)
      const [first, second] = [subject.create(7), subject.create(7)]
      const beside = input.map((step, i) => {
        judged(second, i, other[i % other.length] as Step)
        return judged(first, i, step)
      })
      expect(beside).toEqual(alone)
    }
    fc.assert(fc.property(series, series, law), { numRuns })
  })

  test('its state stays within the stated bound', () => {
    const law = (input: Step[]): void => {
      const detector = subject.create(1)
      for (let round = 0; round < 3; round++) {
        const spread = input.map((step, i) => ({ ...step, value: step.value * (1 + i * round) }))
        judgements(detector, spread.map(bounded), round * input.length)
        expect(saved(detector).length).toBeLessThanOrEqual(subject.stateBytesMax)
      }
    }
    fc.assert(fc.property(series, law), { numRuns })
  })
}

function bounded({ value, learning }: Step): Step {
  return { value: Math.min(valueAbsMax, Math.max(-valueAbsMax, value)), learning }
}

function namedLaws(subject: DetectorUnderTest): void {
  const { probationSamples } = subject
  const judgesFrom = subject.judgesFromSamples ?? probationSamples

  test('probation is as long as asked for, and nothing is judged in it', () => {
    const input = steps([...ordinary(probationSamples - 1), 1e6, ...ordinary(3)])
    const said = judgements(subject.create(1), input)
    said.forEach((assessment, i) => {
      expect(assessment.inProbation).toBe(i < judgesFrom)
      expect(assessment.probationSamples).toBe(probationSamples)
      expect(assessment.learnedSamples).toBe(Math.min(i, probationSamples))
      if (assessment.inProbation) expect(assessment.score).toBe(0)
    })
  })

  if (subject.statedLimit !== true) lawsOfTheUsual(subject)
}

function lawsOfTheUsual(subject: DetectorUnderTest): void {
  const { probationSamples, stepDelaySamples, stepScoreMin } = subject

  test('a series that is constant from its first sample is never called unusual', () => {
    for (const value of [0, 100, -1.1, 0.1, 1e-12, 123456.789, valueAbsMax]) {
      const length = probationSamples + (subject.constantSamples ?? 2000)
      const said = judgements(subject.create(1), steps(new Array<number>(length).fill(value)))
      expect(Math.max(...said.map(({ score }) => score))).toBeLessThan(0.99)
    }
  })

  test('a step far outside the range seen so far is scored high within the stated delay', () => {
    const before = ordinary(2 * probationSamples + 200)
    for (const level of [1e4, -1e4, 1e9]) {
      const input = steps([...before, ...new Array<number>(stepDelaySamples).fill(level)])
      const said = judgements(subject.create(1), input).slice(before.length)
      expect(Math.max(...said.map(({ score }) => score))).toBeGreaterThanOrEqual(stepScoreMin)
    }
  })

  test('what is masked does not become normal', () => {
    const before = ordinary(2 * probationSamples + 200)
    const masked = Array.from({ length: 500 }, (): Step => ({ value: 1e4, learning: 'masked' }))
    const detector = subject.create(1)
    const twin = subject.create(1)
    judgements(detector, steps(before))
    judgements(twin, steps(before))
    const last = judgements(detector, masked, before.length).at(-1)
    // At the same moment: what is expected may depend on the time of the day.
    const moment = before.length + masked.length - 1
    const next = judged(twin, moment, { value: 1e4, learning: 'on' })
    expect([last?.expected, last?.lower, last?.upper]).toEqual([
      next.expected,
      next.lower,
      next.upper,
    ])
  })
}
