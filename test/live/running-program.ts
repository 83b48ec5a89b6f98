/** The real program in a process of its own, in a folder of its own, started as often as wanted. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './redis-server.ts'

const root = join(import.meta.dirname, '..', '..')

/** How it is started. */
export interface ProgramStart {
  /** The configuration, a path from the root of the repository or a whole one. */
  readonly config: string
  readonly environment?: Readonly<Record<string, string>>
  /** Values over those of the file, as `--set` takes them. */
  readonly sets?: readonly string[]
}

/** See the head of the file. Its state and whatever it writes are gone after `dispose`. */
export class RunningProgram {
  readonly port: number
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-live-'))
  readonly #start: ProgramStart
  #child: ChildProcess | undefined
  #said = ''

  private constructor(port: number, start: ProgramStart) {
    this.port = port
    this.#start = start
  }

  /** Started and listening. */
  static async started(start: ProgramStart): Promise<RunningProgram> {
    const program = new RunningProgram(await freePort(), start)
    await program.start()
    return program
  }

  /** What it wrote on its standard streams since the last start. */
  get said(): string {
    return this.#said
  }

  async start(): Promise<void> {
    const { config, environment, sets = [] } = this.#start
    const own = [`server.listen=127.0.0.1:${this.port}`, `store.folder=${this.folder}/state`]
    const flags = [...own, ...sets].flatMap((set) => ['--set', set])
    const main = join(root, 'src', 'cli', 'main.ts')
    const child = spawn(process.execPath, [main, 'run', '-c', join(root, config), ...flags], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#said = ''
    child.stdout.on('data', (chunk) => (this.#said += String(chunk)))
    child.stderr.on('data', (chunk) => (this.#said += String(chunk)))
    for (let tries = 0; tries < 400; tries++) {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${this.#said}`)
      const answer = await this.ask('/healthz').catch(() => undefined)
      if (answer?.ok === true) return
      await pause(50)
    }
    throw new Error(`does not listen: ${this.#said}`)
  }

  ask(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`)
  }

  /** The value of a metric by its name and labels; 0 where there is none. */
  async metric(name: string): Promise<number> {
    const lines = (await (await this.ask('/metrics')).text()).split('\n')
    return Number(lines.find((line) => line.startsWith(name + ' '))?.slice(name.length) ?? 0)
  }

  /** How many samples a series has learned, its probation at most. Needs a dashboard sink. */
  async learned(key: string): Promise<number> {
    const answer = (await (await this.ask('/api/v1/series')).json()) as {
      series: { key: string; learnedSamples: number }[]
    }
    return answer.series.find((each) => each.key === key)?.learnedSamples ?? 0
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
