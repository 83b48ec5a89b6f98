/**
 * Scoring on shards without threads: the real spread and the real shards, with channels in memory
 * in between whose messages take a while, one after the other, and at each of which the process may
 * end.
 */

import type { Timers } from '../../src/core/clock.ts'
import type { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { catalogOptions } from '../../src/series/catalog.ts'
import type { CreateSeries } from '../../src/series/catalog.ts'
import type { Transform } from '../../src/transforms/transform.ts'
import type { Channel } from '../../src/workers/channel.ts'
import type { Answer, Request } from '../../src/workers/messages.ts'
import { Shard } from '../../src/workers/shard.ts'
import { ShardedScoring } from '../../src/workers/sharded-scoring.ts'
import type { World } from './world.ts'

/** What the shards are made of. */
export interface SimulatedShardsParts {
  readonly count: number
  readonly world: World
  readonly timers: Timers
  /** Each shard needs one of its own, and the main thread one. */
  readonly newLedger: () => Ledger
  /** The main thread's. */
  readonly ledger: Ledger
  readonly transforms: readonly Transform[]
  /** Makes what makes series; each shard has its own. */
  readonly newCreate: () => CreateSeries
}

/** See the head of the file. */
export function simulatedShards(parts: SimulatedShardsParts): ShardedScoring {
  const { count, world, timers, ledger, transforms } = parts
  const channels = Array.from({ length: count }, () => new MemoryChannel(parts))
  const Scoring = world.plant === 'marked before offered' ? HastyScoring : ShardedScoring
  return new Scoring({
    channels,
    options: optionsWithDefaults(catalogOptions),
    wanted: () => true,
    ledger,
    transforms,
    clock: timers,
    takeRows: () => {},
    ownersPerTurn: 1,
  })
}

/** Scoring that lets the outlets mark before the reports from before the cut are theirs. */
class HastyScoring extends ShardedScoring {
  override cut(offered: () => void): Promise<void> {
    offered()
    return super.cut(() => {})
  }
}

/** Both ends of one shard. */
class MemoryChannel implements Channel {
  readonly #world: World
  readonly #shard: Shard
  #there: Promise<void> = Promise.resolve()
  #back: Promise<void> = Promise.resolve()
  #answer: (answer: Answer) => void = () => {}

  constructor({ world, timers, newLedger, newCreate }: SimulatedShardsParts) {
    this.#world = world
    this.#shard = new Shard({
      create: newCreate(),
      ledger: newLedger(),
      post: (answer, buffers) => this.#post(answer, buffers),
      later: (call) => void timers.after(0, call),
      ownersPerTurn: 1,
    })
  }

  open(answer: (answer: Answer) => void): void {
    this.#answer = answer
  }

  post(request: Request, buffers: readonly ArrayBuffer[]): void {
    const message = structuredClone(request, { transfer: [...buffers] })
    if (this.#world.plant === 'cut overtakes work' && request.do === 'cut') {
      this.#shard.take(message)
      return
    }
    this.#there = this.#there.then(() => this.#world.io()).then(() => this.#shard.take(message))
  }

  #post(answer: Answer, buffers: readonly ArrayBuffer[]): void {
    const message = structuredClone(answer, { transfer: [...buffers] })
    this.#back = this.#back.then(() => this.#world.io()).then(() => this.#answer(message))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
