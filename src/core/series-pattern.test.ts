import { expect, test } from 'vitest'
import { Labels } from './labels.ts'
import { SeriesPattern } from './series-pattern.ts'
import type { SeriesPatternText } from './series-pattern.ts'

const cpu = Labels.named('cpu', [
  ['__field__', 'usage_user'],
  ['cpu', 'cpu-total'],
  ['host', 'vm1'],
])

function f(pattern: SeriesPatternText, want: boolean): void {
  expect(new SeriesPattern(pattern).matches(cpu), JSON.stringify(pattern)).toBe(want)
}

test('a text is a glob over the series key', () => {
  f('*', true)
  f('cpu:usage_*', true)
  f('cpu:usage_user{cpu="cpu-total",host="vm1"}', true)
  f('*host="vm1"*', true)
  f('cpu', false)
  f('', false)
})

test('a map asks for every label it names, and a missing label is an empty one', () => {
  f({ __name__: 'cpu', host: 'vm*' }, true)
  f({ __name__: 'cpu', host: 'web*' }, false)
  f({ __field__: 'usage_*' }, true)
  f({ rack: '' }, true)
  f({ rack: '*' }, true)
  f({ rack: '?*' }, false)
  f({ host: '' }, false)
  f({}, true)
})

test('of a list any one is enough', () => {
  f(['mem:*', { host: 'vm1' }], true)
  f(['mem:*', 'disk:*'], false)
  f([], false)
})
