/**
 * A real program for live tests and benches: a process of its own with a folder of its own, started
 * as often as it is needed, asked over HTTP and measured through /proc.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { programEnvironment } from '../program-environment.ts'
import { owned } from './own-children.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'src', 'cli', 'main.ts')

/** Clock ticks a second in /proc/PID/stat: USER_HZ, 100 wherever Node.js runs on Linux. */
const ticksPerSecond = 100

/** How long a program may take until it answers, on a machine kept busy, before that is a fault. */
const startMsMax = 180_000

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** How a process is started, and where it answers once it is ready. */
export interface LiveCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  /** Asked until it answers 2xx. */
  readonly readyPath: string
  /** Variables over those of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Forewarn from this checkout, with a configuration that is written into the folder. */
export function forewarnCommand(
  folder: string,
  port: number,
  yaml: string,
  nodeFlags: readonly string[] = [],
): LiveCommand {
  const file = join(folder, 'forewarn.yaml')
  writeFileSync(file, yaml + `server: { listen: '127.0.0.1:${port}' }\n`)
  const args = [...nodeFlags, main, 'run', '-c', file]
  return { command: process.execPath, args, port, readyPath: '/readyz' }
}

/** Forewarn with a file of `examples`, its state in the folder, and values over the file's. */
export function exampleCommand(
  folder: string,
  port: number,
  example: string,
  sets: readonly string[],
): LiveCommand {
  const own = [`server.listen=127.0.0.1:${port}`, `store.folder=${folder}`]
  const flags = [...own, ...sets].flatMap((set) => ['--set', set])
  const args = [main, 'run', '-c', join(root, 'examples', example), ...flags]
  return { command: process.execPath, args, port, readyPath: '/readyz' }
}

/** See the head of the file. */
export class LiveProgram {
  readonly #how: LiveCommand
  /** All that it wrote to stderr, over all its starts. */
  stderr = ''
  #child: ChildProcess | undefined
  #code: number | null = null

  constructor(how: LiveCommand) {
    this.#how = how
  }

  get pid(): number {
    return (this.#child as ChildProcess).pid as number
  }

  /** True while the process has not ended. */
  get running(): boolean {
    return this.#child !== undefined
  }

  start(): void {
    const { command, args, environment } = this.#how
    const child = spawn(command, args, {
      env: { ...process.env, ...programEnvironment, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    owned(child)
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    child.on('exit', (code) => {
      this.#code = code
      if (this.#child === child) this.#child = undefined
    })
    this.#child = child
  }

  /** Starts it, and resolves once it is ready. */
  async ready(): Promise<this> {
    this.start()
    const endMs = Date.now() + startMsMax
    while (!(await this.answers(this.#how.readyPath))) {
      if (!this.running) throw new Error(`it ended with ${this.#code}:\n${this.stderr}`)
      if (Date.now() > endMs) throw new Error(`it is not ready:\n${this.stderr}`)
      await pause(20)
    }
    return this
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name)
  }

  /** Sends a signal and waits for the end; the exit code, null where the signal ended it. */
  async ended(name: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return this.#code
    const end = new Promise((resolve) => child.once('close', resolve))
    child.kill(name)
    await end
    return this.#code
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#how.port}${path}`
  }

  async answers(path: string): Promise<boolean> {
    const answer = await fetch(this.url(path)).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => undefined)
    return answer?.ok === true
  }

  async json(path: string): Promise<unknown> {
    const answer = await fetch(this.url(path))
    return answer.json()
  }

  /** Sum of a metric over those of its label sets that hold `labels`; 0 where it is missing. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(this.url('/metrics'))).text()
    let sum = 0
    for (const line of text.split('\n')) {
      const [head = '', value] = line.split(' ')
      if (head.split('{')[0] === name && head.includes(labels)) sum += Number(value)
    }
    return sum
  }

  /** CPU seconds of all its threads since its start. */
  cpuSeconds(): number {
    // The command's name stands in brackets and may hold spaces: fields are counted behind it.
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }

  /** Resident memory. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  }
}
