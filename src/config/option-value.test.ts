import { describe, expect, test } from 'vitest'
import type { OptionSpec } from '../core/options.ts'
import { optionText, optionValue, scalarText, withoutPassword } from './option-value.ts'
import type { Written } from './option-value.ts'

const about = 'for the test'
const integer: OptionSpec = { kind: 'integer', min: 1, max: 31, default: 1, about }
const share: OptionSpec = { kind: 'number', min: 0, max: 1, default: 0, about }
const anyNumber: OptionSpec = {
  kind: 'number',
  min: -Number.MAX_VALUE,
  max: Number.MAX_VALUE,
  default: 0,
  about,
}
const openEnded: OptionSpec = { ...anyNumber, min: 0 }
const window: OptionSpec = {
  kind: 'number-or-word',
  words: ['auto', 'none'],
  min: 2,
  max: 9,
  default: 'auto',
  about,
}
const hold: OptionSpec = { kind: 'duration', min: 0, max: 86_400_000, default: 0, about }
const size: OptionSpec = { kind: 'size', min: 1024, max: 1_048_576, default: 1024, about }
const flag: OptionSpec = { kind: 'boolean', default: false, about }
const text: OptionSpec = { kind: 'text', default: '', about }
const secret: OptionSpec = { ...text, secret: true }
const side: OptionSpec = {
  kind: 'choice',
  words: ['both', 'above', 'below'],
  default: 'both',
  about,
}
const list: OptionSpec = { kind: 'text-list', default: [], about }
const map: OptionSpec = { kind: 'text-map', default: {}, about }
const pattern: OptionSpec = { kind: 'pattern', default: '*', about }

describe('what is written becomes a value', () => {
  function f(spec: OptionSpec, written: Written, want: unknown): void {
    test(`${spec.kind} ${JSON.stringify(written)}`, () => {
      expect(optionValue(spec, written)).toEqual({ value: want })
    })
  }

  f(integer, '31', 31)
  f(integer, '1e1', 10)
  f(share, '.999', 0.999)
  f(share, '1', 1)
  f(anyNumber, '-1.5e3', -1500)
  f(anyNumber, '+2', 2)
  f(window, '5', 5)
  f(window, 'auto', 'auto')
  f(hold, '1h30m', 5_400_000)
  f(size, '64KiB', 65_536)
  f(flag, 'true', true)
  f(flag, 'false', false)
  f(text, '0123', '0123')
  f(text, 'no', 'no')
  f(text, '', '')
  f(side, 'above', 'above')
  f(list, ['a', 'b,c'], ['a', 'b,c'])
  f(list, 'a, b', ['a', 'b'])
  f(list, '', [])
  f(list, [], [])
  f(map, { a: '1' }, { a: '1' })
  f(map, 'a:1, b:2', { a: '1', b: '2' })
  f(map, '', {})
  f(pattern, 'cpu:*', 'cpu:*')
  f(pattern, { host: 'vm*' }, { host: 'vm*' })
  f(pattern, ['cpu:*', { host: 'vm*' }], ['cpu:*', { host: 'vm*' }])
})

describe('what cannot be a value is said with what is allowed and what was found', () => {
  function f(spec: OptionSpec, written: Written, want: string): void {
    test(want, () => expect(optionValue(spec, written)).toEqual({ fault: want }))
  }

  f(integer, '1.5', 'expected a whole number from 1 to 31, found "1.5"')
  f(integer, '32', 'expected a whole number from 1 to 31, found "32"')
  f(share, 'x', 'expected a number from 0 to 1, found "x"')
  f(share, '0x1', 'expected a number from 0 to 1, found "0x1"')
  f(share, 'NaN', 'expected a number from 0 to 1, found "NaN"')
  f(share, '', 'expected a number from 0 to 1, found ""')
  f(anyNumber, 'Infinity', 'expected a number, found "Infinity"')
  f(anyNumber, '1e999', 'expected a number, found "1e999"')
  f(openEnded, '-1', 'expected a number, 0 or more, found "-1"')
  f(window, 'never', 'expected a number from 2 to 9 or auto or none, found "never"')
  f(hold, '30', 'expected a duration such as 30s from 0s to 1d, found "30"')
  f(size, '12', 'expected a size such as 64KiB from 1KiB to 1MiB, found "12"')
  f(flag, 'yes', 'expected true or false, found "yes"')
  f(side, 'up', 'expected both, above or below, found "up"')
  f(text, null, 'expected a text, found nothing')
  f(text, ['a'], 'expected a text, found a list')
  f(list, { a: 'b' }, 'expected a list of texts, found a map')
  f(list, [['a']], 'expected a list of texts, found a list')
  f(map, 'a', 'expected a map of texts, found "a"')
  f(map, { a: { b: 'c' } }, 'expected a map of texts, found a map')
  f(pattern, null, 'expected a glob, a map of label to glob, or a list of these, found nothing')
  f(text, { a: 'b' }, 'expected a text, found a map')
})

test('what was found is cut short, and a secret is not repeated', () => {
  expect(optionValue(share, 'x'.repeat(100))).toEqual({
    fault: `expected a number from 0 to 1, found "${'x'.repeat(60)}…"`,
  })
  expect(optionValue(secret, ['hunter2'])).toEqual({ fault: 'expected a text, found another' })
})

describe('a value is written as the file would say it', () => {
  function f(spec: OptionSpec, value: unknown, want: string): void {
    test(want, () => expect(optionText(spec, value)).toBe(want))
  }

  f(share, 0.999, '0.999')
  f(hold, 90_000, '90s')
  f(size, 65_536, '64KiB')
  f(flag, true, 'true')
  f(text, 'plain', 'plain')
  f(text, '', '""')
  f(text, 'two words', '"two words"')
  f(text, 'redis://me:hunter2@host:6379', '"redis://me:***@host:6379"')
  f(secret, 'hunter2', '"***"')
  f(secret, '', '""')
  f(list, ['a', 'b*'], '[a, "b*"]')
  f(map, {}, '{}')
  f(map, { a: 'x y' }, '{ a: "x y" }')
  f(pattern, [{ host: 'vm*' }], '[{ host: "vm*" }]')
})

describe('a text stands plain only where YAML takes it for a text', () => {
  function f(given: string, want: string): void {
    test(want, () => expect(scalarText(given)).toBe(want))
  }

  f('graphite', 'graphite')
  f('/var/lib/x.yaml', '/var/lib/x.yaml')
  f('127.0.0.1:8686', '"127.0.0.1:8686"')
  f('a: b', '"a: b"')
  f('*', '"*"')
  f('', '""')
  f('line\nbreak', '"line\\nbreak"')
})

test('a password is taken out of an address, and other texts are left alone', () => {
  expect(withoutPassword('redis://:pw@h and http://u:pw@h/p')).toBe(
    'redis://:***@h and http://u:***@h/p',
  )
  expect(withoutPassword('http://h:80/a and me@home: x')).toBe('http://h:80/a and me@home: x')
})
