import { describe, expect, test } from 'vitest'
import { interpolated, overlayEnvironment, overlayFlags } from './environment.ts'
import type { Fault } from './origin.ts'
import { faultText, originText } from './origin.ts'
import { WrittenTree } from './written-tree.ts'
import type { WrittenMap } from './written-tree.ts'

const environment = { HOST: 'vm1', EMPTY: '', PATH_1: '/data' }

describe('variables in a text', () => {
  function f(text: string, want: string, variables: string[]): void {
    test(text, () => expect(interpolated(text, environment)).toEqual({ value: want, variables }))
  }

  f('no variable', 'no variable', [])
  f('${HOST}', 'vm1', ['HOST'])
  f('http://${HOST}:80${PATH_1}', 'http://vm1:80/data', ['HOST', 'PATH_1'])
  f('${EMPTY}', '', ['EMPTY'])
  f('${EMPTY:-x}', 'x', ['EMPTY'])
  f('${MISSING:-}', '', ['MISSING'])
  f('${MISSING:-a b}', 'a b', ['MISSING'])
  f('${HOST:-x}', 'vm1', ['HOST'])
  f('${MISSING:-${HOST}:${NONE:-80}/}x', 'vm1:80/x', ['MISSING', 'HOST', 'NONE'])
  f('${HOST:-${MISSING}}', 'vm1', ['HOST'])
  f('$${HOST}', '${HOST}', [])
  f('$HOST and 5 $', '$HOST and 5 $', [])
  f('{host}', '{host}', [])

  test('a variable’s text is not looked into again', () => {
    expect(interpolated('${A}', { A: '${HOST}', HOST: 'x' }).value).toBe('${HOST}')
  })
})

describe('a variable that cannot be replaced', () => {
  function f(text: string, want: string): void {
    test(text, () => expect(interpolated(text, environment).missing).toBe(want))
  }

  const form = 'expected ${NAME} or ${NAME:-default}; write $${ for a plain ${'
  f('${MISSING}', 'environment variable MISSING is not set; ${MISSING:-…} would give a default')
  f('${A:-${B}}', 'environment variable B is not set; ${B:-…} would give a default')
  f('${}', form)
  f('${1X}', form)
  f('${HOST', form)
  f(
    '${constructor}',
    'environment variable constructor is not set; ${constructor:-…} would give a default',
  )
})

function treeOf(root: WrittenMap): WrittenTree {
  const tree = new WrittenTree()
  tree.root = root
  return tree
}

describe('FOREWARN_SECTION__KEY', () => {
  function f(variables: Record<string, string>, root: WrittenMap, want: unknown): void {
    test(Object.keys(variables).join(' '), () => {
      const tree = treeOf(root)
      const faults: Fault[] = []
      overlayEnvironment(tree, variables, faults)
      expect(faults).toEqual([])
      expect(JSON.parse(JSON.stringify(tree.root))).toEqual(want)
    })
  }

  f({ FOREWARN_SERVER__LISTEN: ':1' }, {}, { server: { listen: ':1' } })
  f({ FOREWARN_SERVER__LISTEN: ':1' }, { server: { listen: ':2' } }, { server: { listen: ':1' } })
  f(
    { FOREWARN_SOURCES__MY_HOST__EVERY: '5s' },
    { sources: { 'my-Host': { type: 'host' } } },
    {
      sources: { 'my-Host': { type: 'host', every: '5s' } },
    },
  )
  f(
    { FOREWARN_DETECTORS__0__THETA: '9' },
    { detectors: [{ match: '*' }] },
    {
      detectors: [{ match: '*', theta: '9' }],
    },
  )
  f(
    { FOREWARN_SERVER__TOKEN: 'x', FOREWARN_SERVER__TOKEN_FILE: 'y' },
    {},
    {
      server: { token: 'x', token_file: 'y' },
    },
  )
  // Kubernetes sets these for a service called forewarn; they are not overrides.
  f({ FOREWARN_PORT: 'tcp://10.0.0.1:8686', FOREWARN_SERVICE_HOST: '10.0.0.1' }, {}, {})
  f({ OTHER__KEY: 'x' }, {}, {})
})

describe('an override that means no place', () => {
  function f(variables: Record<string, string>, root: WrittenMap, want: string): void {
    test(want, () => {
      const faults: Fault[] = []
      overlayEnvironment(treeOf(root), variables, faults)
      expect(faults.map(faultText)).toEqual([want])
    })
  }

  f(
    { FOREWARN_SERVER__: 'x' },
    {},
    'environment variable FOREWARN_SERVER__: expected FOREWARN_SECTION__KEY',
  )
  f(
    { FOREWARN_DETECTORS__1__THETA: '9' },
    { detectors: [{ match: '*' }] },
    'environment variable FOREWARN_DETECTORS__1__THETA: expected a number under 1, ' +
      'a place in the list, found "1"',
  )
})

test('a key that reaches into JavaScript’s objects is refused from every side', () => {
  const tree = new WrittenTree()
  const faults: Fault[] = []
  overlayFlags(tree, ['__proto__.polluted=1', 'server.constructor.prototype.polluted=1'], faults)
  expect(faults.map(faultText)).toEqual([
    '--set __proto__.polluted: the key "__proto__" is not allowed',
    '--set server.constructor.prototype.polluted: the key "constructor" is not allowed',
  ])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('--set takes dots and brackets, keeps all behind the first =, and the last one holds', () => {
  const tree = treeOf({ detectors: [{ match: '*' }] })
  const faults: Fault[] = []
  const sets = ['detectors[0].theta=1', 'detectors.0.theta=2', 'server.token=a=b']
  overlayFlags(tree, sets, faults)
  expect(faults).toEqual([])
  expect(JSON.parse(JSON.stringify(tree.root))).toEqual({
    detectors: [{ match: '*', theta: '2' }],
    server: { token: 'a=b' },
  })
  expect(originText(tree.origin(['server', 'token']))).toBe('--set server.token')
})

test('--set without a path or a value is a fault', () => {
  const faults: Fault[] = []
  overlayFlags(new WrittenTree(), ['server', '=x', 'a..b=c'], faults)
  expect(faults).toHaveLength(3)
})
