/**
 * What an earlier run left in its folder, opened for this one.
 *
 *   FOLDER/state.db     states, positions, outbox        (stores/embedded)
 *   FOLDER/history.db   scores and alarms of the past (history/)
 *   FOLDER/incoming/    what came in after the last checkpoint   (stores/incoming-log)
 *
 * With `type: redis` the first is in Redis (stores/redis.ts), the others are in the folder still.
 *
 * A damaged state.db is put aside under another name, loudly, and the run starts anew from what the
 * log holds. One that another process has open is left alone: that is an error.
 */

import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { ForewarnError } from '../core/errors.ts'
import type { OwnerKeeper, SavedOwner } from '../core/ledger.ts'
import { History } from '../history/history.ts'
import type { Durability, PipelineParts } from '../pipeline.ts'
import { Checkpoints } from '../series/checkpoint.ts'
import type { CheckpointOptions, CheckpointParts, MarkedOutlet } from '../series/checkpoint.ts'
import { recover } from '../series/recovery.ts'
import { redisStoreOf } from '../stores/redis/options.ts'
import type { RedisStoreOptions } from '../stores/redis/options.ts'
import { EmbeddedStore } from '../stores/embedded.ts'
import { IncomingLog } from '../stores/incoming-log.ts'
import type { IncomingLogOptions } from '../stores/incoming-log.ts'
import type { Checkpoint, RecordLog, SavedState, StateStore } from '../stores/store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Config } from './config.ts'

/** Where a run keeps what must survive it. */
export interface SavedRunParts {
  readonly folder: string
  readonly log: IncomingLogOptions
  /** Where states are kept instead of the folder. */
  readonly redis?: RedisStoreOptions
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** What a run goes on from, and where it saves what the next one goes on from. */
export interface SavedRun {
  readonly store: StateStore
  readonly state: SavedState
  /** Absent where nothing outlives the process. */
  readonly log?: RecordLog
  /** Absent where none is kept. */
  readonly history?: History | undefined
  /** Bytes at the ends of the log's files that could not be read. */
  readonly lostLogBytes: number
}

const nothing: SavedState = { positions: new Map(), owners: [], outbox: [] }

/**
 * The store where nothing outlives the process: it holds the last checkpoint, which is always of
 * everything, for the configuration that comes after this one.
 */
class HandOver implements StateStore {
  #state = nothing

  load(): Promise<SavedState> {
    return Promise.resolve(this.#state)
  }

  save({ saved, positions, outboxAdded }: Checkpoint): Promise<void> {
    this.#state = { owners: saved, positions, outbox: outboxAdded }
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

interface HistoryAround {
  readonly telemetry: Telemetry
  readonly clock: Clock
}

/** What the folder that a configuration names holds; nothing where it names none. */
export async function savedRun(config: Config, around: HistoryAround): Promise<SavedRun> {
  const { store, history: options } = config
  const { telemetry, clock } = around
  const { type, folder, ...log } = store
  if (type === 'none') return { store: new HandOver(), state: nothing, lostLogBytes: 0 }
  const redis = type === 'redis' ? { redis: redisStoreOf(store) } : {}
  const run = await openedRun({ folder, log, telemetry, clock, ...redis })
  return options.keep ? { ...run, history: await openedHistory(config, around) } : run
}

/** The history in the folder that a configuration names. Throws ERR_STORE_READ. */
export function openedHistory(
  { store: { folder, sync }, history: options }: Config,
  { telemetry, clock }: HistoryAround,
): Promise<History> {
  return History.open({ path: join(folder, 'history.db'), options, sync, telemetry, clock })
}

/** What an opened folder goes back into. */
export interface RecoveredParts extends Omit<PipelineParts, 'durability' | 'outlets'> {
  readonly options: CheckpointOptions
  readonly outlets: readonly MarkedOutlet[]
  /** See CheckpointParts. */
  readonly commit?: CheckpointParts['commit']
  /** Who has owners besides the transforms. */
  readonly keepers?: readonly OwnerKeeper[]
  /** See RecoveryParts. */
  readonly unclaimed?: (saved: SavedOwner) => void
}

/** Puts every saved owner back, and makes the checkpoints that go on from there. */
export async function recovered(run: SavedRun, parts: RecoveredParts): Promise<Durability> {
  const { scoring, transforms, telemetry, outlets, options, clock } = parts
  const { store, state, log, lostLogBytes } = run
  const keepers = [...transforms, ...(parts.keepers ?? [])]
  const { unclaimed } = parts
  const series = await recover(state, { scoring, keepers, telemetry, unclaimed })
  const made = { options, cuts: scoring, store, telemetry, clock }
  if (log === undefined) {
    const kept = outlets.map(keepingNothing)
    return {
      checkpoints: new Checkpoints({ ...made, whole: true, outlets: kept }, state.positions),
    }
  }
  telemetry.restored({ series, outbox: state.outbox.length, lostLogBytes })
  const { commit } = parts
  const checkpoints = new Checkpoints({ ...made, outlets, commit }, state.positions)
  checkpoints.onSaved((saved) => log.acknowledge(saved.get(log.partition) ?? -1))
  for (const { source } of parts.inputs) checkpoints.onSaved((saved) => source.saved?.(saved))
  return { log, checkpoints }
}

/**
 * An outlet whose alarms are not on disk after a checkpoint: they are still its own to deliver, and
 * so are scores: no checkpoint outlives the process that holds them.
 */
function keepingNothing(outlet: MarkedOutlet): MarkedOutlet {
  return {
    name: outlet.name,
    mark: () => outlet.mark(),
    settled: (signal) => outlet.settled(signal),
    outbox: () => outlet.outbox(),
    confirmOutbox: () => undefined,
    markedPosition: undefined,
  }
}

/** Opens a folder, making it where it is missing. Throws ERR_STORE_READ where it cannot be used. */
export async function openedRun(
  parts: SavedRunParts,
): Promise<SavedRun & { readonly log: IncomingLog }> {
  const { folder, log: options, redis } = parts
  const opened =
    redis === undefined ? openedStore(join(folder, 'state.db'), parts) : openedRedis(redis)
  const { store, state } = await opened
  const acknowledged = state.positions.get('log') ?? -1
  const { log, findings } = await IncomingLog.open(join(folder, 'incoming'), options, acknowledged)
  return { store, state, log, lostLogBytes: findings.lostBytes }
}

/** A store and what it held. */
interface OpenedStore {
  readonly store: StateStore
  readonly state: SavedState
}

async function openedRedis(options: RedisStoreOptions): Promise<OpenedStore> {
  const { RedisStore } = await import('../stores/redis.ts')
  const store = new RedisStore(options)
  try {
    return { store, state: await store.load() }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openedStore(path: string, parts: SavedRunParts): Promise<OpenedStore> {
  const store = new EmbeddedStore(path, parts.log.sync)
  try {
    return { store, state: await store.load() }
  } catch (error) {
    if (error instanceof ForewarnError && error.code === 'ERR_STORE_DAMAGED') {
      const aside = await store.renew(parts.clock.nowMs())
      parts.telemetry.storePutAside(aside, error)
      return { store, state: await store.load() }
    }
    await store.close()
    throw /database is locked/.test(String(error)) ? inUse(parts.folder, error) : error
  }
}

function inUse(folder: string, cause: unknown): ForewarnError {
  const message = `another process uses ${folder}; give this one a folder of its own (store.folder)`
  return new ForewarnError('ERR_STORE_READ', message, { cause })
}
