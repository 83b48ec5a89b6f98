import { expect, test } from 'vitest'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { averagedSamples, scoreUnits } from './score-history.ts'
import { ScoreWindow } from './score-window.ts'

/**
 * The published way: at every question all scores of the window are averaged again from its first
 * one on, and those of the learning period are left out.
 */
function reread(scores: readonly number[], window: number, skipped: number): [number, number] {
  const start = Math.max(0, scores.length - window)
  const kept = scores.slice(start)
  const averages = kept
    .map((_, i) => kept.slice(Math.max(0, i + 1 - averagedSamples), i + 1))
    .map((last) => last.reduce((a, b) => a + b, 0) / last.length)
    .slice(Math.max(0, skipped - start))
  const mean = averages.reduce((a, b) => a + b, 0) / averages.length
  const variance = averages.reduce((sum, a) => sum + (a - mean) ** 2, 0) / averages.length
  return [mean, variance]
}

function expectSame(window: number, skipped: number): void {
  const random = new Random(window + skipped)
  const history = new ScoreWindow(window, skipped)
  const scores: number[] = []
  let sum = 0
  for (let i = 0; i < 3 * window; i++) {
    const units = Math.floor(100 * random.uniform() ** 4) * 1000
    scores.push(units / scoreUnits)
    const tenBack = scores[i - averagedSamples] ?? 0
    sum += units - Math.round(tenBack * scoreUnits)
    history.push(sum, units)
    const [mean, variance] = reread(scores, window, skipped)
    if (Number.isNaN(mean)) expect(history.count).toBe(0)
    else {
      expect(Math.abs(history.mean() - mean)).toBeLessThan(1e-13)
      expect(Math.abs(history.variance() - variance)).toBeLessThan(1e-13)
    }
  }
}

test('running sums give what reading the window again gives', () => {
  expectSame(40, 0)
  expectSame(40, 15)
  expectSame(100, 99)
  expectSame(100, 120)
})

test('it goes on from a snapshot as if nothing had happened', () => {
  const history = new ScoreWindow(50, 10)
  for (let i = 0; i < 120; i++) history.push(i * 10, (i % 7) * 1000)
  const writer = new SnapshotWriter()
  history.snapshot(writer)
  const restored = new ScoreWindow(50, 10)
  restored.restore(new SnapshotReader(writer.finish()))
  for (let i = 0; i < 80; i++) {
    for (const each of [history, restored]) each.push(i * 13, (i % 5) * 1000)
    expect([restored.mean(), restored.variance()]).toEqual([history.mean(), history.variance()])
  }
})
