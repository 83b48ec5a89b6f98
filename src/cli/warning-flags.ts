/** The flags of `forewarn evaluate` and `forewarn train`: which records, which objective. */

import { futuresMakers } from '../config/futures.ts'
import type { EarlyWarningOptions } from '../warning/early-warning.ts'
import type { FuturesMaker } from '../warning/futures.ts'
import { numberOf, usageError } from './arguments.ts'
import { readRecord, simulatedRecord } from './evaluate-input.ts'
import type { MetricRecord } from './evaluate-input.ts'
import { faultsOf } from './fault-list.ts'

export const warningFlags = {
  seeds: { value: 'A-B', about: 'Seeds of the simulations. Default: 1-4.' },
  hours: { value: 'N', about: 'Length of each simulation. Default: 6.' },
  faults: {
    value: 'LIST',
    about: 'Faults of the simulations: names, or gradual, sudden, all, none. Default: gradual.',
  },
  metric: { value: 'NAME', about: 'The metric of the objective. Default: mean.' },
  limit: { value: 'N', about: 'Its limit; at or over it is over. Default: 100.' },
  hold: { value: 'N', about: 'Samples in a row over the limit that are a breach. Default: 3.' },
  horizon: { value: 'N', about: 'Samples ahead that a warning speaks of. Default: 50.' },
  futures: {
    value: 'WORD',
    about: 'htm: weigh predictions of hierarchical temporal memory, fed on, too. Default: off.',
  },
} as const

/** Values of the flags as typed. */
export type WarningValues = Readonly<
  Partial<Record<keyof typeof warningFlags | 'threshold' | 'confirm', string | undefined>>
>

/** Ranges and defaults of the numbers. Threshold and confirm: see detectors/early-warning.ts. */
const numbers = {
  hours: { usual: 6, min: 0.1, max: 10_000, whole: false },
  limit: { usual: 100, min: 1e-9, max: 1e12, whole: false },
  hold: { usual: 3, min: 1, max: 10_000, whole: true },
  horizon: { usual: 50, min: 2, max: 10_000, whole: true },
  threshold: { usual: 0.85, min: 0, max: 1, whole: false },
  confirm: { usual: 3, min: 1, max: 10_000, whole: true },
} as const

/** The number of a flag, or its default. */
export function warningNumber(values: WarningValues, flag: keyof typeof numbers): number {
  const text = values[flag]
  return text === undefined ? numbers[flag].usual : numberOf(flag, text, numbers[flag])
}

/** The records that are meant, one after the other. */
export function* recordsOf(
  values: WarningValues,
  paths: readonly string[],
): Generator<MetricRecord> {
  const limit = warningNumber(values, 'limit')
  for (const path of paths) yield readRecord(path, limit)
  if (paths.length > 0) return
  const faults = faultsOf(values.faults ?? 'gradual')
  const seconds = Math.round(3600 * warningNumber(values, 'hours'))
  const [first, last] = seedsOf(values.seeds ?? '1-4')
  for (let seed = first; seed <= last; seed++) {
    yield simulatedRecord({ seconds, faults, seed }, limit)
  }
}

function seedsOf(text: string): [number, number] {
  const [, first = '', last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? []
  if (first === '' || Number(last) < Number(first)) {
    throw usageError(`option "--seeds" needs a number or a range as 1-16, found "${text}"`)
  }
  return [Number(first), Number(last)]
}

function futuresOf(word = 'off'): FuturesMaker | undefined {
  if (futuresMakers.has(word)) return futuresMakers.get(word)
  throw usageError(`option "--futures" wants off or htm, found "${word}"`)
}

/** What is watched in a record. */
export function warningOptions(
  values: WarningValues,
  { metrics, name }: MetricRecord,
): EarlyWarningOptions {
  const metric = values.metric ?? 'mean'
  if (!metrics.includes(metric)) {
    throw usageError(`no metric "${metric}" in ${name}; there are ${metrics.join(', ')}`)
  }
  const limit = warningNumber(values, 'limit')
  const objective = { metric, limit, holdSamples: warningNumber(values, 'hold') }
  const horizonSamples = warningNumber(values, 'horizon')
  return { metrics, objective, horizonSamples, seed: 1, futures: futuresOf(values.futures) }
}
