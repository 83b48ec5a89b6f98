import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { demandNoRestart } from './restart.ts'
import { changesBetween } from './standing.ts'
import { tables } from './tables.ts'

function configOf(text: string) {
  const whole = `sources: { stream: { type: generator } }\n${text}`
  return loadConfig(
    { file: { name: 'forewarn.yaml', text: whole }, environment: {}, sets: [] },
    tables,
  )
}

/** What a configuration must say of needing a restart after another one; undefined: nothing. */
function f(before: string, after: string, want: RegExp | undefined): void {
  const reload = (): void => demandNoRestart(configOf(before), configOf(after))
  if (want === undefined) expect(reload).not.toThrow()
  else expect(reload).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_RESTART' }))
  if (want !== undefined) expect(reload).toThrow(want)
}

test('what a running program cannot change needs a restart, all of it said with its place', () => {
  f('', 'server: { listen: :9000 }', /yaml:2:19: server\.listen: .* became ":9000"/)
  f('', 'store: { type: none }', /yaml:2:16: store\.type: .* embedded became none/)
  f('', 'store: { sync: full, disk: 1GiB }', /store\.sync: .*\n.*store\.disk: /)
  const redis = 'type: redis, redis_url: redis://a'
  f(`store: { ${redis} }`, `store: { ${redis}b }`, /store\.redis_url: /)
  f('history: { keep: true }', 'history: { keep: false }', /yaml:2:18: history\.keep: /)
  f('server: { listen: :9000 }', '', /\n {2}server\.listen: .* ":9000" became /)
})

test('partitions that go on are heard and committed as before', () => {
  const of = (source: string, sink: string) => `sources:
  in: { type: kafka, brokers: [a:1], topics: [t]${source} }
sinks:
  out: { type: kafka, brokers: [a:1], topic: o${sink} }
store: { type: redis, scope: partition, redis_url: redis://a }
`
  const change = (before: string, after: string, want: RegExp | undefined): void => {
    const whole = (text: string) => {
      return loadConfig({ file: { name: 'f.yaml', text }, environment: {}, sets: [] }, tables)
    }
    const reload = (): void => demandNoRestart(whole(before), whole(after))
    if (want === undefined) expect(reload).not.toThrow()
    else expect(reload).toThrow(want)
  }
  const before = of('', ', exactly_once: true')
  change(before, of(', control_topic: x', ', exactly_once: true'), /sources\.in\.control_topic: /)
  change(before, of('', ''), /sinks\.out\.exactly_once: .* true became false/)
  change(before, of('', ', exactly_once: true, per_message: 5'), /sinks\.out\.exactly_once: /)
  change(before, of(', group: g', ', exactly_once: true'), undefined)
  change(of('', ''), of(', topics_every: 5s', ', per_message: 5'), undefined)
  change(of('', ''), of('', '').replace('partition', 'process'), /store\.scope: /)
})

test('everything else does not', () => {
  f('', '', undefined)
  f('', 'store: { checkpoint_every: 1s, delivery_wait: 1s }', undefined)
  f('', 'detectors: [{ match: x, detector: none }]\nsinks: {}', undefined)
  f('', 'server: { token: secret, hosts: [example.org] }\nseries: { limit: 5 }', undefined)
})

test('what is the same in every option goes on; what changed ends and begins', () => {
  const of = (name: string, option: number) => ({ name, option })
  const before = [of('same', 1), of('changed', 1), of('gone', 1)]
  expect(changesBetween(before, [of('new', 1), of('changed', 2), of('same', 1)])).toEqual({
    kept: ['same'],
    begun: ['new', 'changed'],
    ended: ['changed', 'gone'],
  })
})
