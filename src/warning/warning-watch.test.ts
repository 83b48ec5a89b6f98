import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { warningOutcome } from '../evaluation/warning-outcomes.ts'
import { BreachWatch } from './objective.ts'
import { WarningWatch } from './warning-watch.ts'
import type { WarningChange, WarningRule } from './warning-watch.ts'

const holdSamples = 3
const rule = { threshold: 0.5, horizonSamples: 5, confirmSamples: 1 }
const secondMs = 1000

/** One letter a sample: `.` P 0, `w` P 1, `x` over the limit. One sample a second. */
class Told {
  readonly changes: WarningChange[] = []
  watch: WarningWatch
  readonly #breach = new BreachWatch({ metric: 'mean', limit: 1, holdSamples })
  #at = 0
  #overSinceMs = NaN

  /** The same as a record that is judged afterwards. */
  readonly probabilities: number[] = []
  readonly onsets: number[] = []

  constructor(given: WarningRule = rule) {
    this.watch = new WarningWatch(given, holdSamples)
  }

  take(letter: string): void {
    const timestampMs = this.#at++ * secondMs
    const wasOver = this.#breach.over
    const change = this.#breach.update(letter === 'x' ? 1 : 0)
    if (this.#breach.over && !wasOver) this.#overSinceMs = timestampMs
    const probability = this.#breach.over ? NaN : letter === 'w' ? 1 : 0
    this.probabilities.push(probability)
    if (change === 'begins') this.onsets.push(this.#overSinceMs / secondMs)
    const said = { toldMs: timestampMs, probability, expectedMs: NaN, leading: 0, confidence: 1 }
    this.watch.update(said, change, this.#overSinceMs, this.changes)
  }
}

/** `told@3 true@3+4`: state, when it was told, and the lead, in seconds. */
function f(text: string, want: string, given = rule): void {
  const told = new Told(given)
  for (const letter of text) told.take(letter)
  const words = told.changes.map(({ state, said, onsetMs, leadMs }) => {
    const at = (said?.toldMs ?? onsetMs) / secondMs
    return `${state}@${at}${Number.isNaN(leadMs) ? '' : `+${leadMs / secondMs}`}`
  })
  expect(words.join(' ')).toBe(want)
}

describe('a warning', () => {
  test('comes true where a breach begins within its horizon', () => {
    f('...w...xxx......', 'told@3 true@3+4')
    f('..w....xxx......', 'told@2 true@2+5')
  })

  test('is false one sample too early, and the breach is then missed', () => {
    f('.w.....xxx......', 'told@1 false@1 missed@7')
  })

  test('is false where the limit was only touched', () => {
    f('.w..xx..........', 'told@1 false@1')
  })

  test('stands for the horizon, and is told again where P is as high then: one run', () => {
    f('.w.w.w..........', 'told@1 false@1')
    f('.wwwwwwwxxx.....', 'told@1 told@6 false@1 true@6+7')
  })

  test('waits for as many samples as it must last', () => {
    f('.w.ww.www..xxx', 'told@8 true@8+3', { ...rule, confirmSamples: 3 })
  })

  test('waits through a sample over the limit, which is not judged', () => {
    f('.wwxw..xxx', 'told@4 true@4+3', { ...rule, confirmSamples: 3 })
    f('.wwx.ww.xxx', 'missed@8', { ...rule, confirmSamples: 3 })
  })

  test('is not told while a breach is under way', () => {
    f('xxxxxwwww...wwww', 'missed@0 told@7 false@7 told@12 told@15', {
      ...rule,
      horizonSamples: 3,
    })
  })

  test('has the outcomes that are found of a whole record afterwards', () => {
    const letters = fc.array(fc.constantFrom('.', 'w', 'w', 'x', 'x'), { maxLength: 80 })
    const given = fc.record({
      threshold: fc.constant(0.5),
      horizonSamples: fc.integer({ min: 4, max: 9 }),
      confirmSamples: fc.integer({ min: 1, max: 3 }),
    })
    const law = (text: string[], rule: WarningRule): void => {
      const told = new Told(rule)
      for (const letter of text) told.take(letter)
      const { probabilities, onsets } = told
      const record = { probabilities: Float64Array.from(probabilities), onsets }
      const { told: warnings, breaches } = warningOutcome(record, rule)
      const known = text.length - rule.horizonSamples - holdSamples
      const outcomes = told.changes.flatMap(({ state, said }) => {
        const at = (said?.toldMs ?? NaN) / secondMs
        return (state === 'true' || state === 'false') && at < known ? [`${at} ${state}`] : []
      })
      const wanted = warnings.filter(({ at }) => at < known)
      expect(outcomes.toSorted()).toEqual(wanted.map((w) => `${w.at} ${w.isTrue}`).toSorted())
      const leads = told.changes.flatMap(({ state, leadMs }) => {
        return state === 'true' ? [leadMs / secondMs] : []
      })
      const found = breaches.filter(({ lead }) => !Number.isNaN(lead))
      expect(told.watch.missed).toBe(breaches.length - found.length)
      expect(new Set(leads)).toEqual(new Set(found.map(({ lead }) => lead)))
    }
    fc.assert(fc.property(letters, given, law), { numRuns: 500 })
  })

  test('goes on from a snapshot taken anywhere', () => {
    const letters = fc.array(fc.constantFrom('.', 'w', 'w', 'x'), { maxLength: 60 })
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        const whole = new Told()
        for (const letter of before) whole.take(letter)
        const writer = new SnapshotWriter()
        whole.watch.snapshot(writer)
        const restored = new WarningWatch(rule, holdSamples)
        restored.restore(new SnapshotReader(writer.finish()))
        const twin = new Told()
        for (const letter of before) twin.take(letter)
        twin.watch = restored
        for (const letter of after) whole.take(letter)
        for (const letter of after) twin.take(letter)
        expect(twin.changes).toEqual(whole.changes)
      }),
    )
  })
})
