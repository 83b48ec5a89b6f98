import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decimation, sampleStates } from './decimation.ts'
import type { DrawnSample } from './decimation.ts'

function sample(
  timestampMs: number,
  value: number,
  changes: Partial<DrawnSample> = {},
): DrawnSample {
  return { timestampMs, value, lower: NaN, upper: NaN, score: 0, state: 'ok', ...changes }
}

test('as long as there is room, every sample is a span of its own', () => {
  const decimation = new Decimation(4)
  for (const t of [1, 2, 3])
    decimation.push(sample(t, t * 10, { lower: t, upper: t + 1, score: 0.5 }))
  expect(
    decimation
      .spans()
      .map(({ startMs, endMs, valueMin, valueMax }) => [startMs, endMs, valueMin, valueMax]),
  ).toEqual([
    [1, 1, 10, 10],
    [2, 2, 20, 20],
    [3, 3, 30, 30],
  ])
})

test('without room neighbours are joined, and extremes stay', () => {
  const decimation = new Decimation(4)
  const values = [5, 1, 9, 2, 7, 7, 3]
  values.forEach((value, i) =>
    decimation.push(
      sample(i, value, {
        lower: i === 0 ? NaN : value - 1,
        upper: i === 0 ? NaN : value + 1,
        score: value / 10,
        state: i === 3 ? 'anomalous' : 'ok',
      }),
    ),
  )
  // At the fifth sample 5 1 | 9 2 are joined; 7 7 and then 3 follow in spans of two.
  expect(decimation.spans()).toEqual([
    {
      startMs: 0,
      endMs: 1,
      valueMin: 1,
      valueMax: 5,
      lowerMin: 0,
      upperMax: 2,
      scoreMax: 0.5,
      state: 'ok',
    },
    {
      startMs: 2,
      endMs: 3,
      valueMin: 2,
      valueMax: 9,
      lowerMin: 1,
      upperMax: 10,
      scoreMax: 0.9,
      state: 'anomalous',
    },
    {
      startMs: 4,
      endMs: 5,
      valueMin: 7,
      valueMax: 7,
      lowerMin: 6,
      upperMax: 8,
      scoreMax: 0.7,
      state: 'ok',
    },
    {
      startMs: 6,
      endMs: 6,
      valueMin: 3,
      valueMax: 3,
      lowerMin: 2,
      upperMax: 4,
      scoreMax: 0.3,
      state: 'ok',
    },
  ])
})

const anySample = fc.record({
  value: fc.integer({ min: -1000, max: 1000 }),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  state: fc.constantFrom(...sampleStates),
})

test('for any series and limits: bounded, in order, nothing lost, nothing added', () => {
  fc.assert(
    fc.property(
      fc.array(anySample, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 20 }),
      fc.option(fc.record({ at: fc.nat(300), half: fc.integer({ min: 1, max: 10 }) })),
      (samples, half, lowered) => {
        const decimation = new Decimation(2 * half)
        let spansMax = 2 * half
        samples.forEach((each, i) => {
          decimation.push({ timestampMs: i, lower: NaN, upper: NaN, ...each })
          if (lowered?.at !== i) return
          decimation.limit(2 * lowered.half)
          spansMax = Math.min(spansMax, 2 * lowered.half)
        })
        const spans = decimation.spans()
        expect(spans.length).toBeLessThanOrEqual(spansMax)
        // Spans follow each other without a gap, and each has the extremes of its samples.
        let next = 0
        for (const span of spans) {
          expect(span.startMs).toBe(next)
          const inside = samples.slice(span.startMs, span.endMs + 1)
          expect(span.valueMin).toBe(Math.min(...inside.map(({ value }) => value)))
          expect(span.valueMax).toBe(Math.max(...inside.map(({ value }) => value)))
          expect(span.scoreMax).toBe(Math.max(...inside.map(({ score }) => score)))
          const states = inside.map(({ state }) => sampleStates.indexOf(state))
          expect(sampleStates.indexOf(span.state)).toBe(Math.max(...states))
          next = span.endMs + 1
        }
        expect(next).toBe(samples.length)
      },
    ),
  )
})
