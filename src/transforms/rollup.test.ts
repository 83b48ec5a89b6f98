import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import type { Report } from '../core/report.ts'
import { Rollup, rollupOptions } from './rollup.ts'
import type { RollupOptions } from './rollup.ts'
import { applied, plain, receivedMs, transformContract } from './transform.contract.ts'

function rollup(given: Partial<RollupOptions> = {}): Rollup {
  return new Rollup(optionsWithDefaults(rollupOptions, given))
}

const everyFunction = {
  count: 'count(cpu)',
  mean: 'mean(cpu)',
  whole: 'whole_mean(cpu)',
  low: 'min(cpu)',
  max: 'max(net)',
  last: 'last(net)',
  over: 'over(net, 500)',
  p90: 'p90(net)',
}

const twoInputs = { inputs: { cpu: 'cpu:*', net: 'net:*' }, fields: everyFunction }

transformContract('rollup', () => rollup({ latenessMs: 20_000, windowMs: 10_000 }), 'its own')
transformContract(
  'rollup of two inputs',
  () => rollup({ ...twoInputs, windowMs: 50_000, groupBy: ['host'], incomplete: 'emit' }),
  'its own',
)

const labelsOf = (input: string): Labels => Labels.named(input, [['__field__', 'value']])

/** Samples as input, seconds, value; one a payload. */
function samples(all: readonly (readonly [string, number, number])[]): Observation[] {
  return all.map(([input, seconds, value], offset) => ({
    labels: labelsOf(input),
    timestampMs: Math.round(seconds * 1000),
    remainderNs: 0,
    value,
    origin: { partition: 'p', offset, receivedMs },
    index: 0,
  }))
}

/** What comes out, as second:field value. */
const texts = (all: readonly Observation[]): string[] =>
  all.map(({ labels, timestampMs, value }) => `${timestampMs / 1000} ${labels.key} ${value}`)

const shop = {
  name: 'aggregate',
  inputs: { millis: 'responsetime:*', cpu: 'stats:cpu' },
  fields: { mean: 'whole_mean(millis)', violations: 'over(millis, 70)', cpu: 'last(cpu)' },
  latenessMs: 0,
}

const at = (input: string, seconds: number, value: number, offset: number): Observation => {
  const [one] = samples([[input, seconds, value]]) as [Observation]
  const labels =
    input === 'cpu' ? Labels.named('stats', [['__field__', 'cpu']]) : labelsOf('responsetime')
  return { ...one, labels, origin: { ...one.origin, offset } }
}

describe('windows', () => {
  test('join their inputs once both have passed their end', () => {
    const all = [
      at('cpu', 10, 33, 0),
      at('millis', 10, 80, 1),
      at('millis', 10, 61, 2),
      at('cpu', 11, 34, 3),
    ]
    const transform = rollup(shop)
    expect(applied(transform, all)).toEqual([])
    const out = applied(transform, [at('millis', 11, 5, 4)])
    // 141 / 2 = 70.5, whole: 70; one of the two is at or above 70.
    expect(texts(out)).toEqual([
      '10 aggregate:mean 70',
      '10 aggregate:violations 1',
      '10 aggregate:cpu 33',
    ])
    expect(out.map(({ origin }) => origin.offset)).toEqual([4, 4, 4])
  })

  test('wait for late samples as long as is allowed, and refuse later ones', () => {
    const transform = rollup({
      latenessMs: 2000,
      inputs: { value: 'a:*' },
      fields: { n: 'count(value)' },
    })
    const refused: Report[] = []
    const output: Observation[] = []
    const input = samples([
      ['a', 10, 1],
      ['a', 12, 1],
      ['a', 10.5, 1],
      ['a', 13, 1],
      ['a', 10.7, 1],
    ])
    transform.apply(input, output, refused)
    expect(texts(output)).toEqual(['10 rollup:n 2'])
    expect(refused).toMatchObject([{ reason: 'late_window', timestampMs: 10_700 }])
  })

  test('that one sample closes have positions that differ', () => {
    const transform = rollup({
      latenessMs: 5000,
      inputs: { value: 'a:*' },
      fields: { n: 'count(value)' },
    })
    const out = applied(
      transform,
      samples([
        ['a', 1, 1],
        ['a', 2, 1],
        ['a', 3, 1],
        ['a', 99, 1],
      ]),
    )
    expect(out.map(({ origin, index }) => [origin.offset, index])).toEqual([
      [3, 0],
      [3, 1],
      [3, 2],
    ])
  })

  test('without an input are refused, or told in part', () => {
    const all = [at('cpu', 1, 50, 0), at('cpu', 2, 50, 1), at('millis', 2, 9, 2)]
    const refused: Report[] = []
    rollup(shop).apply(all, [], refused)
    expect(refused).toMatchObject([{ reason: 'incomplete_window', timestampMs: 1000 }])
    const out = applied(rollup({ ...shop, incomplete: 'emit' }), all)
    expect(texts(out)).toEqual(['1 aggregate:violations 0', '1 aggregate:cpu 50'])
  })

  test('are bounded in number: the oldest is closed as it is', () => {
    const transform = rollup({ ...shop, openWindows: 2, incomplete: 'emit' })
    const out = applied(transform, [at('cpu', 1, 7, 0), at('cpu', 2, 8, 1), at('cpu', 3, 9, 2)])
    expect(texts(out)).toEqual(['1 aggregate:violations 0', '1 aggregate:cpu 7'])
  })

  test('of each group are its own', () => {
    const transform = rollup({ groupBy: ['host'], latenessMs: 0 })
    const of = (host: string, seconds: number, offset: number): Observation => {
      const [one] = samples([['a', seconds, 1]]) as [Observation]
      return {
        ...one,
        labels: one.labels.with([['host', host]]),
        origin: { ...one.origin, offset },
      }
    }
    const out = applied(transform, [of('x', 1, 0), of('y', 50, 1), of('x', 2, 2)])
    expect(texts(out)).toEqual([
      '1 rollup:count{host="x"} 1',
      '1 rollup:mean{host="x"} 1',
      '1 rollup:max{host="x"} 1',
    ])
  })
})

describe('ticks', () => {
  const tickAt = (transform: Rollup, seconds: number, offset: number): Observation[] => {
    const output: Observation[] = []
    const origin = { partition: 'p', offset, receivedMs: receivedMs + seconds * 1000 }
    transform.tick(origin.receivedMs, output, origin, [])
    return output
  }

  test('close what waits for an input that is silent', () => {
    const transform = rollup({ ...shop, incomplete: 'emit', idleAfterMs: 10_000 })
    applied(transform, [at('cpu', 1, 40, 0), at('millis', 1, 9, 1)])
    expect(tickAt(transform, 5, 2)).toEqual([])
    const out = tickAt(transform, 11, 3)
    expect(texts(out)).toEqual([
      '1 aggregate:mean 9',
      '1 aggregate:violations 0',
      '1 aggregate:cpu 40',
    ])
    expect(out[0]?.origin.offset).toBe(3)
    // Read again after a crash, it changes nothing.
    expect(tickAt(transform, 11, 3)).toEqual([])
  })

  test('of another partition have no place in the order and count for nothing', () => {
    const transform = rollup({ ...shop, incomplete: 'emit', idleAfterMs: 10_000 })
    applied(transform, [at('cpu', 1, 40, 0)])
    const output: Observation[] = []
    const origin = { partition: 'elsewhere', offset: 9, receivedMs }
    transform.tick(receivedMs + 60_000, output, origin)
    expect(output).toEqual([])
  })

  test('forget groups that are silent for long', () => {
    const transform = rollup({ forgetAfterMs: 60_000 })
    tickAt(transform, 1, 0)
    applied(transform, [at('cpu', 1, 40, 1)])
    tickAt(transform, 50, 2)
    expect(transform.size).toBe(1)
    tickAt(transform, 70, 3)
    expect(transform.size).toBe(0)
  })
})

describe('refused', () => {
  test('is what is not finite, out of bounds or of the future, and what finds no room', () => {
    const refused: Report[] = []
    const [a, b, c, d] = samples([
      ['a', 1, NaN],
      ['a', 1, 1e200],
      ['a', receivedMs, 1],
      ['a', 1, 1],
    ]) as [Observation, Observation, Observation, Observation]
    const other = { ...d, labels: d.labels.with([['host', 'b']]) }
    rollup({ limit: 1, groupBy: ['host'] }).apply([a, b, c, d, other], [], refused)
    const reasons = refused.map((report) => (report.kind === 'rejection' ? report.reason : ''))
    expect(reasons).toEqual(['not_finite', 'out_of_bounds', 'too_far_ahead', 'series_limit'])
  })

  test('is a field that cannot be understood', () => {
    const f = (text: string, want: RegExp): void => {
      expect(() => rollup({ fields: { x: text } })).toThrow(want)
    }
    f('mean', /expected FUNCTION\(INPUT\)/)
    f('mean(other)', /there is no input "other": value/)
    f('median(value)', /there is no function "median"/)
    f('over(value)', /expected a limit/)
    f('over(value, x)', /expected a limit/)
    f('mean(value, 3)', /mean takes no limit/)
    f('constructor(value)', /there is no function/)
  })
})

test('what a window says does not hang on the order of its samples', () => {
  const value = fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 50 }))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.integer(), (all, seed) => {
      const end: [string, number, number] = ['a', 1000, 0]
      // Equal times may come in any order, and then the last one is another.
      const times = new Map(all.map(([ms, x]) => [ms, x]))
      const rows = [...times].map(([ms, x]) => ['a', ms / 1000, x] as [string, number, number])
      const random = new Random(seed)
      const shuffled = [...rows].sort(() => random.uniform() - 0.5)
      const run = (input: readonly (readonly [string, number, number])[]): string[] => {
        const fields = { sum: 'sum(v)', last: 'last(v)', p50: 'p50(v)', over: 'over(v, 25)' }
        const transform = rollup({ latenessMs: 10_000, inputs: { v: 'a:*' }, fields })
        return texts(applied(transform, samples([...input, end])))
      }
      const want = new Map<number, { sum: number; over: number }>()
      for (const [ms, x] of times) {
        const start = Math.floor(ms / 1000)
        const { sum, over } = want.get(start) ?? { sum: 0, over: 0 }
        want.set(start, { sum: sum + x, over: over + (x >= 25 ? 1 : 0) })
      }
      const out = run(shuffled)
      expect(out).toEqual(run(rows))
      const sums = [...want]
        .sort(([a], [b]) => a - b)
        .map(([s, { sum }]) => `${s} rollup:sum ${sum}`)
      expect(out.filter((text) => text.includes(':sum'))).toEqual(sums)
      const overs = [...want]
        .sort(([a], [b]) => a - b)
        .map(([s, { over }]) => `${s} rollup:over ${over}`)
      expect(out.filter((text) => text.includes(':over'))).toEqual(overs)
    }),
  )
})

test('its groups are owners: each recovers by itself from what the ledger collected', () => {
  const ledger = new Ledger()
  const first = rollup(shop)
  first.attach(ledger, 'transform/0-rollup/')
  const all = [
    at('cpu', 1, 40, 0),
    at('millis', 1, 9, 1),
    at('cpu', 2, 41, 2),
    at('millis', 2, 8, 3),
  ]
  const whole = plain(applied(rollup(shop), all))
  applied(first, all.slice(0, 2))
  ledger.cut()
  ledger.copySome(100)
  const { saved } = ledger.collect()
  expect(saved.map(({ ownerKey }) => ownerKey)).toEqual(['transform/0-rollup/aggregate'])
  const second = rollup(shop)
  second.attach(new Ledger(), 'transform/0-rollup/')
  expect(saved.map((owner) => second.recover(owner))).toEqual([true])
  // What was taken before is read again and skipped.
  expect(plain(applied(second, all))).toEqual(whole)
  const other = rollup({ ...shop, windowMs: 5000 })
  other.attach(new Ledger(), 'transform/0-rollup/')
  expect(() => saved.map((owner) => other.recover(owner))).toThrow(
    expect.objectContaining({ code: 'ERR_SNAPSHOT_UNKNOWN' }),
  )
})
