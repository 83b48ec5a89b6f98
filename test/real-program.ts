/**
 * The real program as a process of its own, for tests of what only a process can show: signals,
 * kills, restarts. It listens on a port of the system's choice and is spoken to over HTTP.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { programEnvironment } from './program-environment.ts'

const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')

/** How a process ended: its code, or the signal that ended it. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One process at work. */
export class RunningProgram {
  readonly address: string
  readonly ended: Promise<ProgramEnd>
  readonly #child: ChildProcess
  readonly #said: () => string

  constructor(child: ChildProcess, ended: Promise<ProgramEnd>, said: () => string) {
    this.#child = child
    this.ended = ended
    this.#said = said
    this.address = /page and API at (\S+)/.exec(said())?.[1] ?? ''
  }

  /** What it wrote to stderr so far. */
  get said(): string {
    return this.#said()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.#child.kill(signal)
    return this.ended
  }

  /** One request to it; a path and what fetch takes. */
  ask(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.address + path, init)
  }

  /** Sends lines in Influx's protocol with seconds; the status of the answer. */
  async write(lines: string): Promise<number> {
    const path = '/api/v2/write?precision=s'
    const answer = await this.ask(path, { method: 'POST', body: lines })
    await answer.arrayBuffer()
    return answer.status
  }
}

/**
 * Starts the program with a configuration in a folder; resolves once it listens. What is left of it
 * is killed with the end of the test.
 */
export function startedProgram(folder: string, config: string): Promise<RunningProgram> {
  const file = join(folder, 'forewarn.yaml')
  writeFileSync(file, config)
  const child = spawn(process.execPath, [main, 'run', '-c', file], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...programEnvironment, NO_COLOR: '1' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const before = said
      said += text
      if (!/page and API at \S+\n/.test(said) || /page and API at \S+\n/.test(before)) return
      resolve(new RunningProgram(child, ended, () => said))
    })
    void ended.then(({ code }) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
}

/** The reports that a file sink has written; one that is sent again has its id again. */
export function writtenReports(path: string): Record<string, unknown>[] {
  if (!existsSync(path)) return []
  const byId = new Map<unknown, Record<string, unknown>>()
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const { id, ...report } = JSON.parse(line) as Record<string, unknown>
    if (!byId.has(id)) byId.set(id, report)
  }
  return [...byId.values()]
}

/** Asks until the answer is what is wanted; a test's own time limit ends it otherwise. */
export async function until(wanted: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await wanted())) await new Promise((resolve) => setTimeout(resolve, 20))
}
