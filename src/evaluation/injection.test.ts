import { describe, expect, test } from 'vitest'
import { detectorFactory } from '../config/detector-choice.ts'
import { Random } from '../core/random.ts'
import type { FaultOutcome } from './injection.ts'
import { faults, harmed, injectionOutcomes } from './injection.ts'
import { noiseFamilies, noiseSeries } from './noise-families.ts'

const rows = 4032
const seasonal = noiseSeries('seasonal', 1, rows)
const carrier = { series: seasonal, firstRow: 3600, deviation: 1, dayRows: 288, seasonal: true }

describe('a fault', () => {
  const changes = (kind: FaultOutcome['kind'], size: number): number[] => {
    const values = harmed(carrier, { kind, size }, new Random(1))
    expect(values.subarray(0, 3600)).toEqual(seasonal.values.subarray(0, 3600))
    return [0, 1, 71, 143, 287].map((i) => values[3600 + i]! - seasonal.values[3600 + i]!)
  }

  test('is what it is said to be', () => {
    expect(changes('step', 6).map(Math.round)).toEqual([6, 6, 6, 6, 6])
    expect(changes('spike', 6).map(Math.round)).toEqual([6, 0, 0, 0, 0])
    expect(changes('drift', 6).map(Math.round)).toEqual([0, 0, 3, 6, 6])
    const late = harmed(carrier, { kind: 'phase', size: 6 }, new Random(1))
    expect(late[3600]).toBe(seasonal.values[3600 - 72])
    const flat = harmed(carrier, { kind: 'flat', size: 0 }, new Random(1))
    expect(new Set(flat.subarray(3599))).toEqual(new Set([seasonal.values[3599]]))
  })
})

/** A smaller one of `forewarn bench injection`; the numbers change with what is noticed. */
test('what auto notices in 24 generated series, exactly', { timeout: 60_000 }, () => {
  const carriers = Array.from({ length: 24 }, (_, i) => noiseSeries(noiseFamilies[i % 8]!, i, rows))
  const outcomes = injectionOutcomes(carriers, detectorFactory('auto', []), 0.999)
  expect(outcomes.map(({ kind, size }) => ({ kind, size }))).toEqual(faults)
  const lines = outcomes.map(({ kind, size, carriers: tried, recall, by_chance, delay_rows }) => {
    const counts = [recall, by_chance].map((share) => Math.round(share * tried))
    return `${kind} ${size}: ${counts.join(' and ')} of ${tried} after ${delay_rows}`
  })
  expect(lines).toMatchInlineSnapshot(`
    [
      "step 3: 16 and 3 of 24 after 4",
      "step 6: 19 and 3 of 24 after 0",
      "step 12: 24 and 3 of 24 after 0",
      "spike 3: 4 and 0 of 24 after 0",
      "spike 6: 13 and 0 of 24 after 0",
      "spike 12: 22 and 0 of 24 after 0",
      "drift 3: 15 and 3 of 24 after 43",
      "drift 6: 17 and 3 of 24 after 26",
      "drift 12: 21 and 3 of 24 after 26",
      "variance 3: 17 and 3 of 24 after 6",
      "variance 6: 22 and 3 of 24 after 4",
      "variance 12: 24 and 3 of 24 after 1",
      "flat 0: 24 and 3 of 24 after 9",
      "no-season 0: 6 and 0 of 8 after 16",
      "phase 3: 6 and 0 of 8 after 0",
      "phase 6: 7 and 0 of 8 after 0",
      "phase 12: 7 and 0 of 8 after 9",
    ]
  `)
})
