import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { Rate, rateOptions } from './rate.ts'
import type { RateOptions } from './rate.ts'
import {
  applied,
  plain,
  receivedMs,
  someObservations,
  transformContract,
} from './transform.contract.ts'

function rate(given: Partial<RateOptions> = {}): Rate {
  return new Rate(optionsWithDefaults(rateOptions, given))
}

transformContract('rate', () => rate({ match: 'net:*' }))
transformContract('rate of wrapping counters', () => rate({ wrap: '32', reset: 'skip' }))

const bytes = Labels.named('net', [['__field__', 'bytes_recv']])

/** One counter's samples: seconds and values. */
function samples(
  pairs: readonly (readonly [number, number])[],
  labels: Labels = bytes,
): Observation[] {
  return pairs.map(([seconds, value], offset) => ({
    labels,
    timestampMs: Math.floor(seconds * 1000),
    remainderNs: Math.round((seconds * 1000 - Math.floor(seconds * 1000)) * 1e6),
    value,
    origin: { partition: 'p', offset, receivedMs },
    index: 0,
  }))
}

/** The rates as seconds and values. */
function f(
  pairs: readonly (readonly [number, number])[],
  want: readonly (readonly [number, number])[],
  given: Partial<RateOptions> = {},
): void {
  const out = applied(rate(given), samples(pairs))
  expect(out.map(({ timestampMs, value }) => [timestampMs / 1000, value])).toEqual(want)
}

/** What is refused, by second. */
function refusals(
  pairs: readonly (readonly [number, number])[],
  given: Partial<RateOptions> = {},
): unknown[] {
  const refused: Report[] = []
  rate(given).apply(samples(pairs), [], refused)
  return refused.map((report) => {
    return report.kind === 'rejection' ? [report.timestampMs / 1000, report.reason] : report
  })
}

test('says by how much a counter grows in a second; its first sample says nothing', () => {
  f([[1, 100]], [])
  f(
    [
      [1, 100],
      [2, 150],
      [4, 150],
      [14, 350],
    ],
    [
      [2, 50],
      [4, 0],
      [14, 20],
    ],
  )
})

test('counts time to the nanosecond', () => {
  const [first, second] = samples([
    [1, 0],
    [1, 3],
  ]) as [Observation, Observation]
  const [out] = applied(rate(), [first, { ...second, remainderNs: 1500 }])
  expect(out).toMatchObject({ value: 2_000_000, remainderNs: 1500, timestampMs: 1000 })
})

test('names the rate after the counter', () => {
  const name = (labels: Labels, given: Partial<RateOptions> = {}): string | undefined => {
    const input = samples(
      [
        [1, 0],
        [2, 1],
      ],
      labels,
    )
    return applied(rate(given), input)[0]?.labels.key
  }
  expect(name(bytes)).toBe('net:bytes_recv_per_second')
  expect(name(Labels.named('requests', [['host', 'a']]))).toBe('requests_per_second{host="a"}')
  expect(name(bytes, { suffix: '_rate' })).toBe('net:bytes_recv_rate')
  expect(name(bytes, { suffix: '' })).toBe('net:bytes_recv')
})

test('takes equal labels for one counter, whichever object they come in', () => {
  const again = Labels.of(bytes.entries())
  const input = [...samples([[1, 0]]), ...samples([[2, 1]], again)]
  input.forEach((one, offset) => Object.assign(one, { origin: { ...one.origin, offset } }))
  const out = applied(rate(), input)
  expect(out).toHaveLength(1)
})

test('lets through what is no counter', () => {
  const input = samples([
    [1, 5],
    [2, 6],
  ])
  expect(applied(rate({ match: 'diskio:*' }), input)).toEqual(input)
})

describe('a counter that falls', () => {
  const restarted = [
    [1, 1000],
    [2, 1010],
    [3, 4],
    [4, 14],
  ] as const

  test('has begun anew and counted its value since', () => {
    f(restarted, [
      [2, 10],
      [3, 4],
      [4, 10],
    ])
  })

  test('says nothing for that step where the option says so', () => {
    f(
      restarted,
      [
        [2, 10],
        [4, 10],
      ],
      { reset: 'skip' },
    )
  })

  test('has run over where it may and that is the smaller step', () => {
    f(
      [
        [1, 2 ** 32 - 6],
        [2, 4],
      ],
      [[2, 10]],
      { wrap: '32' },
    )
    f(
      [
        [1, 2 ** 64],
        [2, 2 ** 20],
      ],
      [[2, 2 ** 20]],
      { wrap: '64' },
    )
    // 1000 → 4 by running over would be a step of nearly 2³²: it has begun anew.
    f(
      [
        [1, 1000],
        [2, 4],
      ],
      [[2, 4]],
      { wrap: '32' },
    )
    // Over 2³² it is no counter of 32 bits.
    f(
      [
        [1, 2 ** 32 + 100],
        [2, 4],
      ],
      [[2, 4]],
      { wrap: '32' },
    )
  })

  test('never below zero says a rate below zero', () => {
    f(
      [
        [1, 10],
        [2, -5],
        [3, 5],
      ],
      [[3, 10]],
    )
  })
})

test('after a gap over the limit says nothing and counts from there', () => {
  f(
    [
      [1, 0],
      [301, 300],
      [601.001, 900],
      [602.001, 901],
    ],
    [
      [301, 1],
      [602.001, 1],
    ],
  )
})

describe('a sample that is not newer', () => {
  const pairs = [
    [1, 0],
    [5, 40],
    [5, 41],
    [3, 30],
    [6, 50],
  ] as const

  test('is refused, and the count goes on as if it had not come', () => {
    f(pairs, [
      [5, 10],
      [6, 10],
    ])
    expect(refusals(pairs)).toEqual([
      [5, 'duplicate'],
      [3, 'out_of_order'],
    ])
  })

  test('far in the future is refused, so that it cannot blind the counter', () => {
    const far = receivedMs / 1000 + 601
    const future = [
      [1, 0],
      [far, 7],
      [2, 5],
    ] as const
    f(future, [[2, 5]])
    expect(refusals(future)).toEqual([[far, 'too_far_ahead']])
  })

  test('of a position that was taken already says nothing at all', () => {
    const transform = rate()
    const input = samples([
      [1, 0],
      [2, 5],
    ])
    applied(transform, input)
    const refused: Report[] = []
    const output: Observation[] = []
    transform.apply(input, output, refused)
    expect([output, refused]).toEqual([[], []])
  })
})

test('lets NaN and the infinite go on to the gate and forgets nothing for it', () => {
  f(
    [
      [1, 0],
      [2, NaN],
      [3, Infinity],
      [4, 30],
    ],
    [
      [2, NaN],
      [3, Infinity],
      [4, 10],
    ],
  )
})

describe('memory', () => {
  function counters(count: number, seconds: number, offset = 0): Observation[] {
    return Array.from({ length: count }, (_, i) => {
      const [one] = samples([[seconds, i]], Labels.named(`counter${i}`)) as [Observation]
      return { ...one, origin: { ...one.origin, offset } }
    })
  }

  test('is bounded by a limit, over which new counters are refused loudly', () => {
    const transform = rate({ limit: 10 })
    const refused: Report[] = []
    transform.apply(counters(15, 1), [], refused)
    expect(transform.size).toBe(10)
    expect(refused.map((report) => report.kind === 'rejection' && report.reason)).toEqual(
      Array.from({ length: 5 }, () => 'series_limit'),
    )
  })

  test('is freed at ticks of counters that are silent', () => {
    const hourMs = 3_600_000
    const transform = rate({ idleAfterMs: hourMs })
    transform.tick(hourMs)
    applied(transform, counters(10, 1))
    transform.tick(1.5 * hourMs)
    applied(transform, counters(3, 2, 1))
    expect(transform.size).toBe(10)
    transform.tick(2.2 * hourMs)
    expect(transform.size).toBe(3)
    transform.tick(4 * hourMs)
    expect(transform.size).toBe(0)
  })

  test('a forgotten counter begins anew', () => {
    const transform = rate({ idleAfterMs: 1000, gapMs: 1e9 })
    const at = (seconds: number, offset: number): Observation => {
      const [one] = samples([[seconds, seconds]]) as [Observation]
      return { ...one, origin: { ...one.origin, offset } }
    }
    transform.tick(1)
    applied(transform, [at(1, 1)])
    transform.tick(10_000)
    expect(transform.size).toBe(0)
    expect(applied(transform, [at(2, 2)])).toEqual([])
    expect(applied(transform, [at(3, 3)])[0]?.value).toBe(1)
  })
})

describe('for every input', () => {
  test('no rate is below zero, and none is out of order', () => {
    fc.assert(
      fc.property(someObservations, fc.constantFrom('none', '32', '64'), (input, wrap) => {
        const lastMs = new Map<string, number>()
        for (const { labels, value, timestampMs, remainderNs } of applied(rate({ wrap }), input)) {
          if (!Number.isFinite(value)) continue
          expect(value).toBeGreaterThanOrEqual(0)
          const time = timestampMs + remainderNs / 1e6
          expect(time).toBeGreaterThan(lastMs.get(labels.key) ?? -Infinity)
          lastMs.set(labels.key, time)
        }
      }),
    )
  })

  test('rates times their steps add up to what a counter without restarts has counted', () => {
    const steps = fc.array(
      fc.record({ ms: fc.integer({ min: 1, max: 300_000 }), grows: fc.nat({ max: 1_000_000 }) }),
      { minLength: 1, maxLength: 50 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        let timestampMs = 0
        let value = 17
        const input = samples([[0, value]])
        for (const { ms, grows } of all) {
          timestampMs += ms
          value += grows
          const origin = { partition: 'p', offset: input.length, receivedMs }
          input.push({ labels: bytes, timestampMs, remainderNs: 0, value, origin, index: 0 })
        }
        const out = applied(rate(), input)
        expect(out).toHaveLength(all.length)
        const counted = out.reduce((sum, one, i) => {
          return sum + (one.value * (all[i]?.ms ?? NaN)) / 1000
        }, 0)
        expect(counted).toBeCloseTo(value - 17, 4)
      }),
    )
  })

  test('the future does not change the past', () => {
    fc.assert(
      fc.property(someObservations, fc.nat({ max: 40 }), (input, cut) => {
        const prefix = plain(applied(rate(), input.slice(0, cut)))
        const whole = plain(applied(rate(), input))
        expect(whole.slice(0, prefix.length)).toEqual(prefix)
      }),
    )
  })
})

test('its counters are owners: each recovers by itself from what the ledger collected', () => {
  const ledger = new Ledger()
  const first = rate()
  first.attach(ledger, 'rate/0/')
  applied(first, samples([[1, 0]]))
  ledger.cut()
  ledger.copySome(100)
  const { saved } = ledger.collect()
  expect(saved.map(({ ownerKey }) => ownerKey)).toEqual(['rate/0/net:bytes_recv'])
  const second = rate()
  second.attach(new Ledger(), 'rate/0/')
  expect(saved.map((owner) => second.recover(owner))).toEqual([true])
  const again = samples([
    [1, 0],
    [3, 8],
  ])
  expect(applied(second, again).map(({ value }) => value)).toEqual([4])
})
