/**
 * The real program between two topics of a real broker, killed with SIGKILL at random moments while
 * data flows. What it wrote, each report once, must be what an undisturbed run of the same records
 * writes, bit for bit, ids and positions included.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { Random } from '../../../src/core/random.ts'
import { LiveProgram, forewarnCommand, freePort, pause } from '../live-program.ts'
import { kafkaMissing } from './cluster.ts'
import { samplesASecond, second } from './load.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()

const seconds = 40
const kills = 3

let topics: TestTopics

interface Run {
  readonly program: LiveProgram
  readonly output: string
  readonly folder: string
}

/** A program from `input` to a topic of its own. */
async function program(input: string): Promise<Run> {
  const output = await topics.add(2, 'out')
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-kafka-kill-'))
  const brokers = `[${topics.cluster.servers.join(', ')}]`
  const read = `topics: [${input}], group: ${output}, start: earliest, session_timeout: 3s`
  const write = `topic: ${output}, per_message: 20, delivery: { when_full: wait }`
  const yaml = `sources:
  in: { type: kafka, brokers: ${brokers}, ${read} }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  out: { type: kafka, brokers: ${brokers}, ${write} }
store: { folder: '${join(folder, 'state')}', checkpoint_every: 200ms }
telemetry: { log_level: info }
`
  const made = new LiveProgram(forewarnCommand(folder, await freePort(), yaml))
  return { program: made, output, folder }
}

/** Reports by id; a report that came twice must have said the same. */
async function reports(output: string): Promise<Map<string, string>> {
  const byId = new Map<string, string>()
  for (const line of await topics.lines(output)) {
    const { id } = JSON.parse(line) as { id: string }
    if (byId.has(id)) expect(byId.get(id)).toBe(line)
    byId.set(id, line)
  }
  return byId
}

const total = samplesASecond * seconds

describe.skipIf(missing !== undefined)(`killed between topics ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(() => topics?.stop())

  test(
    `${kills} times: nothing lost, nothing twice, nothing else`,
    { timeout: 300_000 },
    async () => {
      const random = new Random(1)
      const input = await topics.add(4, 'in')
      const killed = await program(input)
      onTestFailed(() => void process.stderr.write(killed.program.stderr.slice(-5000)))
      await killed.program.ready()
      const killing = (async () => {
        for (let i = 0; i < kills; i++) {
          await pause(500 + random.below(2500))
          await killed.program.ended('SIGKILL')
          killed.program.start()
        }
      })()
      for (let i = 0; i < seconds; i++) {
        await topics.write(input, second(i))
        await pause(160)
      }
      await killing
      const scores = async (run: Run): Promise<number> => {
        const all = await reports(run.output)
        return [...all.values()].filter((line) => line.includes('"kind":"score"')).length
      }
      await expect.poll(() => scores(killed), { timeout: 120_000, interval: 1000 }).toBe(total)
      const calm = await program(input)
      onTestFailed(() => void process.stderr.write(calm.program.stderr.slice(-5000)))
      await calm.program.ready()
      await expect.poll(() => scores(calm), { timeout: 30_000, interval: 1000 }).toBe(total)
      expect(await killed.program.ended('SIGTERM')).toBe(143)
      expect(await calm.program.ended('SIGTERM')).toBe(143)
      const got = await reports(killed.output)
      const wanted = await reports(calm.output)
      const idle = (line: string): boolean => line.includes('no samples any more')
      const said = (all: Map<string, string>): string[] =>
        [...all.values()].filter((line) => !idle(line)).toSorted()
      expect(said(got)).toEqual(said(wanted))
      for (const { folder } of [killed, calm]) rmSync(folder, { recursive: true, force: true })
    },
  )
})
