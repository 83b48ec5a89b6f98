/**
 * A topic that is not keyed by series, judged in two stages: the first writes what it decodes to a
 * topic of samples, where each series has its partition. Programs of both stages are killed while
 * data flows; what comes out, each report once, is what one program without faults writes.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SamplesDecoder } from '../../../src/codecs/samples.ts'
import type { Observation } from '../../../src/core/observation.ts'
import { Random } from '../../../src/core/random.ts'
import { pause } from '../live-program.ts'
import type { LiveProgram } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { Stand } from './stand.ts'
import type { Written } from './topics.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const hosts = 50
const seconds = 90
const partitions = 4
const startMs = 1_700_000_000_000
const stand = new Stand('repartition')

/** Two hosts share a message, so that no message has one series; no message has a key. */
function second(second: number): Written[] {
  return Array.from({ length: hosts / 2 }, (_, pair) => {
    const timestampMs = startMs + second * 1000
    const lines = [2 * pair, 2 * pair + 1].map((host) => {
      const noise = new Random(second * hosts + host + 1)
      const spike = noise.uniform() < 0.002 ? 60 : 0
      const fields = ['user', 'system', 'idle', 'iowait'].map((field) => {
        return `usage_${field}=${(20 + noise.gaussian(0, 2) + spike).toFixed(3)}`
      })
      return `cpu,host=h${host} ${fields.join(',')} ${timestampMs}000000`
    })
    return { value: lines.join('\n'), partition: pair % partitions, timestampMs }
  })
}

type Stages = 'both' | 'decode' | 'score'

/** What one run of the test is called: its topics, group and states. */
interface Run {
  readonly input: string
  readonly output: string
  readonly samples: string
}

async function program({ input, output, samples }: Run, stages: Stages): Promise<LiveProgram> {
  const brokers = `brokers: [${stand.topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 3s`
  const split = `keyed: false, stages: ${stages}, samples_topic: ${samples}, samples_partitions: 3`
  const yaml = `sources:
  in: { type: kafka, ${brokers}, ${read}, ${split} }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  out:
    type: kafka
    ${brokers}
    topic: ${output}
    per_message: 20
    rejections: true
    delivery: { when_full: wait }
store:
  type: redis
  scope: partition
  redis_url: ${stand.redis.url}
  redis_prefix: ${output}
  folder: '${stand.newFolder('state')}'
  checkpoint_every: 300ms
telemetry: { log_level: info }
`
  return stand.program(yaml)
}

/** Reports by id; a report that came twice must have said the same. */
async function reports(output: string): Promise<Map<string, string>> {
  const byId = new Map<string, string>()
  for (const line of await stand.topics.lines(output)) {
    const { id } = JSON.parse(line) as { id: string }
    if (byId.has(id)) expect(byId.get(id)).toBe(line)
    byId.set(id, line)
  }
  return byId
}

async function scores(output: string): Promise<number> {
  const all = await reports(output)
  return [...all.values()].filter((line) => line.includes('"kind":"score"')).length
}

/** What is said, without what falling silent causes, in an order of its own. */
async function said(output: string): Promise<string[]> {
  const all = [...(await reports(output)).values()]
  return all.filter((line) => !line.includes('no samples any more')).toSorted()
}

/** Samples between the stages, those that were written again among them. */
async function between(samples: string): Promise<number> {
  const decoder = new SamplesDecoder()
  const found: Observation[] = []
  for (const value of await stand.topics.values(samples)) {
    const refused = decoder.decode(value, { partition: 's', offset: 0, receivedMs: 0 }, found)
    // What the input held may be refused; no record is damaged itself.
    expect(refused.filter(({ at }) => at === undefined)).toEqual([])
  }
  return found.length
}

const total = hosts * seconds * 4
const whole = { timeout: 120_000, interval: 1_000 }

describe.skipIf(missing !== undefined)(`in two stages ${missing ?? ''}`, () => {
  beforeAll(() => stand.start())
  afterAll(() => stand.stop())

  test('killed in either stage: nothing lost, nothing twice, nothing else', async () => {
    const input = await stand.topics.add(partitions, 'in')
    const run = { input, output: await stand.topics.add(2, 'out'), samples: 'samples-killed' }
    const decoding = await program(run, 'decode')
    const both = await program(run, 'both')
    const scoring = await program(run, 'score')
    await Promise.all([decoding, both, scoring].map((each) => each.ready()))
    const killing = (async () => {
      for (const each of [decoding, scoring, both, decoding]) {
        await pause(1_500)
        await each.ended('SIGKILL')
        each.start()
      }
    })()
    for (let i = 0; i < seconds; i++) {
      await stand.topics.write(input, second(i))
      await pause(100)
    }
    await killing
    await expect.poll(() => scores(run.output), whole).toBe(total)
    for (const each of [decoding, scoring, both]) await each.ended('SIGTERM')
    // Without anything written twice there would be nothing to skip.
    expect(await between(run.samples)).toBeGreaterThan(total)
    await stand.topics.write(input, [{ value: 'not a line', partition: 1 }])
    const calm = { input, output: await stand.topics.add(2, 'calm'), samples: 'samples-calm' }
    const one = await program(calm, 'both')
    await one.ready()
    await expect.poll(() => scores(calm.output), whole).toBe(total)
    expect(await one.ended('SIGTERM')).toBe(143)
    expect(await between(calm.samples)).toBe(total)
    const wanted = await said(calm.output)
    const refused = wanted.filter((line) => line.includes('"kind":"rejection"'))
    expect(refused).toEqual([expect.stringContaining('not a line')])
    expect(await said(run.output)).toEqual(wanted.filter((line) => !refused.includes(line)))
  }, 400_000)
})
