/** What a seed decides before anything begins. */

import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { Report } from '../../src/core/report.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { Flow } from '../../src/series/flow.ts'
import { createOf, newRate } from './life.ts'
import { LineDecoder, recordOf, scriptedItems, withWords } from './script.ts'
import type { Item, KnownAlarm } from './script.ts'
import type { SinkName } from './sinks.ts'
import type { Odds } from './world.ts'

/** A world in which nothing goes wrong. */
export const noFaults: Odds = {
  crash: 0,
  storeFails: 0,
  answerLost: 0,
  sinkFails: 0,
  logFull: 0,
  diskFills: 0,
}

/** Everything that a seed decides, except when what fails. */
export interface Plan {
  readonly seed: number
  readonly pushed: readonly Item[]
  readonly kept: readonly Item[]
  readonly odds: Odds
  readonly storeByKeys: boolean
  /** Whether the sink is dead for longer than a checkpoint waits. */
  readonly dying: boolean
  /** Whether sinks are owed every score; those of a dying one are promised only then. */
  readonly waiting: boolean
  readonly reorderWindowMs: number
  /** Besides `out`, which fails and may be dead for long, one of another kind or none. */
  readonly sinks: readonly SinkName[]
  readonly stops: number
  readonly reloads: number
  /** Whether each reload brings other rules. */
  readonly changing: boolean
}

const others = [[], ['file'], ['slow'], ['half dead']] as const satisfies readonly SinkName[][]

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = new Random(seed)
  const some = (most: number): number => (random.uniform() < 0.5 ? 0 : random.uniform() * most)
  const pushed = scriptedItems(seed * 2 + 1, 'push.', 20 + random.below(30))
  const kept = scriptedItems(seed * 2 + 2, 'kept.', 20 + random.below(30))
  const odds = {
    crash: random.uniform() * 0.02,
    storeFails: some(0.3),
    answerLost: some(0.1),
    sinkFails: some(0.4),
    logFull: some(0.2),
    diskFills: some(0.05),
  }
  const storeByKeys = random.uniform() < 0.5
  const dying = random.uniform() < 0.3
  const reorderWindowMs = random.uniform() < 0.5 ? 0 : 2000
  const alarms = alarmsOf(pushed, reorderWindowMs)
  return {
    seed,
    pushed: withWords(seed * 2 + 3, pushed, alarms),
    kept,
    odds,
    storeByKeys,
    dying,
    reorderWindowMs,
    stops: random.below(3),
    reloads: random.below(4),
    changing: false,
    sinks: ['out', ...(others[random.below(others.length)] ?? [])],
    waiting: random.uniform() < 0.5,
  }
}

/** The alarms that items raise, by the order in which they began. */
function alarmsOf(items: readonly Item[], reorderWindowMs: number): KnownAlarm[] {
  const create = createOf({ reorderWindowMs, changing: false }, 'none', 0)
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
