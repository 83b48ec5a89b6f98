/**
 * One simulation: the real pipeline, in a world that fails, life after life, until everything that
 * was sent has been answered and delivered. Then the laws are checked against the same input in a
 * world where nothing goes wrong.
 *
 *   npm run simulate -- --seeds 20000        as many seeds as asked for
 *   npm run simulate -- --seed 4711          one seed again
 */

import { Random } from '../../src/core/random.ts'
import { orphanReasons } from '../../src/series/orphans.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { Life, createOf, keptPartition } from './life.ts'
import { breaches, endlessAlarms } from './laws.ts'
import { openAlarms } from './open-alarms.ts'
import { noFaults, planOf } from './plan.ts'
import type { Plan } from './plan.ts'
import { World } from './world.ts'
import type { Plant } from './world.ts'

/** Virtual time after which a simulation that is still not done is called stuck. */
const patienceMs = 90_000

/** Lives after which it will not come to an end any more; 20,000 seeds needed under 100. */
const livesMax = 150

/** Lives one after the other until all was sent, taken and delivered. */
async function lived(plan: Plan, world: World): Promise<string | undefined> {
  let nowMs = 0
  const random = new Random(plan.seed + 3)
  let stops = world.odds.crash === 0 ? 0 : plan.stops
  let reloads = world.odds.crash === 0 ? 0 : plan.reloads
  for (;;) {
    const clock = new VirtualClock(nowMs)
    world.begin(clock)
    const stop = new AbortController()
    const state = { ended: false }
    const life = new Life(plan, world, clock)
    const run = life.run(stop.signal)
    run.then(
      () => (state.ended = true),
      () => (state.ended = true),
    )
    let lastMs = nowMs + patienceMs
    if (stops > 0) lastMs = nowMs + random.below(4000)
    let reloadMs = nowMs + random.below(3000)
    while (!world.crashed && !state.ended) {
      if (reloads > 0 && clock.nowMs() > reloadMs) {
        reloads--
        reloadMs = clock.nowMs() + random.below(5000)
        void life.reload()
      }
      if (!stop.signal.aborted && (allTaken(plan, world) || clock.nowMs() > lastMs)) stop.abort()
      if (clock.nowMs() > nowMs + patienceMs + 30_000) return 'it is stuck'
      await clock.advance(50)
    }
    nowMs = clock.nowMs()
    if (world.crashed && world.lives > livesMax) return 'it does not come to an end'
    if (world.crashed) continue
    await run
    if (allTaken(plan, world)) return undefined
    if (!stop.signal.aborted) return 'it ended before all was taken'
    if (world.lives > livesMax) return 'it does not come to an end'
    stops = Math.max(0, stops - 1)
  }
}

/** Whether everything that was sent is behind a saved position, and the outbox is empty. */
function allTaken(plan: Plan, world: World): boolean {
  const { positions } = world
  if (world.sent < plan.pushed.length || world.outbox.size > 0) return false
  const kept = positions.get(keptPartition(world)) ?? -1
  return positions.get('log') === world.logNext - 1 && kept >= (plan.kept.length - 1) * 3
}

/** The outcome of one seed. */
export interface Outcome {
  readonly seed: number
  readonly faults: readonly string[]
  readonly lives: number
  readonly reports: number
  /** What was told of breaches in the undisturbed run. */
  readonly warnings: readonly string[]
}

/**
 * Runs one seed, with or without a planted fault, and checks the laws. With workers, the lives
 * have one shard after the other up to as many; the undisturbed run has none.
 */
export async function simulated(
  seed: number,
  plant: Plant = 'none',
  workers = 1,
): Promise<Outcome> {
  const plan = planOf(seed)
  const calm = new World(seed, noFaults, 'none', false)
  const calmFault = await lived(plan, calm)
  const world = new World(seed + 1, plan.odds, plant, plan.storeByKeys)
  world.workers = workers
  const fault = await lived(plan, world)
  const faults: string[] = []
  if (calmFault !== undefined) faults.push(`calm: ${calmFault}`)
  if (fault !== undefined) faults.push(fault)
  let reports = 0
  for (const name of plan.sinks) {
    const wanted = calm.taken.get(name) ?? []
    const found = breaches(plan, world.taken.get(name) ?? [], wanted)
    faults.push(...found.map((breach) => `${name}: ${breach}`))
    reports += wanted.length
  }
  const warnings = [...calm.taken.values()].flat().flatMap((report) => {
    return report.kind === 'warning' ? [report.state] : []
  })
  return { seed, faults, lives: world.lives, reports, warnings }
}

/** The same where each reload brings other rules; `orphans`: alarms that ended by that. */
export async function simulatedChanges(
  seed: number,
  plant: Plant = 'none',
  workers = 1,
): Promise<Omit<Outcome, 'warnings'> & { readonly orphans: number }> {
  const usual = planOf(seed)
  // Killed less often, so that more reloads find an alarm that a checkpoint knows of.
  const odds = { ...usual.odds, crash: usual.odds.crash / 4 }
  const plan = { ...usual, odds, changing: true, reloads: 6 }
  const world = new World(seed + 1, plan.odds, plant, plan.storeByKeys)
  world.workers = workers
  const fault = await lived(plan, world)
  const faults = fault === undefined ? [] : [fault]
  const open = openAlarms(world.owners, createOf(plan, plant, world.rules))
  let reports = 0
  const orphans = new Set<string>()
  for (const name of plan.sinks) {
    const got = (world.taken.get(name) ?? []).filter((report) => {
      return report.kind !== 'alarm' || !world.forgottenAlarms.has(report.alarmId)
    })
    faults.push(...endlessAlarms(got, open).map((breach) => `${name}: ${breach}`))
    reports += got.length
    for (const report of got) {
      if (report.kind !== 'alarm') continue
      if (Object.values(orphanReasons).some((reason) => report.reason === reason)) {
        orphans.add(report.alarmId)
      }
    }
  }
  return { seed, faults, lives: world.lives, reports, orphans: orphans.size }
}
