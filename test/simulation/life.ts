/**
 * One process in the world: the real pipeline from its start until it is told to stop or killed,
 * reloaded now and then in between.
 */

import { alarmOptions } from '../../src/alarm/rule.ts'
import type { Clock, Timers } from '../../src/core/clock.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Ledger } from '../../src/core/ledger.ts'
import type { KeyedOwner } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { Batch } from '../../src/core/record.ts'
import { ScoreRuns } from '../../src/core/score-run.ts'
import type { Detector } from '../../src/detectors/detector.ts'
import { earlyWarningOfOne, earlyWarningOptions } from '../../src/detectors/early-warning.ts'
import { Ema, emaOptions } from '../../src/detectors/ema.ts'
import { futuresMaker } from '../../src/detectors/htm/futures.ts'
import { Pipeline } from '../../src/pipeline.ts'
import type { PipelineParts } from '../../src/pipeline.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import type { CreateSeries } from '../../src/series/catalog.ts'
import { Checkpoints, checkpointOptions, sinkPartition } from '../../src/series/checkpoint.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { recover } from '../../src/series/recovery.ts'
import { LocalScoring } from '../../src/series/scoring.ts'
import type { Scoring } from '../../src/series/scoring.ts'
import { Series } from '../../src/series/series.ts'
import type { Input } from '../../src/series/taking.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import type { Source } from '../../src/sources/source.ts'
import type { SavedState } from '../../src/stores/store.ts'
import { Rate, rateOptions } from '../../src/transforms/rate.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { openAlarms } from './open-alarms.ts'
import { LineDecoder, recordOf } from './script.ts'
import type { Item } from './script.ts'
import type { Plan } from './plan.ts'
import { simulatedShards } from './simulated-shards.ts'
import { worldSink } from './sinks.ts'
import type { SinkName } from './sinks.ts'
import { WorldLog, WorldStore } from './world.ts'
import type { Plant, World } from './world.ts'

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
export function keptPartition(world: World): string {
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

/** A delivery that lets checkpoints go on without what its sink must have. */
class CarelessDelivery extends Delivery {
  override get owing(): undefined {
    return undefined
  }
}

/** An average that forgets to take half of its state back. */
class HalfEma extends Ema {
  override restore(reader: Parameters<Ema['restore']>[0]): void {
    super.restore(reader)
    for (let i = 0; i < 3; i++) this.update(0, 1e3 * i, 'on', new Assessment())
  }
}

/** Early warning that tells nothing of the first change after its state is restored. */
function forgetfulWarning(detector: Detector): Detector {
  let forgets = false
  return {
    ...detector,
    warnings() {
      const told = detector.warnings?.() ?? []
      if (told.length === 0 || !forgets) return told
      forgets = false
      return []
    },
    restore(reader) {
      detector.restore(reader)
      forgets = true
    },
  }
}

/** The transform of all lives. */
export const newRate = (): Rate =>
  new Rate(optionsWithDefaults(rateOptions, { match: '*counter*' }))

/** Told at every second sample or so, so that all that can become of a warning does. */
const warningOptions = optionsWithDefaults(earlyWarningOptions, {
  limit: 104,
  holdSamples: 1,
  horizonSamples: 2,
  threshold: 0.1,
  confirmSamples: 1,
  probationSamples: 2,
})
const newFutures = futuresMaker()

/**
 * What makes the series of one thread. With other rules, counted from 0, some series begin anew;
 * with every other of them some are wanted by no rule.
 */
export function createOf(
  plan: Pick<Plan, 'reorderWindowMs' | 'changing'>,
  plant: Plant,
  rules: number,
  runs?: ScoreRuns,
): CreateSeries {
  // Where rules change, alarms last, so that changes find some that are up.
  const keepFiringMs = plan.changing ? 60_000 : 3000
  const rule = {
    name: 'all',
    detector: 'ema',
    alarm: optionsWithDefaults(alarmOptions, { keepFiringMs, absentMs: 60_000 }),
    gate: optionsWithDefaults(gateOptions, { reorderWindowMs: plan.reorderWindowMs }),
    assessment: new Assessment(),
    reportScores: true,
    runs,
    stateVersion: 1,
    stateDigest: 1,
  }
  const ema = optionsWithDefaults(emaOptions, { probationSamples: 5 })
  const warned = { ...rule, name: 'objective', detector: 'early-warning', warns: true }
  return (labels) => {
    if (rules % 2 === 1 && labels.name.endsWith('gauge2')) return undefined
    if (labels.name.endsWith('gauge3')) {
      const detector = earlyWarningOfOne(warningOptions, 1, newFutures)
      const forgets = plant === 'warnings forgotten'
      return new Series(labels, warned, forgets ? forgetfulWarning(detector) : detector)
    }
    const half = plant === 'state half restored'
    const changed = { ...rule, stateDigest: 1 + rules }
    return new Series(labels, changed, half ? new HalfEma(ema) : new Ema(ema))
  }
}

/** Scoring on as many shards as the world has in this life; on none where that is one. */
function scoringOf(plan: Plan, world: World, timers: Timers, transforms: Rate[]): Scoring {
  const newLedger = (): Ledger =>
    world.plant === 'no copy on touch' ? new CarelessLedger() : new Ledger()
  const newCreate = (): CreateSeries => createOf(plan, world.plant, world.rules)
  const ledger = newLedger()
  for (const transform of transforms) transform.attach(ledger, 'transform/0/')
  const count = world.shards
  const around = { ledger, transforms, ownersPerTurn: 1 }
  if (count > 1) return simulatedShards({ ...around, count, world, timers, newLedger, newCreate })
  const runs = new ScoreRuns()
  const create = createOf(plan, world.plant, world.rules, runs)
  const catalog = new Catalog(optionsWithDefaults(catalogOptions), create, ledger)
  return new LocalScoring({ ...around, keepers: transforms, catalog, runs, clock: timers })
}

/** A turn of the event loop takes a while, so that input comes in between two copies. */
function slowTurns(clock: VirtualClock): Clock & Timers {
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, call) => clock.after(Math.max(20, delayMs), call),
  }
}

/** Virtual time that sinks have at the end of a process; more than any of them needs. */
const drainMs = 90_000

interface Composition {
  readonly parts: PipelineParts
  readonly inputs: ReadonlyMap<string, Input>
  readonly deliveries: ReadonlyMap<string, Delivery>
}

/** See the head of the file. */
export class Life {
  readonly #plan: Plan
  readonly #world: World
  readonly #clock: VirtualClock
  readonly #store: WorldStore
  #log: WorldLog | undefined
  #composition: Composition | undefined
  #pipeline: Pipeline | undefined
  #reloading = false
  /** What the process started from. */
  #first: SavedState | undefined

  constructor(plan: Plan, world: World, clock: VirtualClock) {
    this.#plan = plan
    this.#world = world
    this.#clock = clock
    this.#store = new WorldStore(world)
  }

  /** Runs until the signal aborts and it has ended in order. */
  async run(signal: AbortSignal): Promise<void> {
    const state = await this.#store.load()
    this.#first = state
    this.#log = new WorldLog(this.#world, state.positions.get('log') ?? -1)
    this.#composition = await this.#composed(state, new Map(), new Map())
    this.#pipeline = new Pipeline(this.#composition.parts)
    await this.#pipeline.run(signal)
    // A dead sink must not hold up a stop for ever; what it has not taken is in the outbox.
    const late = new AbortController()
    this.#clock.after(this.#plan.dying ? 5_000 : drainMs, () => late.abort())
    const deliveries = [...this.#composition.deliveries.values()]
    await Promise.all(deliveries.map((delivery) => delivery.drain(late.signal)))
  }

  /**
   * As config/reload.ts does it, for a configuration in which some sources and sinks have changed.
   * Nothing while there is nothing to reload.
   */
  async reload(): Promise<void> {
    const old = this.#composition
    if (this.#pipeline === undefined || old === undefined || this.#reloading) return
    this.#reloading = true
    const { random } = this.#world
    const changed = (names: Iterable<string>): Set<string> =>
      new Set([...names].filter(() => random.uniform() < 0.3))
    const ending = changed(old.inputs.keys())
    const gone = changed(old.deliveries.keys())
    let done = false
    const next = async (saved: boolean): Promise<PipelineParts> => {
      const kept = new Map([...old.inputs].filter(([name]) => !ending.has(name)))
      if (saved) {
        if (this.#plan.changing) this.#changeRules()
        const staying = new Map([...old.deliveries].filter(([name]) => !gone.has(name)))
        this.#composition = await this.#composed(await this.#handedOver(), kept, staying)
        done = true
        return this.#composition.parts
      }
      const inputs = this.#inputs(kept)
      const parts = { ...old.parts, inputs: [...inputs.values()] }
      this.#composition = { ...old, inputs, parts }
      return parts
    }
    const exchanged = this.#pipeline.exchange({ ending, next })
    // It may be over by now: that is all that may go wrong here.
    await exchanged.catch((error: unknown) => {
      if (!String(error).includes('it is over')) throw error
    })
    for (const name of done ? gone : []) {
      old.deliveries.get(name)?.confirmOutbox()
      await old.deliveries.get(name)?.drain(AbortSignal.abort())
    }
    this.#reloading = false
  }

  #changeRules(): void {
    const { owners, plant, rules } = this.#world
    this.#world.changeRules(openAlarms(owners, createOf(this.#plan, plant, rules)))
  }

  /** What a reload goes on from; planted faults are here. */
  async #handedOver(): Promise<SavedState> {
    const { plant } = this.#world
    if (plant === 'reload forgets what waits') this.#log?.skip()
    const state = await this.#store.load()
    return plant === 'reload from an older state' ? (this.#first ?? state) : state
  }

  #inputs(kept: ReadonlyMap<string, Input>): Map<string, Input> {
    const { pushed, kept: asked } = this.#plan
    const decoder = new LineDecoder()
    const push = { name: 'push', source: pushSource(this.#world, pushed), decoder }
    const source = keptSource(this.#world, asked)
    const fresh: Input[] = [push, { name: 'kept', source, decoder, ownPositions: true }]
    return new Map(fresh.map((made) => [made.name, kept.get(made.name) ?? made]))
  }

  /** Everything from a saved state, around what stands already. */
  async #composed(
    state: SavedState,
    keptInputs: ReadonlyMap<string, Input>,
    keptDeliveries: ReadonlyMap<string, Delivery>,
  ): Promise<Composition> {
    const telemetry = quietTelemetry
    const { plant } = this.#world
    const log = this.#log as WorldLog
    const transforms = [newRate()]
    const timers = slowTurns(this.#clock)
    const scoring = scoringOf(this.#plan, this.#world, timers, transforms)
    await recover(state, { scoring, keepers: transforms, telemetry })
    const deliveries = new Map(
      this.#plan.sinks.map((name) => {
        return [name, keptDeliveries.get(name) ?? this.#delivery(name, state)] as const
      }),
    )
    const outlets = [...deliveries.values()]
    const checkpoints = new Checkpoints(
      {
        options: optionsWithDefaults(checkpointOptions, {
          checkpointEveryMs: 300,
          deliveryWaitMs: this.#plan.dying ? 100 : 1e9,
        }),
        cuts: scoring,
        store: this.#store,
        outlets: plant === 'saved before delivered' ? [] : outlets,
        telemetry,
        clock: timers,
      },
      state.positions,
    )
    checkpoints.onSaved((saved) => log.acknowledge(saved.get('log') ?? -1))
    const inputs = this.#inputs(keptInputs)
    const made = { inputs: [...inputs.values()], transforms, scoring, outlets, telemetry }
    const parts = { ...made, clock: this.#clock, durability: { log, checkpoints } }
    return { parts, inputs, deliveries }
  }

  #delivery(name: SinkName, state: SavedState): Delivery {
    const dead = name === 'out' && this.#plan.dying && this.#world.odds.crash > 0
    // After a reload there is nothing to cut back; after a crash there is.
    const resumeAt =
      this.#pipeline === undefined ? state.positions.get(sinkPartition(name)) : undefined
    const { plant } = this.#world
    return new (plant === 'scores not waited for' ? CarelessDelivery : Delivery)({
      name,
      sink: worldSink(name, this.#world, { deadUntilMs: dead ? 20_000 : 0, resumeAt }),
      options: optionsWithDefaults(deliveryOptions, {
        batchMax: 7,
        retryCapMs: 2000,
        timeoutMs: 1000,
        ...(this.#plan.waiting ? { whenFull: 'wait', queueLimit: 20 } : {}),
      }),
      telemetry: quietTelemetry,
      clock: this.#clock,
      outbox: state.outbox.filter(({ sink }) => sink === name),
    })
  }
}
