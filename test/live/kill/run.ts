/** One run of the program with its feeder, and what it wrote. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forewarnCommand, freePort, LiveProgram, pause } from '../live-program.ts'
import { Feeder, carbonLine, linesOf } from './feeder.ts'

/** What a case sets beside the usual. */
export interface RunSettings {
  /** Options under `store:` beside the folder, in YAML's short form. */
  readonly store?: string
  /** Threads that it scores on; the undisturbed run has none of its own. */
  readonly workers?: number
}

/** A report by what it is about, and what it says, without positions. */
export type Written = ReadonlyMap<string, string>

/** See the head of the file. */
export class Run {
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-kill-'))
  readonly stateFolder = join(this.folder, 'state')
  readonly program: LiveProgram
  readonly feeder: Feeder
  atRemoval = (): void => undefined

  private constructor(ports: { http: number; carbon: number }, settings: RunSettings) {
    const { store = 'checkpoint_every: 200ms', workers = 1 } = settings
    mkdirSync(this.stateFolder)
    const yaml = `sources:
  http: { type: http, codec: influx }
  carbon: { type: carbon, listen: '127.0.0.1:${ports.carbon}' }
detectors:
  - { match: 'wide*', detector: dasrs }
  - { match: '*', detector: ema, probation: 30 }
sinks: { file: { type: file, path: '${join(this.folder, 'out.jsonl')}' } }
store: { folder: '${this.stateFolder}', ${store} }
telemetry: { log_level: warn }
workers: ${workers}
`
    this.program = new LiveProgram(forewarnCommand(this.folder, ports.http, yaml))
    this.feeder = new Feeder(ports.http, ports.carbon)
  }

  static async started(settings: RunSettings = {}): Promise<Run> {
    const run = new Run({ http: await freePort(), carbon: await freePort() }, settings)
    await run.program.ready()
    return run
  }

  /** Sends some requests, each with a line for Carbon. */
  async fed(first: number, end: number, pauseMs = 0): Promise<void> {
    for (let request = first; request < end; request++) {
      await this.feeder.send(linesOf(request))
      this.feeder.carbon(carbonLine(request))
      if (pauseMs > 0) await pause(pauseMs)
    }
  }

  /** Waits for a checkpoint that begins from now on; false where none is saved in the time. */
  async checkpoint(withinMs = 20_000): Promise<boolean> {
    const count = (): Promise<number> =>
      this.program.metric('forewarn_checkpoint_duration_seconds_count')
    const wanted = (await count()) + 2
    for (const endMs = Date.now() + withinMs; Date.now() < endMs; await pause(50)) {
      if ((await count()) >= wanted) return true
    }
    return false
  }

  /** Ends it in order; faults where it does not end well. */
  async ended(): Promise<string[]> {
    await this.feeder.close()
    const code = await this.program.ended('SIGTERM')
    return code === 143
      ? []
      : [`it ended with ${code}, not 143: … ${this.program.stderr.slice(-1000)}`]
  }

  /** Everything that it wrote, and what it said in two ways. */
  written(): { reports: Written; twice: string[] } {
    const reports = new Map<string, string>()
    const twice: string[] = []
    const text = readFileSync(join(this.folder, 'out.jsonl'), 'utf8')
    for (const line of text.trimEnd().split('\n')) {
      const { id: _id, ...report } = JSON.parse(line)
      // A request that was logged but not answered comes twice; the second one is refused.
      if (report.kind === 'rejection') continue
      const about = `${report.kind} ${report.series} ${report.timestamp} ${report.state ?? ''}`
      const words = JSON.stringify(report)
      if (reports.has(about) && reports.get(about) !== words) twice.push(about)
      reports.set(about, words)
    }
    return { reports, twice }
  }

  /** Clears up; first what a case has put into the folder. */
  remove(): void {
    this.atRemoval()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Sends what a run was sent, and of Carbon what arrived there, to one that nobody disturbs. */
export async function calmRun(
  requests: number,
  arrived: Written,
  before: readonly string[] = [],
): Promise<Run> {
  const calm = await Run.started()
  for (const body of before) await calm.feeder.send(body)
  for (let request = 0; request < requests; request++) {
    await calm.feeder.send(linesOf(request))
    const line = carbonLine(request)
    if (arrived.has(aboutOf(line))) calm.feeder.carbon(line)
  }
  await calm.ended()
  return calm
}

function aboutOf(line: string): string {
  const [series, , seconds] = line.trimEnd().split(' ')
  return `score ${series} ${Number(seconds) * 1000} `
}

/** Differences between what two runs wrote; empty where there is none. */
export function differences(got: Run, wanted: Run): string[] {
  const { reports, twice } = got.written()
  const others = new Map(reports)
  const faults = twice.map((about) => `said in two ways: ${about}`)
  for (const [about, words] of wanted.written().reports) {
    const other = others.get(about)
    if (other === undefined) faults.push(`missing: ${about}`)
    else if (other !== words) faults.push(`differs: ${about}\n  ${other}\n  ${words}`)
    others.delete(about)
  }
  for (const about of others.keys()) faults.push(`too much: ${about}`)
  return faults
}
