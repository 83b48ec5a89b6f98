/** What is done to the program in each case; each returns what was wrong with it. */

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../../src/core/random.ts'
import { pause } from '../live-program.ts'
import { linesOf, reportsPerRequest, wideLines } from './feeder.ts'
import { historyFaults } from './kept.ts'
import { Run, calmRun, differences } from './run.ts'

/** What a case came to. */
export interface Outcome {
  readonly faults: readonly string[]
  readonly said: string
}

/** Compares with an undisturbed run and clears up. */
async function compared(
  run: Run,
  requests: number,
  before: readonly string[] = [],
  keptFaults: (run: Run) => string[] = () => [],
) {
  const faults = await run.ended()
  faults.push(...keptFaults(run))
  const { reports } = run.written()
  const calm = await calmRun(requests, reports, before)
  faults.push(...differences(run, calm))
  const carbon = [...reports.keys()].filter((about) => about.includes('carbon')).length
  const enough = requests * reportsPerRequest
  if (reports.size < enough) faults.push(`${reports.size} reports, not even ${enough}`)
  if (carbon === 0) faults.push('nothing arrived over Carbon')
  if (faults.length === 0) for (const each of [run, calm]) each.remove()
  else faults.push(`what they wrote is in ${run.folder} and ${calm.folder}`)
  return { faults, said: `${reports.size} reports, ${carbon} of ${requests} lines over Carbon` }
}

/** How a program is killed. */
export interface Killing {
  readonly kills: number
  readonly requests: number
  readonly workers: number
  readonly random: Random
}

/** SIGKILL at random moments, that of the start among them. */
export async function killed({ kills, requests, workers, random }: Killing): Promise<Outcome> {
  const run = await Run.started({ workers })
  const killer = { left: kills }
  const killing = (async () => {
    for (; killer.left > 0; killer.left--) {
      await pause(200 + random.below(1500))
      await run.program.ended('SIGKILL')
      run.program.start()
    }
  })()
  let sent = 0
  // Fed as long as it is killed, and a while beyond.
  while (killer.left > 0 || sent < requests) {
    await run.fed(sent, sent + 1, killer.left > 0 ? 10 : 0)
    sent++
  }
  await killing
  const { faults, said } = await compared(run, sent, [], historyFaults)
  return { faults, said: `${kills} kills, workers: ${workers}, ${said}` }
}

/** Stopped by the system for a while, as by a debugger or a machine that is moved. */
export async function stopped(seconds: number): Promise<Outcome> {
  const requests = 100
  const run = await Run.started()
  await run.fed(0, requests / 2)
  run.program.signal('SIGSTOP')
  const feeding = run.fed(requests / 2, requests)
  await pause(seconds * 1000)
  run.program.signal('SIGCONT')
  await feeding
  const { faults, said } = await compared(run, requests)
  return { faults, said: `${seconds} s, ${said}` }
}

/** The file system of the state is full for a while. Needs root, for a small one of its own. */
export async function fullDisk(): Promise<Outcome | 'no file system can be mounted here'> {
  const requests = 120
  const run = await Run.started()
  await run.program.ended('SIGTERM')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', run.stateFolder], {
      stdio: 'ignore',
    })
  } catch {
    run.remove()
    return 'no file system can be mounted here'
  }
  const unmount = (): void => void execFileSync('umount', ['-l', run.stateFolder])
  process.once('exit', unmount)
  run.atRemoval = () => {
    process.off('exit', unmount)
    unmount()
  }
  await run.program.ready()
  await run.fed(0, 40)
  const filler = join(run.stateFolder, 'filler')
  fill(filler)
  // Larger than what is left of the last page of the log's file.
  const body = linesOf(40) + '# ' + 'x'.repeat(10_000) + '\n'
  const feeding = run.feeder.send(body)
  await pause(3000)
  const faults: string[] = []
  const { refusals, unsaid } = run.feeder.answers
  if (refusals === 0) faults.push('no request was refused on a full disk')
  if (unsaid > 0) faults.push(`${unsaid} refusals without Retry-After`)
  if (!/ENOSPC|full/.test(run.program.stderr)) faults.push('the log says nothing of a full disk')
  rmSync(filler)
  await feeding
  await run.fed(41, requests)
  if (!(await run.checkpoint())) faults.push('no checkpoint is saved once there is room')
  const outcome = await compared(run, requests)
  return { faults: [...faults, ...outcome.faults], said: `${refusals} × 503, ${outcome.said}` }
}

function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const bytes of [65_536, 4096, 1]) {
    const piece = Buffer.alloc(bytes)
    try {
      for (;;) writeSync(file, piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}

/** The log is at its own bound until a checkpoint has been saved. */
export async function boundReached(): Promise<Outcome> {
  const requests = 60
  const run = await Run.started({
    store: 'disk: 1MiB, segment: 64KiB, checkpoint_every: 2s',
  })
  for (let request = 0; request < requests; request++) {
    await run.feeder.send(linesOf(request) + '# ' + 'x'.repeat(60_000) + '\n')
  }
  await run.fed(requests, requests + 1)
  const { refusals, unsaid } = run.feeder.answers
  const { faults, said } = await compared(run, requests + 1)
  const more: string[] = []
  if (refusals === 0) more.push('no request was refused at the bound')
  if (unsaid > 0) more.push(`${unsaid} refusals without Retry-After`)
  return { faults: [...more, ...faults], said: `${refusals} × 503, ${said}` }
}

/** Every byte of the database is overwritten while the program is down after a kill. */
export async function damagedWhileStopped(): Promise<Outcome> {
  const requests = 100
  const run = await Run.started()
  await run.fed(0, requests / 2)
  await run.program.ended('SIGKILL')
  damage(run)
  await run.program.ready()
  await run.fed(requests / 2, requests)
  const faults = putAsideFaults(run)
  // The log's one file still holds everything, so all is learned again, to the same scores.
  const { faults: others, said } = await compared(run, requests)
  return { faults: [...faults, ...others], said }
}

/** The same while it runs; what is in memory must survive even a kill after that. */
export async function damagedWhileRunning(): Promise<Outcome> {
  const requests = 60
  const wideSeries = 2000
  const run = await Run.started()
  const wide = [0, 1, 2, 3].map((round) => wideLines(wideSeries, round))
  for (const body of wide.slice(0, 2)) await run.feeder.send(body)
  await run.fed(0, requests / 2)
  const faults: string[] = []
  if (!(await run.checkpoint())) faults.push('no checkpoint before the damage')
  damage(run)
  await run.feeder.send(wide[2] as string)
  for (let i = 0; i < 100 && putAsideFaults(run).length > 0; i++) await pause(100)
  if (!(await run.checkpoint())) faults.push('no checkpoint is saved after the damage')
  faults.push(...putAsideFaults(run))
  await run.program.ended('SIGKILL')
  await run.program.ready()
  await run.feeder.send(wide[3] as string)
  await run.fed(requests / 2, requests)
  const { faults: others, said } = await compared(run, requests, wide)
  return { faults: [...faults, ...others], said }
}

function damage(run: Run): void {
  for (const name of ['state.db', 'state.db-wal']) {
    const path = join(run.stateFolder, name)
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(statSync(path).size, 0xee), 0, undefined, 0)
    closeSync(file)
  }
}

function putAsideFaults(run: Run): string[] {
  const faults: string[] = []
  const aside = readdirSync(run.stateFolder).some((name) => name.startsWith('state.db.damaged'))
  if (!aside) faults.push('the damaged file was not put aside')
  if (!/put aside/.test(run.program.stderr)) faults.push('the log says nothing of the damage')
  return faults
}
