/**
 * Programs that share a topic, on a real broker with their states in a real Redis.
 *
 *   node bench/speed/members.ts [--json] [--only hand-over|processors] [--series 10000] [--turns 3]
 *                               [--messages 200000] [--rounds 2]
 *
 * **Hand-over.** A topic of two partitions, each with as many series of DASRS as said, a fiftieth
 * of them with a new sample each 100 ms, so that each changes from one checkpoint to the next. One
 * member leaves in order, and later comes again. Measured is, by the times at which scores were
 * written to the other topic, how long nothing of the partition that changed hands was scored, and
 * what that time went into, by the logs of both:
 *
 *   last score before ─ save ─▶ saved ─ rejoin ─▶ asked for ─ load ─▶ there ─▶ first score after
 *
 * The scores are read once everybody has stopped writing: a reader of a topic that is still written
 * to may never see its end.
 *
 * **Processors.** A topic of four partitions of Influx lines of four fields, one a message, read
 * by one program, and by two: samples a second of processor time of all threads of all of them. A
 * first part, while they learn their machine code, is not counted. The median over the rounds.
 *
 * Whatever it waits for it waits for a bounded time, and then fails.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { Random } from '../../src/core/random.ts'
import { kafkaMissing } from '../../test/live/kafka/cluster.ts'
import { TestTopics } from '../../test/live/kafka/topics.ts'
import type { Written } from '../../test/live/kafka/topics.ts'
import { LiveProgram, forewarnCommand, freePort, pause } from '../../test/live/live-program.ts'
import { RedisServer, redisMissing } from '../../test/live/redis-server.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    series: { type: 'string', default: '10000' },
    turns: { type: 'string', default: '3' },
    messages: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '2' },
  },
})
const seriesEach = Number(flags.series)
const turns = Number(flags.turns)
const messageCount = Number(flags.messages)
const rounds = Number(flags.rounds)
/** Samples of each series before anything is handed over: its state is then near its largest. */
const learnedSamples = 40
const startMs = 1_700_000_000_000
/** How long anything may take, on a machine kept busy, before that is a fault. */
const stepMsMax = 180_000

const missing = (await kafkaMissing()) ?? redisMissing()
if (missing !== undefined) {
  process.stdout.write(flags.json === true ? JSON.stringify({ missing }) + '\n' : `${missing}\n`)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'forewarn-members-'))
const topics = await TestTopics.start()
const redis = await RedisServer.started()
const servers = topics.cluster.servers

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** What some work comes to; throws where that takes too long. */
async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`${what}: not within ${stepMsMax} ms`)),
    stepMsMax,
  )
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until so; throws where it does not come to that. */
async function until(what: string, so: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + stepMsMax
  while (!(await within(what, Promise.resolve(so())))) {
    if (Date.now() > endMs) throw new Error(`${what}: not within ${stepMsMax} ms`)
    await pause(100)
  }
}

const write = (topic: string, messages: readonly Written[]): Promise<void> =>
  within('writing', topics.write(topic, messages))

const stopped = async (members: readonly LiveProgram[]): Promise<void> => {
  await within('stopping', Promise.all(members.map((each) => each.ended('SIGTERM'))))
}

/** A member of a group that has the name of the topic it writes to; not started yet. */
async function member(input: string, output: string, detector: string): Promise<LiveProgram> {
  const brokers = `brokers: [${servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest`
  const write = `topic: ${output}, format: influx-scores, alarms: false, per_message: 500`
  const yaml = `sources: { in: { type: kafka, ${brokers}, ${read} } }
detectors: [{ match: '*', detector: ${detector}, probation: 20 }]
sinks:
  out: { type: kafka, ${brokers}, ${write}, delivery: { when_full: wait, batch_after: 20ms } }
store:
  type: redis
  scope: partition
  redis_url: ${redis.url}
  redis_prefix: ${output}
  folder: '${mkdtempSync(join(folder, 'state-'))}'
telemetry: { log_level: debug }
`
  const own = mkdtempSync(join(folder, 'member-'))
  return new LiveProgram(forewarnCommand(own, await freePort(), yaml))
}

/** What a member wrote to its log: when, and what. */
interface Line {
  readonly ms: number
  readonly msg: string
  readonly owners: number
  readonly tookMs: number
  readonly partition: string
}

function linesOf({ stderr }: LiveProgram): Line[] {
  return stderr
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => {
      const { time, msg, owners, tookMs, partition } = JSON.parse(text) as Line & { time: string }
      return { ms: Date.parse(time), msg, owners, tookMs, partition }
    })
}

/** A message of scores: when it was written, and the partitions they are of. */
interface ScoresMessage {
  readonly ms: number
  readonly partitions: ReadonlySet<number>
}

/** Scores since a moment in a topic to which nobody writes any more. */
async function written(output: string, sinceMs: number): Promise<ScoresMessage[]> {
  const args = `-C -b ${servers[0]} -t ${output} -o s@${sinceMs} -e -q`.split(' ')
  const { stdout } = await promisify(execFile)('kcat', [...args, '-f', '\\x02%T %s'], {
    maxBuffer: 512 * 1024 ** 2,
    timeout: stepMsMax,
    killSignal: 'SIGKILL',
  })
  return stdout
    .split('\u0002')
    .slice(1)
    .map((text) => ({
      ms: Number(text.slice(0, text.indexOf(' '))),
      partitions: new Set(Array.from(text.matchAll(/host=p(\d)/g), ([, name]) => Number(name))),
    }))
    .sort((a, b) => a.ms - b.ms)
}

/** A second of data for some of the series of both partitions, a hundred lines a message. */
function lines(first: number, count: number, timestampMs: number, random: Random) {
  return [0, 1].flatMap((partition) =>
    Array.from({ length: Math.ceil(count / 100) }, (_, message) => {
      const texts = Array.from({ length: Math.min(100, count - message * 100) }, (_, i) => {
        const host = `p${partition}-${(first + message * 100 + i) % seriesEach}`
        const value = (50 + 10 * random.uniform()).toFixed(3)
        return `cpu,host=${host} value=${value} ${timestampMs}000000`
      })
      return { value: texts.join('\n'), partition, timestampMs }
    }),
  )
}

interface HandOver {
  readonly wholeMs: number
  readonly saveMs: number
  readonly rejoinMs: number
  readonly loadMs: number
  readonly firstScoreMs: number
}

/** A partition that is to go from one member to another, since a moment. */
interface Turn {
  readonly sinceMs: number
  readonly from: LiveProgram
  readonly to: LiveProgram
}

const loadedIn = ({ to, sinceMs }: Turn): Line | undefined =>
  linesOf(to).find(({ msg, ms }) => msg === 'states loaded' && ms >= sinceMs)

/** What was found of a turn among all scores. */
function handOver(turn: Turn, scores: readonly ScoresMessage[]): HandOver {
  const loaded = loadedIn(turn)
  if (loaded === undefined) throw new Error('no states were loaded')
  const partition = Number(loaded.partition.slice(-1))
  const times = scores.filter(({ partitions }) => partitions.has(partition)).map(({ ms }) => ms)
  const next = times.findIndex((ms) => ms > loaded.ms)
  const [lastMs = NaN, firstMs = NaN] = [times[next - 1], times[next]]
  const askedMs = loaded.ms - loaded.tookMs
  const saved = linesOf(turn.from).findLast(
    ({ msg, ms, owners }) => msg === 'saved' && owners > 0 && ms <= askedMs,
  )
  const savedMs = saved?.ms ?? NaN
  return {
    wholeMs: firstMs - lastMs,
    saveMs: savedMs - lastMs,
    rejoinMs: askedMs - savedMs,
    loadMs: loaded.tookMs,
    firstScoreMs: firstMs - loaded.ms,
  }
}

async function handOvers(): Promise<{ leaving: HandOver[]; coming: HandOver[]; bytes: number }> {
  const input = await topics.add(2, 'in')
  const output = await topics.add(1, 'out')
  const random = new Random(1)
  const stays = await member(input, output, 'dasrs')
  await stays.ready()
  for (let second = 0; second < learnedSamples; second++) {
    await write(input, lines(0, seriesEach, startMs + second * 1000, random))
  }
  await until('learning', () => topics.isTaken(input, output))
  const goes = await member(input, output, 'dasrs')
  await goes.ready()
  await until('two members', async () => (await topics.members(output)) === 2)
  const flow = { ended: false }
  const flowing = (async () => {
    for (let i = 0; !flow.ended; i++) {
      const timestampMs = startMs + learnedSamples * 1000 + i * 100
      await write(input, lines((i * seriesEach) / 50, seriesEach / 50, timestampMs, random))
      await pause(100)
    }
  })()
  const [leavings, comings]: [Turn[], Turn[]] = [[], []]
  // Longer than a checkpoint is from the next.
  await pause(6_000)
  for (let turn = 0; turn < turns; turn++) {
    const leaving: Turn = { sinceMs: Date.now(), from: goes, to: stays }
    leavings.push(leaving)
    await stopped([goes])
    await until('a member leaves', () => loadedIn(leaving) !== undefined)
    await pause(6_000)
    const coming: Turn = { sinceMs: Date.now(), from: stays, to: goes }
    comings.push(coming)
    await goes.ready()
    await until('a member comes', () => loadedIn(coming) !== undefined)
    await pause(6_000)
  }
  flow.ended = true
  await flowing
  const keys = Number(redis.cli('dbsize'))
  const bytes = Number(/used_memory:(\d+)/.exec(redis.cli('info', 'memory'))?.[1]) / keys
  await stopped([stays, goes])
  // The last scores before the first turn may have come a while before it.
  const scores = await written(output, (leavings[0]?.sinceMs ?? Date.now()) - 5_000)
  const found = (all: readonly Turn[]): HandOver[] => all.map((turn) => handOver(turn, scores))
  return { leaving: found(leavings), coming: found(comings), bytes }
}

/** Lines of 500 hosts in turn, four fields each. */
async function fill(input: string, from: number, count: number, random: Random): Promise<void> {
  const share = (): string => (10 + 5 * random.uniform()).toFixed(3)
  for (let first = from; first < from + count; first += 5_000) {
    const messages = Array.from({ length: Math.min(5_000, from + count - first) }, (_, i) => {
      const host = `h${(first + i) % 500}`
      const fields = `usage_user=${share()},usage_system=${share()},usage_idle=${share()}`
      const ns = `${startMs / 1000 + Math.floor((first + i) / 500)}000000000`
      return { key: host, value: `cpu,host=${host} ${fields},usage_iowait=${share()} ${ns}` }
    })
    await write(input, messages)
  }
}

/** Samples a second of processor time of so many programs together. */
async function samplesPerCpuSecond(count: number): Promise<number> {
  const input = await topics.add(4, 'shared')
  const output = await topics.add(4, 'scored')
  const random = new Random(1)
  const members: LiveProgram[] = []
  while (members.length < count) members.push(await member(input, output, 'ema'))
  await Promise.all(members.map((each) => each.ready()))
  await until('all members', async () => (await topics.members(output)) === count)
  const cpuSeconds = (): number => members.reduce((sum, each) => sum + each.cpuSeconds(), 0)
  const warm = messageCount / 2
  await fill(input, 0, warm, random)
  await until('reading', () => topics.isTaken(input, output))
  const before = cpuSeconds()
  await fill(input, warm, messageCount, random)
  await until('reading', () => topics.isTaken(input, output))
  const took = cpuSeconds() - before
  await stopped(members)
  return (messageCount * 4) / took
}

const results: Record<string, unknown> = {}
try {
  if (flags.only !== 'processors') {
    process.stderr.write('members: hand-over\n')
    const { leaving, coming, bytes } = await handOvers()
    const middle = (all: readonly HandOver[]): HandOver => ({
      wholeMs: median(all.map(({ wholeMs }) => wholeMs)),
      saveMs: median(all.map(({ saveMs }) => saveMs)),
      rejoinMs: median(all.map(({ rejoinMs }) => rejoinMs)),
      loadMs: median(all.map(({ loadMs }) => loadMs)),
      firstScoreMs: median(all.map(({ firstScoreMs }) => firstScoreMs)),
    })
    results['handOver'] = { leaving, coming, bytes }
    if (flags.json !== true) {
      const head = `hand-over, ${seriesEach} series of ${Math.round(bytes)} bytes in Redis`
      const columns = ['whole', 'save', 'rejoin', 'load', 'first score']
      const row = (name: string, cells: readonly string[]): string =>
        `${name.padEnd(52)}${cells.map((cell) => cell.padStart(12)).join('')}\n`
      process.stdout.write(row(head, columns))
      for (const [name, all] of [
        ['a member leaves', leaving],
        ['a member comes', coming],
      ] as const) {
        const cells = Object.values(middle(all)).map((ms: number) => `${Math.round(ms)} ms`)
        process.stdout.write(row(`${name}, median of ${turns}`, cells))
      }
    }
  }
  if (flags.only !== 'hand-over') {
    const rates: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      process.stderr.write(`members: processors, round ${round + 1} of ${rounds}\n`)
      rates[0].push(await samplesPerCpuSecond(1))
      rates[1].push(await samplesPerCpuSecond(2))
    }
    const [one, two] = rates.map(median) as [number, number]
    results['processors'] = { one, two, ratio: two / one }
    if (flags.json !== true) {
      const text = (rate: number): string => `${(rate / 1000).toFixed(0)} k`.padStart(8)
      process.stdout.write('samples a second of processor time, of all threads\n')
      process.stdout.write(`one program ${text(one)}\ntwo programs${text(two)}`)
      process.stdout.write(`${(two / one).toFixed(2).padStart(7)} ×\n`)
    }
  }
} finally {
  await within('ending', Promise.all([topics.stop(), redis.stop()]))
  rmSync(folder, { recursive: true, force: true })
}
if (flags.json === true) process.stdout.write(JSON.stringify(results) + '\n')
process.exit(0)
