/**
 * Programs that share a topic, with their states in a Redis, and what they wrote together.
 *
 *   load ─▶ input ─▶ members of one group ─▶ output ─▶ reports, each once
 *             │            └─ Redis, by a way that can be cut
 *             └────▶ one program alone, undisturbed ─▶ what the output must say
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LiveProgram, forewarnCommand, freePort, pause } from '../live-program.ts'
import { RedisServer } from '../redis-server.ts'
import { TcpProxy } from '../tcp-proxy.ts'
import { poison, samplesASecond, second } from './load.ts'
import { TestTopics } from './topics.ts'

/** Seconds of data are this far apart on the clock. */
const paceMs = 250
/** How long reports may take until all are there. */
const patienceMs = 180_000
/** Members that say nothing for so long are gone for the group. */
const sessionMs = 3_000

/** The servers of all scenarios. */
export class Servers {
  readonly topics: TestTopics
  readonly redis: RedisServer
  readonly way: TcpProxy
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-faults-'))

  private constructor(topics: TestTopics, redis: RedisServer, way: TcpProxy) {
    this.topics = topics
    this.redis = redis
    this.way = way
  }

  /** `brokers`: 1 or 3. What Redis took is on its disk before it says so. */
  static async start(brokers = 1): Promise<Servers> {
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always'] as const
    const redis = await RedisServer.started(...durable)
    const way = await TcpProxy.to(redis.port)
    return new Servers(await TestTopics.start({ brokers }), redis, way)
  }

  /** Ends all of them, also where one of them cannot be ended in order. */
  async stop(): Promise<void> {
    try {
      await this.redis.stop()
      await this.way.stop()
    } finally {
      await this.topics.stop()
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

/** See the head of the file. */
export class WorkingGroup {
  readonly servers: Servers
  readonly input: string
  readonly output: string
  readonly members: LiveProgram[] = []
  /** Samples written so far. */
  written = 0
  #seconds = 0

  private constructor(servers: Servers, input: string, output: string) {
    this.servers = servers
    this.input = input
    this.output = output
  }

  static async of(servers: Servers, replicas = 1): Promise<WorkingGroup> {
    const input = await servers.topics.add(4, 'in', replicas)
    const output = await servers.topics.add(2, 'out', replicas)
    return new WorkingGroup(servers, input, output)
  }

  /** Another member, not started yet. */
  async member(output = this.output): Promise<LiveProgram> {
    const { topics, way, folder } = this.servers
    const brokers = `brokers: [${topics.cluster.servers.join(', ')}]`
    const session = `session_timeout: ${sessionMs}ms`
    const read = `topics: [${this.input}], group: ${output}, start: earliest, ${session}`
    const yaml = `sources:
  in: { type: kafka, ${brokers}, ${read} }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  out:
    type: kafka
    ${brokers}
    topic: ${output}
    per_message: 100
    delivery: { when_full: wait }
store:
  type: redis
  scope: partition
  redis_url: redis://127.0.0.1:${way.port}
  redis_prefix: ${output}
  folder: '${mkdtempSync(join(folder, 'state-'))}'
  checkpoint_every: 300ms
telemetry: { log_level: info }
`
    const own = mkdtempSync(join(folder, 'member-'))
    const made = new LiveProgram(forewarnCommand(own, await freePort(), yaml))
    this.members.push(made)
    return made
  }

  /** Writes seconds of data at their pace, until `meanwhile` is over too. */
  async flowing(seconds: number, meanwhile: () => Promise<void>): Promise<void> {
    const state = { ended: false }
    const done = meanwhile().finally(() => (state.ended = true))
    // It is thrown below.
    done.catch(() => {})
    for (let i = 0; i < seconds || !state.ended; i++) {
      const messages = second(this.#seconds)
      const bad = this.#seconds % 10 === 9 ? [poison(this.#seconds)] : []
      await this.servers.topics.write(this.input, [...messages, ...bad])
      this.#seconds++
      this.written += samplesASecond
      await pause(paceMs)
    }
    await done
  }

  /** Reports by id; throws where a report that came twice did not say the same. */
  async reports(output = this.output): Promise<Map<string, string>> {
    const byId = new Map<string, string>()
    for (const line of await this.servers.topics.lines(output)) {
      const id = /"id":"([0-9a-f]{16})"/.exec(line)?.[1] ?? ''
      const before = byId.get(id)
      if (before !== undefined && before !== line) throw new Error(`not the same twice: ${line}`)
      byId.set(id, line)
    }
    return byId
  }

  /** Waits until every sample is taken for good, and scored. */
  async scored(output = this.output): Promise<void> {
    // Reading what the brokers say of a group costs much less than reading all reports.
    await until('all is taken', () => this.servers.topics.isTaken(this.input, output))
    let scores = 0
    await until('all is scored', async () => {
      const lines = [...(await this.reports(output)).values()]
      scores = lines.filter((line) => line.includes('"kind":"score"')).length
      return scores === this.written
    }).catch((error: unknown) => {
      throw new Error(`${scores} of ${this.written} samples are scored`, { cause: error })
    })
  }

  /** Waits until the group is made of so many members. */
  async has(members: number): Promise<void> {
    const { topics } = this.servers
    await until(`there are ${members}`, async () => (await topics.members(this.output)) === members)
  }

  /** What is said, without what falling silent causes, in an order of its own. */
  async said(output = this.output): Promise<string[]> {
    const all = [...(await this.reports(output)).values()]
    return all.filter((line) => !line.includes('no samples any more')).toSorted()
  }

  /** What one program alone says of the same records. */
  async alone(): Promise<string[]> {
    const output = await this.servers.topics.add(2, 'alone')
    const program = await this.member(output)
    await program.ready()
    await this.scored(output)
    await program.ended('SIGTERM')
    if (!(await this.servers.topics.isLeft(output))) throw new Error('it ended within its group')
    return this.said(output)
  }

  /** Starts so many members and waits until they are ready. */
  async start(members: number): Promise<void> {
    const made: LiveProgram[] = []
    while (made.length < members) made.push(await this.member())
    await Promise.all(made.map((member) => member.ready()))
  }

  /** Tells whoever still runs to stop. */
  async stop(): Promise<void> {
    const running = this.members.filter((member) => member.running)
    await Promise.all(running.map((member) => member.ended('SIGTERM')))
  }

  /** Ends whoever still runs. */
  async end(): Promise<void> {
    for (const member of this.members) if (member.running) await member.ended('SIGKILL')
  }
}

/** Waits for what is to come. Throws where it has not come by then. */
export async function until(what: string, came: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + patienceMs
  while (!(await came())) {
    if (Date.now() > endMs) throw new Error(`after ${patienceMs} ms it is not so that ${what}`)
    await pause(400)
  }
}
