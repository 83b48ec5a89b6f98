/** The thread of a shard: makes its series by the rules that it is given, and serves its port. */

import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { Ledger } from '../core/ledger.ts'
import { ScoreRows } from '../core/score-rows.ts'
import type { RowPacket } from '../core/score-rows.ts'
import { detectors, scoreFilters } from '../detectors/registry.ts'
import type { CatalogOptions } from '../series/catalog.ts'
import type { GateOptions } from '../series/gate.ts'
import type { Answer, Request } from '../workers/messages.ts'
import { Shard } from '../workers/shard.ts'
import type { RuleConfig } from './config.ts'
import { seriesFactory } from './judging.ts'

/** What a thread makes its shard of: the plain part of the configuration. */
export interface ShardSeed {
  readonly rules: readonly RuleConfig[]
  readonly gate: GateOptions
  readonly reportScores: boolean
  readonly reportForecasts?: boolean
  readonly quota?: Pick<CatalogOptions, 'quota' | 'overQuota'>
  /** `off`: nothing is ever saved. */
  readonly tracking: 'on' | 'off'
  /** Its number among those who feed the history; undefined where there is none. */
  readonly feeder: number | undefined
}

const port = parentPort as MessagePort
const { rules, tracking, feeder, ...judging } = workerData as ShardSeed

const post = (answer: Answer, buffers: readonly ArrayBuffer[]): void => {
  port.postMessage(answer, buffers)
}
const hand = (packet: RowPacket): void => post({ did: 'rows', packet }, [packet.rows.buffer])
const rows = feeder === undefined ? undefined : new ScoreRows(hand, feeder)
const tables = { detectors, scoreFilters }

const shard = new Shard({
  create: seriesFactory(rules, { ...judging, rows, tables }),
  ledger: new Ledger(tracking),
  rows,
  post,
  later: (call) => void setImmediate(call),
})

port.on('message', (request: Request) => shard.take(request))
