import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Labels, fieldLabel, nameLabel } from '../../src/core/labels.ts'
import { endAndPath, keyParts } from './key-parts.ts'

test('a key is taken apart into name, field and labels', () => {
  const f = (key: string, name: string, labels: [string, string][]) => {
    expect(keyParts(key)).toEqual({ name, labels })
  }
  f('cpu', 'cpu', [])
  f('cpu:usage_user', 'cpu:usage_user', [])
  f('cpu:usage_user{cpu="cpu-total",host="vm1"}', 'cpu:usage_user', [
    ['cpu', 'cpu-total'],
    ['host', 'vm1'],
  ])
  f('"disk used":"per cent"{"mount point"="C:\\\\ {x}, \\"y\\""}', 'disk used:per cent', [
    ['mount point', 'C:\\ {x}, "y"'],
  ])
})

test('a long dotted name is cut into the end that fits and the path before it', () => {
  const f = (name: string, end: string, path: string) => {
    expect(endAndPath(name)).toEqual({ end, path })
  }
  f('cpu', 'cpu', '')
  f('site.host.load', 'site.host.load', '')
  f('a_rather_long_name_without_dots', 'a_rather_long_name_without_dots', '')
  f('site.rack.host.network.rx_bytes.eth0', 'network.rx_bytes.eth0', 'site.rack.host')
  f('site.a_rather_long_name_at_the_end', 'a_rather_long_name_at_the_end', 'site')
})

test('what is not a key is all name', () => {
  const f = (key: string) => expect(keyParts(key)).toEqual({ name: key, labels: [] })
  f('cpu{host="vm1"')
  f('cpu{host}')
  f('cpu usage')
  f('{')
})

test('every key that the labels make is taken apart into the same labels', () => {
  // A lone surrogate is no text that anything sends.
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  const pairs = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true })
  fc.assert(
    fc.property(text, pairs, (name, rest) => {
      const entries = Object.entries(rest).filter(([n]) => n !== nameLabel && n !== fieldLabel)
      const labels = Labels.named(name, entries)
      const parts = keyParts(labels.key)
      expect(parts.name).toBe(name)
      expect(new Map(parts.labels)).toEqual(new Map(entries))
    }),
  )
})
