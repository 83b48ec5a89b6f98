import { expect, test } from 'vitest'
import { ForewarnError } from '../core/errors.ts'
import { loadConfig } from './load.ts'
import { tables } from './tables.ts'

const store = 'store: { type: redis, scope: partition, redis_url: "redis://127.0.0.1:1" }\n'

/** The faults of a configuration with a Kafka source and an exactly-once sink of these options. */
function faults(source: string, sink: string, rest = store): string {
  const from = `sources: { in: { type: kafka, topics: [t]${source} } }`
  const to = `sinks: { out: { type: kafka, exactly_once: true${sink} } }`
  const text = `${from}\n${to}\n${rest}`
  try {
    loadConfig({ file: { name: 'f.yaml', text }, environment: {}, sets: [] }, tables)
    return ''
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error
    return error.message
  }
}

test('what can be exactly once is taken', () => {
  const f = (source: string, sink: string): void => expect(faults(source, sink)).toBe('')
  f('', '')
  f(', brokers: ["a:1", "b:2"]', ', brokers: ["b:2", "a:1"]')
  f(', keyed: false', ', format: influx-scores')
})

test('what cannot is refused, and why is said', () => {
  const f = (source: string, sink: string, want: RegExp, rest = store): void =>
    expect(faults(source, sink, rest)).toMatch(want)
  f(
    ', brokers: ["a:1"]',
    ', brokers: ["b:1"]',
    /exactly_once: .*name the same brokers.*"in".*"out"/,
  )
  f('', ', tls: true', /commits in one cluster/)
  f(', isolation: uncommitted', '', /needs isolation: committed in "in"/)
  f('', ', idempotent: false', /needs idempotent: true/)
  f('', '', /needs store.scope: partition/, '')
})
