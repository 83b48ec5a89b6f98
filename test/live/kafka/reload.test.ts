/**
 * A new configuration where programs share a topic: every partition goes on from exactly where it
 * is, sinks and sources begin and end, and where anything is wrong all stays as it was. Scores of
 * the past are kept by the program that made them.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveProgram, forewarnCommand, freePort } from '../live-program.ts'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { Stand } from './stand.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

const startMs = 1_700_000_000_000
const hosts = 6
const whole = { timeout: 90_000, interval: 300 }
const stand = new Stand('reload')

interface Score {
  readonly id: string
  readonly series: string
  readonly timestamp_ms: number
  readonly status: string
}

/** What differs between the configurations of a program. */
interface Choice {
  readonly source?: string
  readonly sinks?: string
  readonly alarm?: string
  readonly prefix?: string
  readonly more?: string
}

class Member {
  readonly program: LiveProgram
  readonly #port: number
  readonly #own: string
  readonly #input: string
  readonly #output: string

  private constructor(input: string, output: string, port: number) {
    this.#input = input
    this.#output = output
    this.#port = port
    this.#own = stand.newFolder('member')
    this.program = stand.held(new LiveProgram(forewarnCommand(this.#own, port, this.#yaml({}))))
  }

  static async of(input: string, output: string): Promise<Member> {
    return new Member(input, output, await freePort())
  }

  #yaml({ source = '', sinks = '', alarm = '', prefix, more = '' }: Choice): string {
    const brokers = `brokers: [${stand.topics.cluster.servers.join(', ')}]`
    const read = `topics: [${this.#input}], group: ${this.#output}, start: earliest`
    return `sources:
  in: { type: kafka, ${brokers}, ${read}, session_timeout: 6s, control_topic: ''${source} }
detectors: [{ match: '*', detector: ema, probation: 5${alarm} }]
sinks:
  page: { type: dashboard }
  out: { type: kafka, ${brokers}, topic: ${this.#output}, delivery: { when_full: wait } }
${sinks}
store:
  type: redis
  scope: partition
  redis_url: ${stand.redis.url}
  redis_prefix: ${prefix ?? this.#output}
  folder: '${join(this.#own, 'state')}'
  checkpoint_every: 500ms
history: { keep: true }
${more}`
  }

  /** Writes another configuration into its file. */
  configure(choice: Choice): void {
    const server = `server: { listen: '127.0.0.1:${this.#port}' }\n`
    writeFileSync(join(this.#own, 'forewarn.yaml'), this.#yaml(choice) + server)
  }

  /** Has it loaded: the status of the answer, and what it says. */
  async reload(choice: Choice): Promise<{ status: number; said: string }> {
    this.configure(choice)
    const answer = await fetch(this.program.url('/api/v1/reload'), { method: 'POST' })
    return { status: answer.status, said: await answer.text() }
  }
}

let written = 0

/** Seconds of all hosts, each host with its partition. */
async function seconds(input: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++, written++) {
    const timestampMs = startMs + written * 1000
    const messages = Array.from({ length: hosts }, (_, host) => {
      const value = `m,host=h${host} v=${10 + ((written * 7 + host) % 5) / 10} ${timestampMs}000000`
      return { value, key: `h${host}`, partition: host % 2, timestampMs }
    })
    await stand.topics.write(input, messages)
  }
}

async function scores(output: string): Promise<Score[]> {
  const all = (await stand.topics.lines(output)).map((line) => JSON.parse(line) as Score)
  return all.filter((each) => Reflect.get(each, 'kind') === 'score')
}

/** Scores of series that knew too little to be judged: each learns once. */
async function newlyLearned(output: string): Promise<number> {
  return (await scores(output)).filter(({ status }) => status === 'probation').length
}

async function scored(output: string, count: number): Promise<void> {
  await expect.poll(async () => (await scores(output)).length, whole).toBe(count)
}

describe.skipIf(missing !== undefined)(`a new configuration ${missing ?? ''}`, () => {
  beforeAll(() => stand.start())
  afterAll(() => stand.stop())

  test('holds in all partitions, from where they are', { timeout: 400_000 }, async () => {
    const input = await stand.topics.add(2, 'in')
    const [output, second] = [await stand.topics.add(1, 'out'), await stand.topics.add(1, 'second')]
    const member = await Member.of(input, output)
    const { program } = member
    await program.ready()
    await seconds(input, 20)
    await scored(output, 20 * hosts)
    const brokers = `brokers: [${stand.topics.cluster.servers.join(', ')}]`
    const twice = `  two: { type: kafka, ${brokers}, topic: ${second} }`

    // A sink more, and another alarm: nothing is learned anew.
    const done = await member.reload({ sinks: twice, alarm: ', alarm: { threshold: 0.9999 }' })
    expect(done).toMatchObject({ status: 200 })
    expect(JSON.parse(done.said)).toMatchObject({
      sources: { kept: ['in'], begun: [], ended: [] },
      sinks: { kept: ['page', 'out'], begun: ['two'], ended: [] },
      series: hosts,
    })
    await seconds(input, 10)
    await scored(output, 30 * hosts)
    await scored(second, 10 * hosts)
    expect(await newlyLearned(output)).toBe(5 * hosts)
    expect(await program.metric('forewarn_source_assignments_total')).toBe(1)
    expect(await program.metric('forewarn_source_unkeyed_records_total')).toBe(0)
    expect(await program.json('/readyz')).toMatchObject({
      status: 'ready',
      store: { type: 'redis', scope: 'partition', lastSavedMs: expect.any(Number), failing: false },
      partitions: [expect.any(Object), expect.any(Object)],
    })

    // What is wrong, or needs a restart, changes nothing.
    const wrong = await member.reload({ sinks: '  two: { type: kafak }', more: 'workers: 2\n' })
    expect(wrong).toMatchObject({ status: 422, said: expect.stringContaining('kafka') })
    const restart = await member.reload({ prefix: 'other' })
    expect(restart).toMatchObject({ status: 422, said: expect.stringContaining('redis_prefix') })
    const blocked = `  two: { type: file, path: '${stand.folder}/state-is-no-folder/x/' }`
    writeFileSync(join(stand.folder, 'state-is-no-folder'), '')
    expect(await member.reload({ sinks: blocked })).toMatchObject({ status: 500 })
    await seconds(input, 5)
    await scored(second, 15 * hosts)
    await scored(output, 35 * hosts)

    // SIGHUP: a sink less, and the source with another option: it leaves its group and comes back.
    member.configure({ source: ', idle_after: 20s' })
    program.signal('SIGHUP')
    const held = async () => {
      const answer = await fetch(program.url('/readyz'))
      const { configuration } = (await answer.json()) as { configuration: { lastReload: string } }
      return answer.ok ? configuration.lastReload : 'not ready'
    }
    await expect.poll(() => program.stderr, whole).toContain('"begun":["sources.in"]')
    await expect.poll(held, whole).toBe('done')
    await seconds(input, 5)
    await scored(output, 40 * hosts)
    expect((await scores(second)).length).toBe(15 * hosts)
    expect(await newlyLearned(output)).toBe(5 * hosts)
    const ids = (await scores(output)).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)

    // Of all that there are charts, also after a restart.
    const charted = async (): Promise<number> => {
      const path = `/api/v1/series/${encodeURIComponent('m:v{host="h3"}')}/samples`
      const range = `?from=${startMs}&to=${startMs + 3_600_000}&points=5000`
      const found = (await program.json(path + range)) as { columns?: { timestampMs: number[] } }
      return found.columns?.timestampMs.length ?? 0
    }
    await expect.poll(charted, whole).toBe(40)
    expect(await program.ended('SIGTERM')).toBe(143)
    await program.ready()
    await expect.poll(charted, whole).toBe(40)
    expect(await program.ended('SIGTERM')).toBe(143)
  })
})
