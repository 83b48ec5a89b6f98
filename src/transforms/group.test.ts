import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { Group, groupOptions } from './group.ts'
import type { GroupOptions } from './group.ts'
import { receivedMs, transformContract } from './transform.contract.ts'

function group(given: Partial<GroupOptions> = {}): Group {
  return new Group(optionsWithDefaults(groupOptions, { fields: ['cpu', 'mem'], ...given }))
}

transformContract('group', () => group({ fields: ['value', 'other'] }))

function observation(field: string, value: number, more: Partial<Observation> = {}): Observation {
  const labels = Labels.named('stats', [
    ['__field__', field],
    ['host', 'a'],
  ])
  const origin = { partition: 'p', offset: 7, receivedMs }
  return { labels, timestampMs: 1000, remainderNs: 5, value, origin, index: 0, ...more }
}

/** Keys and values that come out, and reasons of what is refused. */
function put(input: readonly Observation[], transform = group()): { out: string[]; not: string[] } {
  const output: Observation[] = []
  const refused: Report[] = []
  transform.apply(input, output, refused)
  const out = output.map(({ labels, values }) => `${labels.key} ${values?.join(' ') ?? ''}`)
  const not = refused.flatMap((report) =>
    report.kind === 'rejection' ? [`${report.reason}: ${report.detail}`] : [],
  )
  return { out, not }
}

const key = 'stats:group{__fields__="cpu,mem",host="a"}'

describe('a group', () => {
  test('follows its last field, has all values in the order of its fields, and a position', () => {
    const output: Observation[] = []
    const input = [observation('mem', 2, { index: 3 }), observation('cpu', 1, { index: 4 })]
    group().apply(input, output)
    expect(output).toHaveLength(3)
    const { labels, ...rest } = output[2] as Observation
    const { origin } = input[0] as Observation
    expect(labels.key).toBe(key)
    expect(labels.fields).toEqual(['cpu', 'mem'])
    const place = { timestampMs: 1000, remainderNs: 5, origin, index: 3 }
    expect(rest).toEqual({ ...place, value: 1, values: [1, 2] })
  })

  test('leaves its fields out where they are not to go on, and lets others be', () => {
    const input = [observation('disk', 9), observation('cpu', 1), observation('mem', 2)]
    expect(put(input, group({ keep: false, name: 'load' })).out).toEqual([
      'stats:disk{host="a"} ',
      'stats:load{__fields__="cpu,mem",host="a"} 1 2',
    ])
    expect(put(input, group({ match: 'x*' })).out).toHaveLength(3)
  })

  test('is of one record, one moment and one host', () => {
    const b = Labels.named('stats', [
      ['__field__', 'mem'],
      ['host', 'b'],
    ])
    const lacks = (field: string) => `incomplete_window: the record lacks ${field}`
    const f = (input: readonly Observation[], not: readonly string[]) => {
      const { out, not: refused } = put(input)
      expect(out.filter((line) => line.includes('__fields__'))).toEqual([])
      expect(refused).toEqual(not)
    }
    f([observation('cpu', 1)], [lacks('mem')])
    f([observation('cpu', 1), observation('mem', 2, { labels: b })], [lacks('mem'), lacks('cpu')])
    const later = observation('mem', 2, { remainderNs: 6 })
    f([observation('cpu', 1), later], [lacks('mem'), lacks('cpu')])
  })

  test('may come several times in a record', () => {
    const at = (timestampMs: number) => [
      observation('cpu', timestampMs, { timestampMs }),
      observation('mem', 0, { timestampMs }),
    ]
    expect(put([...at(1), ...at(2)], group({ keep: false })).out).toEqual([
      `${key} 1 0`,
      `${key} 2 0`,
    ])
  })

  test('with a value that no series may have is refused', () => {
    expect(put([observation('cpu', 1), observation('mem', NaN)]).not).toEqual([
      'not_finite: the values are 1, NaN',
    ])
    expect(put([observation('cpu', -2e150), observation('mem', 0)]).not).toEqual([
      'out_of_bounds: the values are -2e+150, 0',
    ])
  })

  test('needs two to sixteen different fields without commas', () => {
    const many = Array.from({ length: 17 }, (_, i) => `f${i}`)
    for (const fields of [[], ['a'], ['a', 'a'], ['a', 'b,c'], many]) {
      expect(() => group({ fields })).toThrow('fields: expected two to 16 different names')
    }
  })
})
