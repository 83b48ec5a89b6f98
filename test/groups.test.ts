/**
 * Groups from the wire to the alarm: fields of Influx lines judged together by one model, the same
 * on threads and from a saved state.
 */

import { expect, test } from 'vitest'
import { JsonLinesEncoder } from '../src/codecs/json-lines.ts'
import { decoders } from '../src/codecs/registry.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import type { Observation } from '../src/core/observation.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import { Group, groupOptions } from '../src/transforms/group.ts'
import { ConfiguredScoring } from './configured-scoring.ts'

const text = `
detectors:
  - match: { __fields__: '?*' }
    detector: htm
    preset: rubis-3
    probation: 150
    columns: 256
    active_columns: 10
    activation_threshold: 6
    matching_threshold: 4
    filters: []
    alarm: { absent: 0, threshold: 0.25 }
  - { match: '*', detector: none }
series: { reorder_window: 2s }
`

/** Two hosts a second; at step 300 one has much memory in use for its load. */
function record(step: number): string {
  const lines = ['a', 'b'].map((host, h) => {
    const cpu = 20 + 10 * ((step + h) % 4)
    const mem = step === 300 && host === 'b' ? 95 : 10 + cpu
    return `stats,host=${host} cpu=${cpu},mem=${mem} ${1_700_000_000 + step}000000000\n`
  })
  return lines.join('')
}

async function run(workers: number, from: number, to: number, saved: readonly SavedOwner[] = []) {
  const made = await ConfiguredScoring.begin({ text, workers, scores: true, saved })
  const decoder = decoders.influx.create(optionsWithDefaults(decoders.influx.options))
  const group = new Group(optionsWithDefaults(groupOptions, { fields: ['cpu', 'mem'] }))
  for (let step = from; step < to; step++) {
    const origin = { partition: 'p', offset: step, receivedMs: 1_700_000_000_000 + step * 1000 }
    await made.take(({ judge }, reports) => {
      const input: Observation[] = []
      const output: Observation[] = []
      decoder.decode(new TextEncoder().encode(record(step)), origin, input)
      group.apply(input, output, reports)
      for (const observation of output) judge.update(observation, reports)
    })
  }
  const states = await made.end()
  const lines = new TextDecoder().decode(new JsonLinesEncoder().encode(made.reports))
  return { lines, reports: made.reports, states }
}

test('fields of a record are one series, whose alarm names the field that leads', async () => {
  const { reports, states } = await run(1, 0, 320)
  const keys = new Set(reports.map(({ labels }) => labels?.key))
  const key = (host: string) => `stats:group{__fields__="cpu,mem",host="${host}"}`
  expect([...keys]).toEqual([key('a'), key('b')])
  expect(states.map(({ ownerKey }) => ownerKey)).toContain(`series/${key('a')}`)
  const fired = reports.filter((report) => report.kind === 'alarm' && report.state === 'firing')
  expect(fired).toHaveLength(1)
  const reason = expect.stringMatching(/^30; mem leads with 95/) as string
  expect(fired[0]).toMatchObject({ labels: { key: key('b') }, value: 30, reason })
})

test('a group is the same on threads, and goes on from a state with waiting samples', async () => {
  const whole = await run(1, 0, 320)
  expect((await run(3, 0, 320)).lines).toBe(whole.lines)
  const first = await run(1, 0, 299)
  for (const workers of [1, 2]) {
    const second = await run(workers, 299, 320, first.states)
    expect(first.lines + second.lines).toBe(whole.lines)
  }
})
