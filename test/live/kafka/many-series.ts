/**
 * A topic with very many series: two members share it, one is killed with -9 in the middle and
 * started again. What they wrote together, each report once, is compared with what one program
 * alone writes of the same records, bit for bit.
 *
 *   npm run test:kafka-series [-- --series 200000 --samples 12]
 *
 * Each message is an Influx line of one host with four fields, under the host as its key. A wave is
 * one line of every host; the next is written once the one before the last is taken for good. Every
 * 500th host leaves its usual values for two waves. The reports are more than fits into one text,
 * so they are read line by line, and kept as digests. Ends with 1 where reports are lost, doubled
 * or others, and prints what the programs took: memory, loads of states, checkpoints.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Random } from '../../../src/core/random.ts'
import { LiveProgram, forewarnCommand, freePort, pause } from '../live-program.ts'
import { owned } from '../own-children.ts'
import type { TestTopics, Written } from './topics.ts'
import { Servers } from './working-group.ts'

const { values: flags } = parseArgs({
  options: {
    series: { type: 'string', default: '200000' },
    samples: { type: 'string', default: '12' },
  },
})
const fields = ['usage_user', 'usage_system', 'usage_idle', 'usage_iowait'] as const
const hosts = Number(flags.series) / fields.length
const waves = Number(flags.samples)
if (!Number.isInteger(hosts) || hosts < 1) throw new Error('--series must be a multiple of 4')
if (!Number.isInteger(waves) || waves < 8) throw new Error('--samples must be 8 or more')

const startMs = 1_700_000_000_000
/** Telegraf's own interval. */
const waveMs = 10_000
/** The first two waves in which some hosts are unusual: the member is killed in the first. */
const unusual = Math.ceil(waves * 0.6)
const unusualEvery = 500
const probation = unusual - 2
const partitions = 4
/** How long nothing more may be taken before that is a fault. */
const patienceMs = 180_000
/** Messages handed to the producer at once. */
const writtenAtOnce = 5_000

/** One line of each host. */
function* wave(number: number): Generator<Written[]> {
  const random = new Random(number + 1)
  const timestampMs = startMs + number * waveMs
  let messages: Written[] = []
  for (let host = 0; host < hosts; host++) {
    const off = host % unusualEvery === 0 && (number === unusual || number === unusual + 1)
    const texts = fields.map((field, i) => {
      const value = random.gaussian(50, 2) + (off && i === 0 ? 500 : 0)
      return `${field}=${value.toFixed(3)}`
    })
    const value = `cpu,host=h${host} ${texts.join(',')} ${timestampMs}000000`
    messages.push({ key: `h${host}`, value, timestampMs })
    if (messages.length === writtenAtOnce) {
      yield messages
      messages = []
    }
  }
  yield messages
}

/** A program of the group that has the name of its output; not started yet. */
async function member({ topics, way, folder }: Servers, input: string, output: string) {
  const brokers = `brokers: [${topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 6s`
  // Without ticks by the clock, which do not come at the same place twice.
  const yaml = `sources: { in: { type: kafka, ${brokers}, ${read}, keyed: true, idle_after: 1h } }
detectors: [{ match: '*', detector: ema, probation: ${probation}, alarm: { keep_firing: 15s } }]
sinks:
  out:
    type: kafka
    ${brokers}
    topic: ${output}
    per_message: 500
    delivery: { when_full: wait }
store:
  type: redis
  scope: partition
  redis_url: redis://127.0.0.1:${way.port}
  redis_prefix: ${output}
  folder: '${mkdtempSync(join(folder, 'state-'))}'
  checkpoint_every: 2s
telemetry: { log_level: debug }
`
  const own = mkdtempSync(join(folder, 'member-'))
  return new LiveProgram(forewarnCommand(own, await freePort(), yaml))
}

/** Records of the input that a group has taken for good. */
async function taken({ admin }: TestTopics, group: string): Promise<number> {
  const [committed] = await admin.listConsumerGroupOffsets({ groups: [group] })
  const places = (committed?.topics ?? []).flatMap((topic) => topic.partitions)
  return places.reduce((sum, { committedOffset }) => sum + Math.max(0, Number(committedOffset)), 0)
}

/** Waits until a group has taken so many records, as long as it goes on. */
async function hasTaken(topics: TestTopics, group: string, records: number): Promise<void> {
  let [before, sinceMs] = [-1, Date.now()]
  for (;;) {
    const now = await taken(topics, group)
    if (now >= records) return
    if (now !== before) [before, sinceMs] = [now, Date.now()]
    if (Date.now() - sinceMs > patienceMs) {
      throw new Error(`for ${patienceMs} ms ${now} of ${records} records are taken`)
    }
    await pause(300)
  }
}

/** What was read of a topic of reports. */
interface Reports {
  /** Head of the digest of each report, by its id. */
  readonly byId: ReadonlyMap<bigint, number>
  /** Lines, those that came again among them. */
  readonly lines: number
  readonly scores: number
  readonly alarms: number
  /** Of all digests, in whatever order the reports came. */
  readonly digest: string
}

/** Reads it line by line. Throws where a report that came twice did not say the same. */
async function reportsOf(topics: TestTopics, topic: string): Promise<Reports> {
  const args = `-C -b ${topics.cluster.servers[0]} -t ${topic} -o beginning -e -q`.split(' ')
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const kcat = spawn('kcat', [...args, '-f', '%s\\n'], { stdio })
  owned(kcat)
  const end = new Promise<number | null>((resolve) => kcat.once('close', resolve))
  const byId = new Map<bigint, number>()
  const [sum, count] = [Buffer.alloc(32), { lines: 0, score: 0, alarm: 0 }]
  for await (const line of createInterface({ input: kcat.stdout })) {
    if (line === '') continue
    count.lines++
    const id = /"id":"([0-9a-f]{16})"/.exec(line)?.[1]
    if (id === undefined) throw new Error(`a report without an id: ${line}`)
    const digest = createHash('sha256').update(line).digest()
    const head = digest.readUIntBE(0, 6)
    const before = byId.get(BigInt(`0x${id}`))
    if (before !== undefined && before !== head) throw new Error(`not the same twice: ${line}`)
    if (before !== undefined) continue
    byId.set(BigInt(`0x${id}`), head)
    const kind = /"kind":"(score|alarm)"/.exec(line)?.[1] as 'score' | 'alarm' | undefined
    if (kind === undefined) throw new Error(`neither score nor alarm: ${line}`)
    count[kind]++
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) ^ (digest[i] as number)
  }
  if ((await end) !== 0) throw new Error(`kcat could not read ${topic}`)
  const { lines, score: scores, alarm: alarms } = count
  return { byId, lines, scores, alarms, digest: sum.toString('hex') }
}

/** How many reports are there that the other has not, or has otherwise. */
function notIn(one: Reports, other: Reports): number {
  let count = 0
  for (const [id, head] of one.byId) if (other.byId.get(id) !== head) count++
  return count
}

const print = (text: string): boolean => process.stdout.write(`${text}\n`)

/** What a log says of loads or checkpoints of any states, the longest first. */
function logged(log: string, message: string): { count: number; tookMs: number }[] {
  const lines = log.split('\n').filter((line) => line.includes(`"msg":"${message}"`))
  return lines
    .map((line) => JSON.parse(line) as { series?: number; owners?: number; tookMs: number })
    .map(({ series, owners, tookMs }) => ({ count: series ?? owners ?? 0, tookMs }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.tookMs - a.tookMs)
}

/** Prints what a program that still runs has taken since its start; `log`: its own since then. */
async function printCosts(name: string, program: LiveProgram, log = program.stderr) {
  const status = readFileSync(`/proc/${program.pid}/status`, 'utf8')
  const peakMiB = Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
  const nowMiB = Math.round(program.residentBytes() / 1024 ** 2)
  const series = await program.metric('forewarn_series')
  print(`${name}: ${series} series, memory ${nowMiB} MiB, at most ${peakMiB} MiB`)
  for (const [what, metric, message] of [
    ['loads', 'forewarn_state_load_duration_seconds', 'states loaded'],
    ['checkpoints', 'forewarn_checkpoint_duration_seconds', 'saved'],
  ] as const) {
    const count = await program.metric(`${metric}_count`)
    const mean = ((await program.metric(`${metric}_sum`)) / Math.max(1, count)).toFixed(2)
    const longest = logged(log, message)[0]
    const most = longest && `, longest ${longest.tookMs} ms of ${longest.count} states`
    print(`  ${what} since its start: ${count}, mean ${mean} s${most ?? ''}`)
  }
  const refused = await program.metric('forewarn_rejections_total')
  if (refused > 0) throw new Error(`${name} refused ${refused} samples`)
}

async function survived(servers: Servers, programs: LiveProgram[]): Promise<boolean> {
  const { topics } = servers
  const input = await topics.add(partitions, 'in')
  const [output, alone] = [await topics.add(2, 'out'), await topics.add(2, 'alone')]
  const began = Date.now()
  const said = (text: string): boolean =>
    print(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`)

  const [first, second] = [
    await member(servers, input, output),
    await member(servers, input, output),
  ]
  programs.push(first, second)
  await Promise.all([first.ready(), second.ready()])
  const random = new Random(waves)
  let killed: Promise<void> | undefined
  let logBefore = 0
  for (let number = 0; number < waves; number++) {
    await hasTaken(topics, output, hosts * (number - 1))
    if (number === unusual) {
      killed = (async () => {
        await pause(500 + random.below(2000))
        said(`kill -9 at ${await taken(topics, output)} records taken`)
        await printCosts('the member that is killed', second)
        await second.ended('SIGKILL')
        logBefore = second.stderr.length
        await pause(1000)
        await second.ready()
        said('it is ready again')
      })()
      // It is thrown below.
      killed.catch(() => {})
    }
    for (const messages of wave(number)) await topics.write(input, messages)
    said(`wave ${number + 1} of ${waves} is written`)
  }
  await killed
  await hasTaken(topics, output, hosts * waves)
  said('all is taken by the group')
  await printCosts('the member that stayed', first)
  const logAfter = second.stderr.slice(logBefore)
  await printCosts('the member that was killed', second, logAfter)
  const loads = [first.stderr, logAfter].flatMap((log) => logged(log, 'states loaded'))
  if (loads.length === 0) throw new Error('nobody has loaded what the killed member held')
  await Promise.all([first.ended('SIGTERM'), second.ended('SIGTERM')])

  const single = await member(servers, input, alone)
  programs.push(single)
  await single.ready()
  await hasTaken(topics, alone, hosts * waves)
  said('all is taken by one program alone')
  await printCosts('the program alone', single)
  await single.ended('SIGTERM')

  const [group, wanted] = [await reportsOf(topics, output), await reportsOf(topics, alone)]
  said('both are read')
  for (const [name, { lines, byId, scores, alarms, digest }] of [
    ['the group', group],
    ['one alone', wanted],
  ] as const) {
    print(`${name}: ${lines} lines, ${byId.size} reports (${scores} scores, ${alarms} of alarms)`)
    print(`  ${digest}`)
  }
  const samples = hosts * fields.length * waves
  const [more, less] = [notIn(group, wanted), notIn(wanted, group)]
  const same = more === 0 && less === 0 && group.digest === wanted.digest
  const whole = wanted.scores === samples && wanted.alarms >= hosts / unusualEvery
  print(
    same && whole
      ? `${wanted.byId.size} reports, every one as undisturbed`
      : `${less} reports missing or others, ${more} not expected, of ${samples} samples`,
  )
  return same && whole
}

const servers = await Servers.start()
const programs: LiveProgram[] = []
try {
  if (!(await survived(servers, programs))) process.exitCode = 1
} catch (error) {
  for (const { stderr } of programs) process.stderr.write(`${stderr.slice(-3000)}\n`)
  throw error
} finally {
  for (const program of programs) if (program.running) await program.ended('SIGKILL')
  await servers.stop()
}
process.exit()
