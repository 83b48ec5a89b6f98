import { expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Filter, filterOptions } from './filter.ts'
import type { FilterOptions } from './filter.ts'
import { applied, receivedMs, transformContract } from './transform.contract.ts'

function filter(given: Partial<FilterOptions>): Filter {
  return new Filter(optionsWithDefaults(filterOptions, given))
}

transformContract('filter', () => filter({ match: 'cpu:*', drop: { host: 'vm2' }, valueMax: 500 }))

function observation(name: string, host: string, value: number): Observation {
  const labels = Labels.named(name, [
    ['__field__', 'used'],
    ['host', host],
  ])
  const origin = { partition: 'p', offset: 0, receivedMs }
  return { labels, timestampMs: 0, remainderNs: 0, value, origin, index: 0 }
}

const input = [
  observation('cpu', 'vm1', 1),
  observation('cpu', 'vm2', 20),
  observation('disk', 'vm1', 300),
  observation('disk', 'vm2', NaN),
]

/** What goes through, by place in the input. */
function f(given: Partial<FilterOptions>, want: number[]): void {
  const through = applied(filter(given), input).map((one) => input.indexOf(one))
  expect(through, JSON.stringify(given)).toEqual(want)
}

test('lets everything through where nothing is asked of it', () => {
  f({}, [0, 1, 2, 3])
})

test('keeps what is to be kept and drops what is to be dropped', () => {
  f({ keep: 'cpu:*' }, [0, 1])
  f({ keep: ['cpu:*', { host: 'vm2' }] }, [0, 1, 3])
  f({ drop: 'cpu:*' }, [2, 3])
  f({ drop: { __name__: 'disk', host: 'vm1' } }, [0, 1, 3])
  f({ keep: { host: 'vm1' }, drop: 'cpu:*' }, [2])
  f({ keep: [] }, [])
})

test('keeps names by how they begin', () => {
  f({ nameStart: 'cp' }, [0, 1])
  f({ nameStart: '(cpu|disk)$', keep: { host: 'vm1' } }, [0, 2])
  f({ nameStart: 'c$' }, [])
  expect(() => filter({ nameStart: '[a-z]+' })).toThrow('found [ in "[a-z]+"')
})

test('leaves alone the series that it is not asked to judge', () => {
  f({ match: 'cpu:*', keep: { host: 'vm1' } }, [0, 2, 3])
  f({ match: 'disk:*', drop: '*' }, [0, 1])
  f({ match: 'cpu:*', valueMin: 10 }, [1, 2, 3])
})

test('keeps values inside a range, its ends included', () => {
  f({ valueMin: 20 }, [1, 2, 3])
  f({ valueMax: 20 }, [0, 1, 3])
  f({ valueMin: 2, valueMax: 299 }, [1, 3])
})

test('leaves what is not a number to the gate, which counts it', () => {
  f({ match: 'disk:*', valueMin: 0, valueMax: 1 }, [0, 1, 3])
})
