import { expect, test } from 'vitest'
import { ForewarnError } from '../core/errors.ts'
import { loadConfig } from './load.ts'
import { tables } from './tables.ts'

const store = 'store: { type: redis, scope: partition, redis_url: "redis://127.0.0.1:1" }\n'

/** The faults of a configuration with a Kafka source of these options. */
function faults(source: string, rest = store): string {
  const text = `sources: { in: { type: kafka, topics: [t], ${source} } }\n${rest}`
  try {
    loadConfig({ file: { name: 'f.yaml', text }, environment: {}, sets: [] }, tables)
    return ''
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error
    return error.message
  }
}

test('what can be repartitioned is taken', () => {
  const f = (source: string, rest = ''): void => expect(faults(source, store + rest)).toBe('')
  f('keyed: false')
  f('keyed: false, stages: decode')
  f('keyed: false', 'transforms: [{ type: filter }, { type: relabel }, { type: rate }]')
  f('keyed: false, samples_by: [host]', 'transforms: [{ type: rollup, group_by: [host, cpu] }]')
  f('keyed: false, samples_by: [host]', 'transforms: [{ type: group, fields: [a, b] }]')
  const rollup = '{ type: rollup, name: whole, group_by: [host] }'
  f(
    'keyed: false, samples_by: [host]',
    `transforms: [${rollup}, { type: group, match: "whole*", fields: [a, b] }]`,
  )
})

test('what cannot is refused, and why is said', () => {
  const f = (source: string, rest: string, want: RegExp): void =>
    expect(faults(source, rest)).toMatch(want)
  f('keyed: false', '', /keyed: false is for store.scope: partition/)
  f('keyed: false, samples_topic: t', store, /the source reads it as well/)
  f('keyed: false', `${store}transforms: [{ type: rollup }]`, /rollup joins series/)
  f(
    'keyed: false, samples_by: [host]',
    `${store}transforms: [{ type: rollup, group_by: [cpu] }]`,
    /rollup joins series whose host differ/,
  )
  f(
    'keyed: false, samples_by: [host]',
    `${store}transforms: [{ type: rate }, { type: group, fields: [a, b] }]`,
    /group needs whole records/,
  )
  f(
    'keyed: false, samples_by: [host]',
    `${store}transforms:
  - { type: rollup, name: whole, group_by: [host] }
  - { type: group, fields: [a, b] }`,
    /group needs whole records/,
  )
})

test('what partitions do not have is refused in plain words', () => {
  const f = (rest: string, want: RegExp): void => expect(faults('', store + rest)).toMatch(want)
  f('sinks: { p: { type: prometheus } }', /sinks.p: with store.scope: partition nothing is shown/)
  f('workers: 2', /workers: with store.scope: partition .* start as many programs as there are/)
})
