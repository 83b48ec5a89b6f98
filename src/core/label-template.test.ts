import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Labels } from './labels.ts'
import { LabelTemplate } from './label-template.ts'

const labels = Labels.named('cpu', [
  ['__field__', 'usage_user'],
  ['host', 'vm1'],
])

describe('a template written forwards', () => {
  function f(template: string, want: string | undefined): void {
    expect(new LabelTemplate(template).rendered(labels)).toBe(want)
  }

  test('puts labels into a text', () => {
    f('dbaas.{__name__}.{__field__}.{host}', 'dbaas.cpu.usage_user.vm1')
    f('{host}{__name__}', 'vm1cpu')
    f('plain', 'plain')
    f('', '')
    f('{{host}}', '{host}')
    f('{{{host}}}', '{vm1}')
  })

  test('is nothing where a label is missing', () => {
    f('a.{rack}', undefined)
  })
})

describe('a template read backwards', () => {
  function f(template: string, text: string, want: Record<string, string> | undefined): void {
    const parts = new LabelTemplate(template).parts(text)
    expect(parts === undefined ? undefined : Object.fromEntries(parts)).toEqual(want)
  }

  test('takes a text apart', () => {
    f('servers.{host}.{__name__}', 'servers.vm1.cpu', { host: 'vm1', __name__: 'cpu' })
    f('servers.{host}.{__name__}', 'servers.vm1.cpu.user', { host: 'vm1', __name__: 'cpu.user' })
    f('{a}/{b}-x', '1/2/3-x', { a: '1', b: '2/3' })
    f('{_}.{b}', 'x.y', { b: 'y' })
    f('same', 'same', {})
    f('{a}', '..', { a: '..' })
    f('{a}.{b}', '..c', { a: '.', b: 'c' })
  })

  test('refuses a text of another form', () => {
    f('servers.{host}.{__name__}', 'server.vm1.cpu', undefined)
    f('servers.{host}.{__name__}', 'servers.vm1', undefined)
    f('servers.{host}.{__name__}', 'servers..cpu', undefined)
    f('servers.{host}.{__name__}', 'servers.vm1.', undefined)
    f('{a}-x', '-x', undefined)
    f('same', 'sames', undefined)
    f('ab{x}b', 'ab', undefined)
  })

  test('gives back what was written with parts that hold no separator', () => {
    const part = fc.stringMatching(/^[^./]+$/)
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const template = new LabelTemplate('x.{a}.{b}/{c}')
        const text = template.rendered(Labels.of(Object.entries({ a, b, c }))) as string
        expect(template.parts(text)).toEqual(Object.entries({ a, b, c }))
      }),
    )
  })

  test('is possible only where no two placeholders touch', () => {
    expect(new LabelTemplate('{a}{b}').readable).toBe(false)
    expect(new LabelTemplate('{a}.{b}').readable).toBe(true)
    expect(new LabelTemplate('{a}').readable).toBe(true)
    expect(new LabelTemplate('a').readable).toBe(true)
  })
})

test('braces that open or close nothing are a fault of the configuration', () => {
  for (const text of ['{', '}', 'a{b', 'a}b', '{}', '{a{b}', '{{a}']) {
    expect(() => new LabelTemplate(text), text).toThrow(/a brace opens or closes nothing/)
  }
})
