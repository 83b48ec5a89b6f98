/**
 * The real program for a long time: does its memory stay flat?
 *
 *   npm run soak -- [--minutes 60] [--rate half] [--top-seconds 20] [--set PATH=VALUE]…
 *
 *   find    requests one after the other for some seconds: the top rate
 *   hold    a share of it (half, or a number from 0 to 1) for the whole time
 *
 * Resident memory is sampled each second. Of each thirtieth of the time the least sample counts,
 * since a collected heap goes up and down; through those of the second half goes a straight line:
 * what fills up and stops (caches, windows of detectors, rows of the history) fills in the first.
 * It fails where the line rises by more than twice its standard error and by more than 5 % of the
 * memory, where anything sent is not scored, and where the log on disk does not stay in bounds.
 * The score history grows on disk by design, up to `history.disk`: its bytes a sample are shown.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Load, taken, valuesPerRequest } from '../../bench/speed/durable/load.ts'
import { forewarnCommand, freePort, LiveProgram, pause } from './live-program.ts'

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: 'half' },
    'top-seconds': { type: 'string', default: '20' },
    set: { type: 'string', multiple: true, default: [] },
  },
})
const holdMs = Number(flags.minutes) * 60_000
const share = flags.rate === 'half' ? 0.5 : Number(flags.rate)
const dayS = 86_400

/** Growth over the whole time that is called flat, as a share of the memory. */
const growthMax = 0.05
const parts = 30
/** Parts at the beginning that do not count. */
const warmUpParts = 15

const folder = mkdtempSync(join(tmpdir(), 'forewarn-soak-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const yaml = `sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*' }]
sinks:
  page: { type: dashboard }
  alarms:
    type: file
    path: '${join(folder, 'alarms.jsonl')}'
    scores: false
    rejections: false
    forecasts: false
store: { folder: '${join(folder, 'state')}' }
telemetry: { log_level: warn }
`
const command = forewarnCommand(folder, await freePort(), yaml)
const sets = flags.set.flatMap((set) => ['--set', set])
const program = await new LiveProgram({ ...command, args: [...command.args, ...sets] }).ready()
const url = program.url('/api/v2/write')
const load = new Load(20)
/** So far back that no run comes to the present. */
const startS = Math.floor(Date.now() / 1000) - 1000 * dayS
let sent = 0

async function sendNext(): Promise<void> {
  const round = Math.floor(sent / load.requestCount)
  const body = load.body(sent % load.requestCount, startS + round * load.roundSeconds)
  sent++
  await taken(url, body)
}

/** Waits until all that was sent is scored; how many values are. */
async function scored(): Promise<number> {
  const count = (): Promise<number> =>
    program.metric('forewarn_observations_total', 'source="http"')
  const wanted = sent * valuesPerRequest
  for (let i = 0; i < 600 && (await count()) < wanted; i++) await pause(100)
  return count()
}

function diskBytes(place: string): number {
  let bytes = 0
  for (const name of readdirSync(join(folder, 'state', place), { withFileTypes: true })) {
    if (!name.isFile()) continue
    // Segments of the log come and go.
    bytes += statSync(join(name.parentPath, name.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

/** A straight line by least squares: its slope and the standard error of that. */
function line(ys: readonly number[]): { slope: number; error: number } {
  const n = ys.length
  const meanX = (n - 1) / 2
  const meanY = ys.reduce((sum, y) => sum + y, 0) / n
  let [sxx, sxy] = [0, 0]
  ys.forEach((y, x) => {
    sxx += (x - meanX) ** 2
    sxy += (x - meanX) * (y - meanY)
  })
  const slope = sxy / sxx
  const rest = ys.reduce((sum, y, x) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0)
  return { slope, error: Math.sqrt(rest / (n - 2) / sxx) }
}

const topMs = Number(flags['top-seconds']) * 1000
const topStart = performance.now()
while (performance.now() - topStart < topMs) await sendNext()
await scored()
const topRate = (sent * valuesPerRequest) / ((performance.now() - topStart) / 1000)
const pauseMs = (1000 * valuesPerRequest) / (topRate * share)
process.stdout.write(`top ${(topRate / 1e3).toFixed(0)}k values/s; holding ${share} of it\n`)

const least = new Float64Array(parts).fill(Infinity)
let logBytesMax = 0
const holdStart = performance.now()
const elapsedMs = (): number => performance.now() - holdStart
const cpuBefore = program.cpuSeconds()
const sampler = setInterval(() => {
  const part = Math.min(parts - 1, Math.floor((elapsedMs() / holdMs) * parts))
  least[part] = Math.min(least[part] as number, program.residentBytes())
  logBytesMax = Math.max(logBytesMax, diskBytes('incoming'))
}, 1000)
let told = 0
for (let next = 0; elapsedMs() < holdMs; next += pauseMs) {
  await sendNext()
  if (elapsedMs() > ((told + 1) * holdMs) / 10) {
    told++
    const mebibytes = program.residentBytes() / 2 ** 20
    process.stderr.write(`soak: ${told * 10} %, ${mebibytes.toFixed(0)} MiB\n`)
  }
  await pause(Math.max(0, next + pauseMs - elapsedMs()))
}
clearInterval(sampler)
const cpuShare = (program.cpuSeconds() - cpuBefore) / (elapsedMs() / 1000)
const faults: string[] = []
const values = await scored()
if (values !== sent * valuesPerRequest)
  faults.push(`of ${sent * valuesPerRequest} values ${values}`)
const rejected = await program.metric('forewarn_rejections_total')
if (rejected > 0) faults.push(`${rejected} values were rejected`)

const kept = Array.from(least.slice(warmUpParts)).filter((bytes) => bytes < Infinity)
const { slope, error } = line(kept)
const mean = kept.reduce((sum, bytes) => sum + bytes, 0) / kept.length
const growth = (slope * kept.length) / mean
const perHour = (bytes: number): string =>
  ((bytes * parts * (3_600_000 / holdMs)) / 2 ** 20).toFixed(1)
if (slope > 2 * error && growth > growthMax) faults.push('memory grows')
const logBytesBound = 2 ** 30
if (logBytesMax > logBytesBound) faults.push(`the log took ${logBytesMax} bytes`)
const keptBytes = diskBytes('.')
const bytesPerValue = (keptBytes / values).toFixed(2)
process.stdout.write(
  [
    `${flags.minutes} min, ${(values / 1e6).toFixed(0)} M values, ${cpuShare.toFixed(2)} cores`,
    `memory ${(mean / 2 ** 20).toFixed(0)} MiB; slope ${perHour(slope)} ± ${perHour(error)} MiB/h`,
    `log at most ${(logBytesMax / 2 ** 20).toFixed(0)} MiB; states and history ` +
      `${(keptBytes / 2 ** 20).toFixed(0)} MiB, ${bytesPerValue} bytes a value`,
    ...faults.map((fault) => `FAULT: ${fault}`),
    '',
  ].join('\n'),
)
await program.ended('SIGTERM')
process.exitCode = faults.length > 0 ? 1 : 0
