/** The scoring that a configuration asks for: in this thread, or on several. */

import type { Timers } from '../core/clock.ts'
import type { Ledger, OwnerKeeper } from '../core/ledger.ts'
import type { RowPacket } from '../core/score-rows.ts'
import { ScoreRuns } from '../core/score-run.ts'
import type { History } from '../history/history.ts'
import { Catalog } from '../series/catalog.ts'
import { LocalScoring } from '../series/scoring.ts'
import type { Scoring } from '../series/scoring.ts'
import type { Transform } from '../transforms/transform.ts'
import { ShardedScoring } from '../workers/sharded-scoring.ts'
import { ThreadChannel } from '../workers/thread-channel.ts'
import type { Config } from './config.ts'
import { seriesFactory, seriesHeavy, seriesWanted } from './judging.ts'
import type { ShardSeed } from './shard-thread.ts'
import type { Tables } from './tables.ts'

/** What scoring is made with. */
export interface ShardsParts {
  readonly tables: Tables
  readonly transforms: readonly Transform[]
  /** Whoever else has owners. */
  readonly keepers?: readonly OwnerKeeper[]
  /** The ledger of the transforms. */
  readonly ledger: Ledger
  /** `off`: nothing is ever saved. */
  readonly tracking: 'on' | 'off'
  readonly reportScores: boolean
  readonly reportForecasts?: boolean
  /** What keeps scores, where anything does. */
  readonly history: History | undefined
  readonly clock: Timers
}

/** This file's neighbour; built, its name ends otherwise. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? 'shard-thread.ts' : 'shard-thread.js',
  import.meta.url,
)

/** Makes it. Threads begin at once, and end with `close`. */
export function scoringOf(config: Config, parts: ShardsParts): Scoring {
  const { rules, gate, catalog: options, workers } = config
  const { tables, transforms, ledger, tracking, history, clock } = parts
  const { reportScores, reportForecasts = false } = parts
  const judging = { gate, reportScores, reportForecasts, quota: options }
  if (workers <= 1) {
    const runs = reportScores ? new ScoreRuns() : undefined
    const create = seriesFactory(rules, { ...judging, rows: history?.rows, runs, tables })
    const catalog = new Catalog(options, create, ledger)
    const keepers = [...transforms, ...(parts.keepers ?? [])]
    return new LocalScoring({ catalog, keepers, ledger, runs, clock })
  }
  const channels = Array.from({ length: workers }, (_, i) => {
    const feeder = history === undefined ? undefined : i + 1
    const seed: ShardSeed = { rules, ...judging, tracking, feeder }
    return new ThreadChannel(entry, seed)
  })
  const wanted = seriesWanted(rules)
  const heavy = seriesHeavy(rules, tables)
  const takeRows = (packet: RowPacket): void => history?.take(packet)
  return new ShardedScoring({
    channels,
    options,
    wanted,
    heavy,
    transforms,
    ledger,
    clock,
    takeRows,
  })
}
