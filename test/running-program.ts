/**
 * The program as a process, in a folder of its own, for tests: started, asked, told to reload,
 * stopped. Whatever it left behind is gone after the test.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFailed, onTestFinished } from 'vitest'
import type { SeriesSummary } from '../src/series/series-summary.ts'
import { freePort } from './live/live-program.ts'
import { programEnvironment } from './program-environment.ts'

const main = join(import.meta.dirname, '..', 'src', 'cli', 'main.ts')

/** Those of the test at work. */
const programs = new Set<Program>()

/** The first of what `look` finds that is not undefined; the test's own time limit bounds it. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    for (const program of programs) program.mustRun()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** See the head of the file. */
export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-reload-'))
  readonly carbonPort: number
  address = ''
  #child: ChildProcess | undefined
  #err = ''

  constructor(carbonPort: number) {
    this.carbonPort = carbonPort
    programs.add(this)
    onTestFailed(() => void process.stderr.write(this.#err))
    onTestFinished(() => {
      programs.delete(this)
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  /** Writes the file, with the sections that every test has. */
  write(sections: string, sources = ''): void {
    const text = `
sources:
  http: { type: http, codec: influx }
  carbon: { type: carbon, listen: '127.0.0.1:${this.carbonPort}', udp: false }
${sources}
server: { listen: '127.0.0.1:0' }
${sections}`
    writeFileSync(join(this.folder, 'forewarn.yaml'), text)
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [main, 'run'], {
      cwd: this.folder,
      env: programEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    child.stderr.on('data', (chunk: Buffer) => (this.#err += chunk.toString()))
    const exit = once(child, 'exit')
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await exit
    })
    this.address = await eventually(() => /API at (http\S+)/.exec(this.#err)?.[1])
  }

  /** Ends in order; everything is written by then. */
  async stop(): Promise<void> {
    const child = this.#child as ChildProcess
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await exit)[0]).toBe(143)
  }

  /** Ends as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child as ChildProcess
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    this.#err = ''
  }

  /** Throws if it ended by itself. */
  mustRun(): void {
    const { exitCode, signalCode } = this.#child ?? {}
    if ((exitCode ?? null) === null && (signalCode ?? null) === null) return
    if (exitCode !== 143) throw new Error(`it ended with ${exitCode ?? signalCode}: ${this.#err}`)
  }

  hangUp(): void {
    this.#child?.kill('SIGHUP')
  }

  /** Asks for a reload by the API; the answer's status and body. */
  async reload(): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await fetch(`${this.address}/api/v1/reload`, { method: 'POST' })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  /** Sends lines until they are answered for; how often it was told to come again. */
  async send(lines: string): Promise<number> {
    for (let again = 0; ; again++) {
      const url = `${this.address}/api/v2/write?precision=s`
      const answer = await fetch(url, { method: 'POST', body: lines })
      await answer.arrayBuffer()
      if (answer.status === 204) return again
      expect(answer.status).toBe(503)
    }
  }

  async metric(name: string): Promise<string | undefined> {
    const text = await (await fetch(`${this.address}/metrics`)).text()
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      ?.split(' ')[1]
  }

  async series(search: string): Promise<SeriesSummary | undefined> {
    const answer = await fetch(`${this.address}/api/v1/series?search=${search}`)
    return ((await answer.json()) as { series: SeriesSummary[] }).series[0]
  }

  get log(): string {
    return this.#err
  }

  /** Whole lines of a file in its folder. */
  lines(name: string): Record<string, unknown>[] {
    const path = join(this.folder, name)
    if (!existsSync(path)) return []
    const text = readFileSync(path, 'utf8')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  }
}

/** A program that runs with these sections, and a source of HTTP and one of Carbon. */
export async function program(sections: string): Promise<Program> {
  const made = new Program(await freePort())
  made.write(sections)
  await made.start()
  return made
}
