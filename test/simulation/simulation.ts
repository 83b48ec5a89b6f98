/**
 * One simulation: the real pipeline, in a world that fails, life after life, until everything that
 * was sent has been answered and delivered. Then the laws are checked against the same input in a
 * world where nothing goes wrong.
 *
 *   npm run simulate -- --seeds 20000        as many seeds as asked for
 *   npm run simulate -- --seed 4711          one seed again
 */

import { alarmOptions } from '../../src/alarm/rule.ts'
import type { Clock, Timers } from '../../src/core/clock.ts'
import { Assessment } from '../../src/core/assessment.ts'
import type { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import type { KeyedOwner } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { Batch } from '../../src/core/record.ts'
import type { Report } from '../../src/core/report.ts'
import { Ema, emaOptions } from '../../src/detectors/ema.ts'
import { runPipeline } from '../../src/pipeline.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { Checkpoints, checkpointOptions } from '../../src/series/checkpoint.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { recover } from '../../src/series/recovery.ts'
import { LocalScoring } from '../../src/series/scoring.ts'
import type { Scoring } from '../../src/series/scoring.ts'
import { Flow } from '../../src/series/flow.ts'
import { Series } from '../../src/series/series.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import type { Source } from '../../src/sources/source.ts'
import { Rate, rateOptions } from '../../src/transforms/rate.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { LineDecoder, recordOf, scriptedItems, withWords } from './script.ts'
import type { Item, KnownAlarm } from './script.ts'
import { breaches } from './laws.ts'
import { simulatedShards } from './simulated-shards.ts'
import { World, WorldLog, WorldSink, WorldStore } from './world.ts'
import type { Odds, Plant } from './world.ts'

const noFaults: Odds = { crash: 0, storeFails: 0, answerLost: 0, sinkFails: 0, logFull: 0 }

/** Everything that a seed decides, except when what fails. */
interface Plan {
  readonly pushed: readonly Item[]
  readonly kept: readonly Item[]
  readonly odds: Odds
  readonly storeByKeys: boolean
  /** Whether the sink is dead for longer than a checkpoint waits: then only alarms are promised. */
  readonly dying: boolean
  readonly reorderWindowMs: number
  readonly stops: number
}

function planOf(seed: number): Plan {
  const random = new Random(seed)
  const some = (most: number): number => (random.uniform() < 0.5 ? 0 : random.uniform() * most)
  const pushed = scriptedItems(seed * 2 + 1, 'push.', 30 + random.below(40))
  const kept = scriptedItems(seed * 2 + 2, 'kept.', 30 + random.below(40))
  const odds = {
    crash: random.uniform() * 0.02,
    storeFails: some(0.3),
    answerLost: some(0.1),
    sinkFails: some(0.4),
    logFull: some(0.2),
  }
  const storeByKeys = random.uniform() < 0.5
  const dying = random.uniform() < 0.3
  const reorderWindowMs = random.uniform() < 0.5 ? 0 : 2000
  const alarms = alarmsOf(pushed, reorderWindowMs)
  return {
    pushed: withWords(seed * 2 + 3, pushed, alarms),
    kept,
    odds,
    storeByKeys,
    dying,
    reorderWindowMs,
    stops: random.below(3),
  }
}

/** The alarms that items raise, by the order in which they began. */
function alarmsOf(items: readonly Item[], reorderWindowMs: number): KnownAlarm[] {
  const create = createOf({ reorderWindowMs }, 'none')
  const catalog = new Catalog(optionsWithDefaults(catalogOptions), create, new Ledger('off'))
  const flow = new Flow([newRate()], catalog)
  const decoder = new LineDecoder()
  const reports: Report[] = []
  items.forEach((item, i) => flow.take(recordOf(item, 'log', i), decoder, reports))
  const alarms = new Map<string, KnownAlarm>()
  for (const report of reports) {
    if (report.kind !== 'alarm') continue
    const { alarmId, origin } = report
    if (!alarms.has(alarmId)) alarms.set(alarmId, { alarmId, startedMs: origin.receivedMs })
  }
  return [...alarms.values()]
}

const newRate = (): Rate => new Rate(optionsWithDefaults(rateOptions, { match: '*counter*' }))

/** A sender that waits for its answer and sends again what was not answered. */
function pushSource(world: World, items: readonly Item[]): Source {
  return {
    async *batches(signal: AbortSignal) {
      while (!signal.aborted && world.sent < items.length) {
        await world.io()
        const item = items[world.sent] as Item
        let answered: (ok: boolean) => void = () => {}
        const answer = new Promise<boolean>((resolve) => (answered = resolve))
        const batch: Batch = {
          records: [recordOf(item, 'push', world.sent)],
          acknowledge: () => answered(true),
          refuse: () => answered(false),
        }
        yield batch
        if (await answer) world.sent++
      }
      await untilAborted(signal)
    },
  }
}

/** A broker's partition: it can be asked again, and sometimes gives again what was taken. */
function keptSource(world: World, items: readonly Item[]): Source {
  return {
    async *batches(signal: AbortSignal, positions?: ReadonlyMap<string, number>) {
      const taken = positions?.get('kept') ?? -1
      const again = world.odds.crash === 0 ? 0 : world.random.below(4)
      let next = Math.max(0, offsetIndex(taken) + 1 - again)
      while (!signal.aborted && next < items.length) {
        await world.io()
        const count = 1 + world.random.below(4)
        const records = items
          .slice(next, next + count)
          .map((item, i) => recordOf(item, keptPartition(world), (next + i) * 3))
        next += count
        yield { records, acknowledge: () => {} }
      }
      await untilAborted(signal)
    },
  }
}

/** A partition's name must not change from run to run. */
function keptPartition(world: World): string {
  return world.plant === 'partition renamed' ? `kept ${world.lives}` : 'kept'
}

/** Offsets have gaps: the item at index i is at offset 3 i. */
const offsetIndex = (offset: number): number => Math.floor(offset / 3)

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

/** A ledger without copy on touch: its copies may be later than the cut. */
class CarelessLedger extends Ledger {
  override touch(owner: KeyedOwner): void {
    const due = owner.mark === 'due'
    if (!due) super.touch(owner)
  }
}

/** An average that forgets to take half of its state back. */
class HalfEma extends Ema {
  override restore(reader: Parameters<Ema['restore']>[0]): void {
    super.restore(reader)
    for (let i = 0; i < 3; i++) this.update(0, 1e3 * i, 'on', new Assessment())
  }
}

/** What makes the series of one thread. */
function createOf(plan: Pick<Plan, 'reorderWindowMs'>, plant: Plant): (labels: Labels) => Series {
  const rule = {
    name: 'all',
    detector: 'ema',
    alarm: optionsWithDefaults(alarmOptions, { keepFiringMs: 3000, absentMs: 60_000 }),
    gate: optionsWithDefaults(gateOptions, { reorderWindowMs: plan.reorderWindowMs }),
    assessment: new Assessment(),
    reportScores: true,
    stateVersion: 1,
    stateDigest: 1,
  }
  const ema = optionsWithDefaults(emaOptions, { probationSamples: 5 })
  return (labels) => {
    const half = plant === 'state half restored'
    return new Series(labels, rule, half ? new HalfEma(ema) : new Ema(ema))
  }
}

/** Scoring on as many shards as the world has in this life; on none where that is one. */
function scoringOf(plan: Plan, world: World, timers: Timers, transforms: Rate[]): Scoring {
  const newLedger = (): Ledger =>
    world.plant === 'no copy on touch' ? new CarelessLedger() : new Ledger()
  const newCreate = (): ((labels: Labels) => Series) => createOf(plan, world.plant)
  const ledger = newLedger()
  for (const transform of transforms) transform.attach(ledger, 'transform/0/')
  const count = world.shards
  const around = { ledger, transforms, ownersPerTurn: 1 }
  if (count > 1) return simulatedShards({ ...around, count, world, timers, newLedger, newCreate })
  const catalog = new Catalog(optionsWithDefaults(catalogOptions), newCreate(), ledger)
  return new LocalScoring({ ...around, catalog, clock: timers })
}

/** One process, from its start until the signal aborts and it has ended in order. */
async function live(
  plan: Plan,
  world: World,
  clock: VirtualClock,
  signal: AbortSignal,
): Promise<void> {
  const telemetry = quietTelemetry
  const store = new WorldStore(world)
  const state = await store.load()
  const rate = newRate()
  const timers = slowTurns(clock)
  const scoring = scoringOf(plan, world, timers, [rate])
  await recover(state, { scoring, transforms: [rate], telemetry })
  const { positions } = state
  const log = new WorldLog(world, positions.get('log') ?? -1)
  const deadUntilMs = plan.dying && world.odds.crash > 0 ? 20_000 : 0
  const delivery = new Delivery({
    name: 'out',
    sink: new WorldSink(world, deadUntilMs),
    options: optionsWithDefaults(deliveryOptions, { batchMax: 7, retryCapMs: 2000 }),
    telemetry,
    clock,
    outbox: state.outbox,
  })
  const hasty = world.plant === 'saved before delivered'
  const checkpoints = new Checkpoints(
    {
      options: optionsWithDefaults(checkpointOptions, {
        checkpointEveryMs: 300,
        deliveryWaitMs: plan.dying ? 100 : 1e9,
      }),
      cuts: scoring,
      store,
      outlets: hasty ? [] : [delivery],
      telemetry,
      clock: timers,
    },
    state.positions,
  )
  checkpoints.onSaved((saved) => log.acknowledge(saved.get('log') ?? -1))
  const decoder = new LineDecoder()
  const inputs = [
    { name: 'push', source: pushSource(world, plan.pushed), decoder },
    { name: 'kept', source: keptSource(world, plan.kept), decoder, ownPositions: true },
  ]
  const durability = { log, checkpoints }
  const parts = { inputs, transforms: [rate], scoring, outlets: [delivery], telemetry, clock }
  await runPipeline({ ...parts, durability }, signal)
  // A dead sink must not hold up a stop for ever; what it has not taken is in the outbox.
  const late = new AbortController()
  clock.after(plan.dying ? 5_000 : patienceMs, () => late.abort())
  await delivery.drain(late.signal)
}

/** Virtual time after which a simulation that is still not done is called stuck. */
const patienceMs = 90_000

/** A turn of the event loop takes a while, so that input comes in between two copies. */
function slowTurns(clock: VirtualClock): Clock & Timers {
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, call) => clock.after(Math.max(20, delayMs), call),
  }
}

/** Lives after which it will not come to an end any more; 20,000 seeds needed under 100. */
const livesMax = 150

/** Lives one after the other until all was sent, taken and delivered. */
async function lived(plan: Plan, world: World): Promise<string | undefined> {
  let nowMs = 0
  let stops = world.odds.crash === 0 ? 0 : plan.stops
  for (;;) {
    const clock = new VirtualClock(nowMs)
    world.begin(clock)
    const stop = new AbortController()
    const state = { ended: false }
    const life = live(plan, world, clock, stop.signal)
    life.then(
      () => (state.ended = true),
      () => (state.ended = true),
    )
    let lastMs = nowMs + patienceMs
    if (stops > 0) lastMs = nowMs + world.random.below(4000)
    while (!world.crashed && !state.ended) {
      if (!stop.signal.aborted && (allTaken(plan, world) || clock.nowMs() > lastMs)) stop.abort()
      if (clock.nowMs() > nowMs + patienceMs + 30_000) return 'it is stuck'
      await clock.advance(50)
    }
    nowMs = clock.nowMs()
    if (world.crashed && world.lives > livesMax) return 'it does not come to an end'
    if (world.crashed) continue
    await life
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
  const faults = breaches(plan, world.taken, calm.taken)
  if (calmFault !== undefined) faults.push(`calm: ${calmFault}`)
  if (fault !== undefined) faults.push(fault)
  return { seed, faults, lives: world.lives, reports: calm.taken.length }
}
