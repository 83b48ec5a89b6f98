import { expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { Report } from '../core/report.ts'
import { EarlyWarning } from '../warning/early-warning.ts'
import { Objective, objectiveOptions } from './objective.ts'
import type { ObjectiveOptions } from './objective.ts'
import { applied, plain, receivedMs, transformContract } from './transform.contract.ts'

function objective(given: Partial<ObjectiveOptions> = {}): Objective {
  return new Objective(optionsWithDefaults(objectiveOptions, given))
}

transformContract('objective', () => objective({ fields: ['value'], metric: 'value', bound: 500 }))

const shop = { match: 'shop*', fields: ['cpu', 'mean'], bound: 100 }

/** A queue whose load rises from .4 to 1 in the 60 seconds from 300 on. */
function rows(seconds: number, host = ''): Observation[] {
  const random = new Random(1)
  return Array.from({ length: seconds }, (_, t) => {
    const load = 0.4 + Math.max(0, (0.6 * (t - 300)) / 60)
    const mean = (6 / Math.max(0.01, 1 - load)) * Math.exp(random.gaussian(0, 0.05))
    const cpu = 100 * Math.min(1, load) + random.gaussian(0, 1)
    return [['cpu', cpu] as const, ['mean', mean] as const].map(([field, value], index) => ({
      labels: Labels.named('shop', [
        ['__field__', field],
        ['host', host],
      ]),
      timestampMs: t * 1000,
      remainderNs: 0,
      value,
      origin: { partition: 'p', offset: t, receivedMs },
      index,
    }))
  }).flat()
}

const told = (out: readonly Observation[], field: string): number[] =>
  out.filter(({ labels }) => labels.field === field).map(({ value }) => value)

test('tells what early warning says of each complete row, 1 and 0 while it is broken', () => {
  const input = rows(380)
  const out = applied(objective(shop), input)
  const bound = { metric: 'mean', limit: 100, holdSamples: 3 }
  const options = { metrics: ['cpu', 'mean'], objective: bound, horizonSamples: 50, seed: 1 }
  const alone = new EarlyWarning(options)
  const want: number[] = []
  for (let i = 0; i < input.length; i += 2) {
    const row = Float64Array.of(input[i]?.value ?? NaN, input[i + 1]?.value ?? NaN)
    const { probability } = alone.update(row)
    want.push(Number.isNaN(probability) ? 1 : probability)
  }
  expect(told(out, 'breach_probability')).toEqual(want)
  expect(Math.max(...want.slice(60, 300))).toBeLessThan(0.5)
  expect(Math.max(...want.slice(310, 350))).toBeGreaterThan(0.7)
  expect(want.at(-1)).toBe(1)
  expect(told(out, 'breach_expected').at(-1)).toBe(0)
  // What comes in goes on.
  expect(told(out, 'cpu')).toHaveLength(380)
})

test('rows without a field, older rows and repeated ones are not judged', () => {
  const transform = objective(shop)
  const [cpu, mean, , laterMean] = rows(2) as [Observation, Observation, Observation, Observation]
  expect(told(applied(transform, [cpu, laterMean]), 'breach_probability')).toHaveLength(0)
  expect(told(applied(transform, [mean, cpu]), 'breach_probability')).toHaveLength(0)
  const [later] = rows(2).slice(2) as [Observation]
  expect(told(applied(transform, [later]), 'breach_probability')).toHaveLength(1)
  expect(told(applied(transform, [later, laterMean]), 'breach_probability')).toHaveLength(0)
})

test('each set of labels is a group of its own, up to the limit', () => {
  const transform = objective({ ...shop, limit: 1 })
  const refused: Report[] = []
  transform.apply([...rows(1, 'a'), ...rows(1, 'b')], [], refused)
  expect(transform.size).toBe(1)
  const reasons = refused.map((report) => (report.kind === 'rejection' ? report.reason : ''))
  expect(reasons).toEqual(['series_limit', 'series_limit'])
})

test('the metric is one of the fields', () => {
  expect(() => objective({ fields: ['cpu'], metric: 'mean' })).toThrow(/none of the fields: cpu/)
})

test('its groups are owners: each recovers by itself, and skips rows that it has judged', () => {
  const ledger = new Ledger()
  const first = objective(shop)
  first.attach(ledger, 'transform/0-objective/')
  const input = rows(200)
  const whole = plain(applied(objective(shop), input)).slice(-400)
  applied(first, input.slice(0, 200))
  ledger.cut()
  ledger.copySome(100)
  const { saved } = ledger.collect()
  const second = objective(shop)
  second.attach(new Ledger(), 'transform/0-objective/')
  expect(saved.map((owner) => second.recover(owner))).toEqual([true])
  expect(told(applied(second, input.slice(0, 200)), 'breach_probability')).toHaveLength(0)
  expect(plain(applied(second, input.slice(200)))).toEqual(whole)
  const other = objective({ ...shop, bound: 90 })
  other.attach(new Ledger(), 'transform/0-objective/')
  expect(() => saved.map((owner) => other.recover(owner))).toThrow(
    expect.objectContaining({ code: 'ERR_SNAPSHOT_UNKNOWN' }),
  )
})
