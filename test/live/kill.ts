/**
 * The real program, fed over HTTP and Carbon, killed with SIGKILL at random moments and started
 * again, until everything was answered. What it wrote must be what an undisturbed run writes.
 *
 *   npm run test:kill -- [--kills 100] [--seed 1] [--requests 400]
 *
 * The HTTP sender sends one request at a time and sends it again until it is answered with 204, as
 * real senders do; so every sample was answered for exactly once, and its report must be there with
 * the same score. Reports are compared by what they say, without positions (a request that was
 * logged but not answered is in the log twice) and without rejections of what came twice. Carbon
 * has no answers: what is under way at a kill may be lost, but nothing may be scored twice.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/random.ts'

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    requests: { type: 'string', default: '400' },
  },
})
const kills = Number(flags.kills)
const requests = Number(flags.requests)
const random = new Random(Number(flags.seed))

/** One sample a second of each of five series, from this time on. */
const startS = 1_700_000_000

/** The lines of one request: three seconds, a spike now and then. */
function linesOf(request: number): string {
  const noise = new Random(request + 1)
  const lines: string[] = []
  for (let second = 0; second < 3; second++) {
    for (let series = 0; series < 5; series++) {
      const spike = noise.uniform() < 0.01 ? 60 : 0
      const value = 40 + noise.gaussian(0, 2) + spike
      lines.push(`load,host=h${series} value=${value} ${startS + request * 3 + second}`)
    }
  }
  return lines.join('\n') + '\n'
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One program at work in a folder; started again as often as it is killed. */
class Program {
  readonly folder: string
  readonly port: number
  #child: ChildProcess | undefined

  constructor(folder: string, port: number) {
    this.folder = folder
    this.port = port
    writeFileSync(
      join(folder, 'forewarn.yaml'),
      `sources:
  http: { type: http, codec: influx }
  carbon: { type: carbon, listen: '127.0.0.1:${port + 1}' }
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks: { file: { type: file, path: '${join(folder, 'out.jsonl')}' } }
server: { listen: '127.0.0.1:${port}' }
store: { folder: '${join(folder, 'state')}', checkpoint_every: 200ms }
telemetry: { log_level: error }
`,
    )
  }

  start(): void {
    const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
    const config = join(this.folder, 'forewarn.yaml')
    const stdio = ['ignore', 'ignore', 'inherit'] as const
    const child = spawn(process.execPath, [main, 'run', '-c', config], { stdio: [...stdio] })
    child.on('exit', (code) => {
      if (code === null || code === 143) return
      process.stdout.write(`the program ended by itself with ${code}\n`)
      process.exit(1)
    })
    this.#child = child
  }

  async ended(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child as ChildProcess
    const end = new Promise((resolve) => child.on('exit', resolve))
    child.kill(signal)
    await end
  }

  /** Sends until it is answered; the program may be down meanwhile. */
  async send(body: string): Promise<void> {
    const url = `http://127.0.0.1:${this.port}/api/v2/write?precision=s`
    for (;;) {
      const answer = await fetch(url, { method: 'POST', body }).catch(() => undefined)
      await answer?.arrayBuffer().catch(() => undefined)
      if (answer?.status === 204 || answer?.status === 400) return
      await pause(20)
    }
  }

  /** Sends one line of Carbon and hopes. */
  carbon(line: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(this.port + 1, '127.0.0.1', () => socket.end(line))
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  }

  /** What it wrote: each report's words by what it is about. */
  written(): { contents: Map<string, string>; twice: string[] } {
    const contents = new Map<string, string>()
    const twice: string[] = []
    const text = readFileSync(join(this.folder, 'out.jsonl'), 'utf8')
    for (const line of text.trimEnd().split('\n')) {
      const { id: _id, ...report } = JSON.parse(line)
      if (report.kind === 'rejection') continue
      const about = `${report.kind} ${report.series} ${report.timestamp} ${report.state ?? ''}`
      const words = JSON.stringify(report)
      if (contents.has(about) && contents.get(about) !== words) twice.push(about)
      contents.set(about, words)
    }
    return { contents, twice }
  }
}

/** One whole run; kills it as often as told, spread over the requests. */
async function run(port: number, killCount: number): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-kill-'))
  const program = new Program(folder, port)
  program.start()
  let left = killCount
  const killer = async (): Promise<void> => {
    while (left > 0) {
      await pause(300 + random.below(1500))
      if (left <= 0) return
      await program.ended('SIGKILL')
      left--
      program.start()
    }
  }
  const killing = killer()
  const pauseMs = killCount === 0 ? 0 : (killCount * 1400) / requests
  for (let request = 0; request < requests; request++) {
    await program.send(linesOf(request))
    await program.carbon(`carbon.load ${request} ${startS + request}\n`)
    await pause(pauseMs)
  }
  await killing
  await program.send(linesOf(requests))
  await pause(1000)
  await program.ended('SIGTERM')
  return program
}

/** Differences between what the two runs wrote; empty where there is none. */
function differences(got: Program, wanted: Program): string[] {
  const { contents, twice } = got.written()
  const faults = twice.map((about) => `scored twice: ${about}`)
  for (const [about, words] of wanted.written().contents) {
    if (about.includes('carbon.load')) continue
    const other = contents.get(about)
    if (other === undefined) faults.push(`missing: ${about}`)
    else if (other !== words) faults.push(`differs: ${about}\n  ${other}\n  ${words}`)
    contents.delete(about)
  }
  for (const about of contents.keys()) {
    if (!about.includes('carbon.load')) faults.push(`too much: ${about}`)
  }
  return faults
}

const port = 21_000 + (process.pid % 2_000) * 4
const calm = await run(port, 0)
const killed = await run(port + 2, kills)
const faults = differences(killed, calm)
const count = calm.written().contents.size
for (const fault of faults.slice(0, 10)) process.stdout.write(fault + '\n')
process.stdout.write(
  `${kills} kills, ${count} reports: ${faults.length} differ from the undisturbed run\n`,
)
for (const { folder } of [calm, killed]) {
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true })
}
process.exitCode = faults.length > 0 || count < requests * 15 ? 1 : 0
