/** The programs that the durable bench measures: Forewarn in several configurations, and others. */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { forewarnCommand, freePort, LiveProgram } from '../../../test/live/live-program.ts'
import { hostCount } from './load.ts'

/** A program that takes Influx lines. */
export interface Contender {
  readonly name: string
  readonly program: LiveProgram
  /** Where lines are posted to. */
  readonly url: string
  /** How many values it has taken in so far. */
  values(): Promise<number>
}

/** What of the path is on. */
export type Keeping = 'nothing' | 'log and store' | 'all and history'

/** The configuration of one contender. */
export interface ForewarnSettings {
  readonly detector: string
  readonly keeping: Keeping
  readonly tell?: boolean
  readonly seriesLimit?: number
  /** Folder for a CPU profile of it, written at its end. */
  readonly profileFolder?: string | undefined
}

/** Forewarn on a free port, with one sink that only wants alarms. */
export async function forewarn(folder: string, settings: ForewarnSettings): Promise<Contender> {
  const { detector, keeping, tell = true, seriesLimit = 100_000, profileFolder } = settings
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const store = keeping === 'nothing' ? '{ type: none }' : `{ folder: '${join(folder, 'state')}' }`
  const history = `{ keep: ${keeping === 'all and history'} }`
  const yaml = `sources: { http: { type: http, codec: influx, tell: ${tell} } }
detectors: [{ match: '*', detector: ${detector} }]
sinks:
  alarms:
    type: file
    path: '${join(folder, 'alarms.jsonl')}'
    scores: false
    rejections: false
    forecasts: false
store: ${store}
history: ${history}
series: { limit: ${seriesLimit} }
telemetry: { log_level: error }
`
  const flags = profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder]
  const program = await new LiveProgram(forewarnCommand(folder, port, yaml, flags)).ready()
  const name = `Forewarn, ${detector}, keeping ${keeping}${tell ? '' : ', tell: false'}`
  return {
    name,
    program,
    url: program.url('/api/v2/write'),
    values: () => program.metric('forewarn_observations_total', 'source="http"'),
  }
}

/** Debian's single-node VictoriaMetrics, or undefined where it is not installed. */
export async function victoriaMetrics(folder: string): Promise<Contender | undefined> {
  const command = 'victoria-metrics'
  let version: string
  try {
    version = execFileSync('dpkg-query', ['-W', '-f=${Version}', command], { encoding: 'utf8' })
  } catch {
    return undefined
  }
  const port = await freePort()
  const args = [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${join(folder, 'victoria')}`,
    '-retentionPeriod=1',
    '-loggerLevel=ERROR',
  ]
  const program = await new LiveProgram({ command, args, port, readyPath: '/health' }).ready()
  return {
    name: `VictoriaMetrics ${/^[\d.]+/.exec(version)?.[0] ?? ''}, merely storing`,
    program,
    url: program.url('/write'),
    values: () => program.metric('vm_rows_inserted_total', 'type="influx"'),
  }
}

/** Series that the load makes. */
export const seriesCount = hostCount * 4
