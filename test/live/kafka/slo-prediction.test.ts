/**
 * examples/slo-prediction.yaml on a real Kafka: a simulated shop is played into the topics `stats`
 * and `responsetime`; the topic `aggregate` holds what the SLO prediction's aggregator would have
 * written, to the byte, and the topic `warnings` what was told and what became of it.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { keptIo } from '../../command-io.ts'
import { evaluateCommand } from '../../../src/cli/evaluate.ts'
import { testbedCommand } from '../../../src/cli/testbed.ts'
import { LiveProgram, freePort } from '../live-program.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()
const root = join(import.meta.dirname, '..', '..', '..')
const minutes = 20
const limitMs = 100

/** What is read of a report of the kind `warning`. */
interface WarningLine {
  readonly kind: string
  readonly state: string
  readonly lead_s?: number
}

/** The seed's aggregator, by what it is described to do, over the files that were played. */
function aggregated(folder: string): string[] {
  const requests = new Map<string, number[]>()
  for (const line of linesOf(folder, 'responsetime')) {
    const [millis = '', epoch = ''] = line.split(',')
    requests.set(epoch, [...(requests.get(epoch) ?? []), Number(millis)])
  }
  return linesOf(folder, 'stats').map((line) => {
    const [epoch = '', cpu, mem] = line.split(',')
    const millis = requests.get(epoch) ?? []
    const summation = millis.reduce((sum, each) => sum + each, 0)
    const violations = millis.filter((each) => each >= limitMs).length
    const mean = Math.floor(summation / millis.length)
    const counts = `{"count": ${millis.length}, "mem": ${mem}, "max": ${Math.max(...millis)}, `
    const sums = `"timestamp": ${epoch}, "summation": ${summation}, "violations": ${violations}, `
    return `${counts}${sums}"cpu": ${cpu}, "mean": ${mean}}`
  })
}

function linesOf(folder: string, name: string): string[] {
  return readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
}

describe.skipIf(missing !== undefined)(`the SLO prediction's example ${missing ?? ''}`, () => {
  let topics: TestTopics
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-slo-'))
  let program: LiveProgram | undefined
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(async () => {
    if (program?.running === true) await program.ended('SIGKILL')
    await topics?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('joins two topics as the aggregator did, and warns before a breach', async () => {
    const shop = join(folder, 'shop')
    const plan = ['--minutes', String(minutes), '--seed', '5', '--faults', 'gradual']
    expect(await testbedCommand(['simulate', ...plan, '--out', shop], keptIo())).toBe(0)
    for (const topic of ['stats', 'responsetime', 'aggregate', 'warnings']) {
      await topics.admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
    }
    const servers = topics.cluster.servers.join(',')
    const port = await freePort()
    const early = ['stats', 'responsetime'].map((name) => `sources.${name}.start=earliest`)
    const own = [`server.listen=127.0.0.1:${port}`, `store.folder=${join(folder, 'state')}`]
    const sets = [...own, ...early]
    const flags = sets.flatMap((each) => ['--set', each])
    const example = join(root, 'examples', 'slo-prediction.yaml')
    const run = [join(root, 'src', 'cli', 'main.ts'), 'run', '-c', example, ...flags]
    const env = [`KAFKA=${servers}`, `LIMIT_MS=${limitMs}`, process.execPath]
    program = new LiveProgram({
      command: 'env',
      args: [...env, ...run],
      port,
      readyPath: '/readyz',
    })
    onTestFailed(() => void process.stderr.write(program?.stderr.slice(-4000) ?? ''))
    await program.ready()
    const play = ['play', shop, '--brokers', servers, '--speed', '100000']
    expect(await testbedCommand(play, keptIo())).toBe(0)
    // The last seconds wait for their lateness, which nothing brings on: six windows stay open.
    const wanted = aggregated(shop)
    await expect
      .poll(async () => (await topics.read('aggregate')).length, { timeout: 90_000, interval: 300 })
      .toBeGreaterThanOrEqual(wanted.length - 6)
    expect(await program.ended('SIGTERM')).toBe(143)
    const written = (await topics.read('aggregate')).map(({ value }) => value)
    expect(written).toEqual(wanted.slice(0, written.length))
    // The topic is judged as a file of the same lines is.
    const judged = async (path: string): Promise<string> => {
      const io = keptIo()
      expect(await evaluateCommand([path, '--limit', String(limitMs)], io)).toBe(0)
      return io.out()
    }
    const file = join(folder, 'aggregate.jsonl')
    writeFileSync(file, written.join('\n') + '\n')
    const topic = await judged(`kafka://${servers}/aggregate`)
    expect(topic).toMatch(/^forewarn +[1-9]/m)
    expect(topic).toBe(await judged(file))
    const warnings = (await topics.lines('warnings'))
      .map((line) => JSON.parse(line) as WarningLine)
      .filter(({ kind }) => kind === 'warning')
    const states = new Set(warnings.map(({ state }) => state))
    expect(states).toContain('told')
    expect(states).toContain('true')
  }, 240_000)
})
