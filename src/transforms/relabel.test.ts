import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Relabel, relabelOptions } from './relabel.ts'
import type { RelabelOptions } from './relabel.ts'
import { applied, receivedMs, transformContract } from './transform.contract.ts'

function relabel(given: Partial<RelabelOptions>): Relabel {
  return new Relabel(optionsWithDefaults(relabelOptions, given))
}

transformContract('relabel', () => {
  return relabel({ match: 'cpu:*', name: 'dbaas.{__name__}.{host}', drop: ['*'] })
})

const cpu = Labels.named('cpu', [
  ['__field__', 'usage_user'],
  ['cpu', 'cpu-total'],
  ['host', 'vm1'],
])

const origin = { partition: 'p', offset: 3, receivedMs }

function observation(labels: Labels): Observation {
  return { labels, timestampMs: 1000, remainderNs: 7, value: 42, origin, index: 5 }
}

/** The key of the series that `labels` becomes. */
function f(given: Partial<RelabelOptions>, want: string, labels = cpu): void {
  const [out] = applied(relabel(given), [observation(labels)])
  expect(out?.labels.key).toBe(want)
}

test('leaves all as it is where nothing is asked of it, to the very object', () => {
  const one = observation(cpu)
  expect(applied(relabel({}), [one])[0]).toBe(one)
  expect(applied(relabel({ match: 'mem:*', name: 'x' }), [one])[0]).toBe(one)
})

test('changes nothing but the labels', () => {
  const [out] = applied(relabel({ name: 'x', drop: ['*'] }), [observation(cpu)])
  expect(out).toEqual({ ...observation(Labels.named('x')), labels: out?.labels })
})

test('hands out the same labels object again, so that the series is found by reference', () => {
  const transform = relabel({ set: { service: 'shop' } })
  const [first, second] = applied(transform, [observation(cpu), observation(cpu)])
  expect(second?.labels).toBe(first?.labels)
})

describe('renames', () => {
  const rest = 'cpu="cpu-total",host="vm1"'

  test('measurements, fields and labels', () => {
    f({ renameMeasurements: { cpu: 'processor' } }, `processor:usage_user{${rest}}`)
    f({ renameMeasurements: { mem: 'memory' } }, `cpu:usage_user{${rest}}`)
    f({ renameFields: { usage_user: 'user' } }, `cpu:user{${rest}}`)
    f({ renameLabels: { host: 'machine' } }, 'cpu:usage_user{cpu="cpu-total",machine="vm1"}')
  })

  test('two labels that change places', () => {
    const want = 'cpu:usage_user{cpu="vm1",host="cpu-total"}'
    f({ renameLabels: { host: 'cpu', cpu: 'host' } }, want)
  })

  test('a label that goes under the name of one that is there', () => {
    f({ renameLabels: { host: 'cpu' } }, 'cpu:usage_user{cpu="vm1"}')
  })

  test('nothing where the label is not there', () => {
    f({ renameLabels: { rack: 'host' } }, `cpu:usage_user{${rest}}`)
  })
})

test('sets labels, also from others, and removes with an empty text', () => {
  f({ set: { service: 'shop' } }, 'cpu:usage_user{cpu="cpu-total",host="vm1",service="shop"}')
  f({ set: { cpu: '{host}/{cpu}' } }, 'cpu:usage_user{cpu="vm1/cpu-total",host="vm1"}')
  f({ set: { cpu: '' } }, 'cpu:usage_user{host="vm1"}')
  f({ set: { place: '{rack}' } }, 'cpu:usage_user{cpu="cpu-total",host="vm1"}')
})

test('makes one name out of labels, and leaves it where one of them is missing', () => {
  f({ name: 'dbaas.cpu.{__field__}.{host}', drop: ['*'] }, 'dbaas.cpu.usage_user.vm1')
  f({ name: 'dbaas.{rack}' }, 'cpu:usage_user{cpu="cpu-total",host="vm1"}')
})

test('drops labels by their names, never the name of the series', () => {
  f({ drop: ['c*'] }, 'cpu:usage_user{host="vm1"}')
  f({ drop: ['__field__', 'cpu'] }, 'cpu{host="vm1"}')
  f({ drop: ['*'] }, 'cpu')
})

describe('splits', () => {
  const carbon = Labels.named('servers.vm1.cpu.usage.user')

  test('a name into labels, a new name and a field', () => {
    f(
      { split: { __name__: 'servers.{host}.{__name__}.{__field__}' } },
      'cpu:usage.user{host="vm1"}',
      carbon,
    )
    f({ split: { __name__: '{_}.{host}.{__name__}' } }, 'cpu.usage.user{host="vm1"}', carbon)
  })

  test('a label into several', () => {
    const placed = Labels.named('t', [['place', 'eu/r7/3']])
    const split = { place: '{region}/{rack}/{slot}' }
    f({ split, drop: ['place'] }, 't{rack="r7",region="eu",slot="3"}', placed)
  })

  test('nothing that has another form', () => {
    f({ split: { __name__: 'routers.{host}.{__name__}' } }, carbon.key, carbon)
    f({ split: { rack: '{a}.{b}' } }, carbon.key, carbon)
  })
})

test('takes its steps in order: split, rename, set, name, drop', () => {
  f(
    {
      split: { __name__: '{host}.{__name__}' },
      renameMeasurements: { cpu: 'processor' },
      renameLabels: { host: 'machine' },
      set: { place: 'room of {machine}' },
      name: '{__name__} in {place}',
      drop: ['machine', 'place'],
    },
    '"processor in room of vm1"',
    Labels.named('vm1.cpu'),
  )
})

test('a template that cannot be read is a fault of the configuration', () => {
  const fault = (given: Partial<RelabelOptions>): unknown => {
    try {
      return relabel(given)
    } catch (error) {
      return error
    }
  }
  expect(fault({ name: 'a{b' })).toMatchObject({ code: 'ERR_CONFIG_INVALID' })
  expect(fault({ split: { host: '{a}{b}' } })).toMatchObject({
    code: 'ERR_CONFIG_INVALID',
    message: 'cannot split host by "{a}{b}": two placeholders have nothing between them',
  })
})
