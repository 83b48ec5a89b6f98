/** Whether the score history has what the program reported: every sample and every alarm, once. */

import { join } from 'node:path'
import { Keeper } from '../../../src/history/keeper.ts'
import type { Run } from './run.ts'

/** What the history says of a score's tail is within 4 %; and a score may be as written. */
const tailShare = 0.04

interface Score {
  readonly value: number
  readonly score: number
}

/** Differences between what a run that has ended wrote and what its history has. */
export function historyFaults(run: Run): string[] {
  const scores = new Map<string, Map<number, Score>>()
  const alarms = new Map<string, string>()
  for (const words of run.written().reports.values()) {
    const { kind, series, timestamp, value, score, alarm_id: id } = JSON.parse(words)
    if (kind === 'alarm') alarms.set(id, series)
    if (kind !== 'score') continue
    const of = scores.get(series) ?? new Map<number, Score>()
    scores.set(series, of.set(timestamp, { value, score }))
  }
  const always = { retentionMs: Infinity, diskBytes: Infinity, memoryBytes: 2 ** 26 }
  const keeper = new Keeper(join(run.stateFolder, 'history.db'), 'process', always)
  try {
    return [...sampleFaults(keeper, scores), ...alarmFaults(keeper, alarms)]
  } finally {
    keeper.close()
  }
}

const all = { fromMs: 0, toMs: 8e12 }

function sampleFaults(
  keeper: Keeper,
  scores: ReadonlyMap<string, ReadonlyMap<number, Score>>,
): string[] {
  const faults: string[] = []
  for (const [key, wanted] of scores) {
    const columns = keeper.samples({ ...all, key, points: 1_000_000 })?.columns
    const times = columns?.timestampMs ?? []
    if (times.length !== wanted.size) {
      faults.push(`history of ${key}: ${times.length} samples, not ${wanted.size}`)
    }
    times.forEach((timestampMs, i) => {
      const { value, score } = wanted.get(timestampMs) ?? { value: NaN, score: NaN }
      const tail = 1 - (columns?.score[i] ?? NaN)
      const near = Math.abs(tail - (1 - score)) <= tailShare * (1 - score) + 2 ** -52
      if (columns?.value[i] === value && near) return
      faults.push(`history of ${key} at ${timestampMs}: ${columns?.value[i]}, not ${value}`)
    })
  }
  return faults
}

function alarmFaults(keeper: Keeper, alarms: ReadonlyMap<string, string>): string[] {
  const kept = keeper.alarms({ ...all, key: '', limit: 1_000_000 }).alarms
  const ids = new Set(kept.map(({ alarmId }) => alarmId))
  const missing = [...alarms.keys()].filter((id) => !ids.has(id))
  const more = ids.size - (alarms.size - missing.length)
  return [
    ...missing.map((id) => `history: no alarm ${id}`),
    ...(more > 0 ? [`history: ${more} alarms that were never told`] : []),
  ]
}
