/**
 * How long the Redis store takes to load and save, beside plain pipelined SET and GET of the same
 * bytes by the same client in the same run: by the clock, in processor time of this process, and
 * the longest that anything else in it had to wait meanwhile, in processor time too, since on a
 * busy machine anybody may take the processor between two turns. 3,080 bytes are the largest state
 * of DASRS in bench/README.md.
 *
 *   node test/live/redis-store-speed.ts [STATES] [BYTES OF EACH]
 */

import { argv, stdout } from 'node:process'
import { Redis } from 'ioredis'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { redisConnectionOptions } from '../../src/connections/redis.ts'
import { RedisStore } from '../../src/stores/redis.ts'
import { RedisServer } from './redis-server.ts'

const count = Number(argv[2] ?? 100_000)
const size = Number(argv[3] ?? 3080)
const atOnce = 1000

const server = await RedisServer.started()
const bytes = (i: number): Buffer => Buffer.alloc(size, i)
const saved = Array.from({ length: count }, (_, i) => ({
  ownerKey: `series/load{host="h${i}"}`,
  sealed: bytes(i),
}))

/** Processor time of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  const before = cpuMs()
  const turns = { under: true, longestMs: 0, lastMs: cpuMs() }
  const turn = (): void => {
    turns.longestMs = Math.max(turns.longestMs, cpuMs() - turns.lastMs)
    turns.lastMs = cpuMs()
    if (turns.under) setImmediate(turn)
  }
  turn()
  await work()
  turns.under = false
  const facts = [performance.now() - startMs, cpuMs() - before, turns.longestMs]
  const [byClock, cpu, longest] = facts.map((ms) => `${Math.round(ms)} ms`.padStart(9))
  stdout.write(`${what.padEnd(36)}${byClock}${cpu} CPU${longest} longest turn\n`)
}

const client = new Redis(server.url, { protocol: 2 })
await timed(`plain SET of ${count} × ${size} bytes`, async () => {
  for (let first = 0; first < count; first += atOnce) {
    const batch = client.pipeline()
    for (const each of saved.slice(first, first + atOnce))
      batch.set(`p${each.ownerKey}`, each.sealed)
    await batch.exec()
  }
})
await timed('plain MGET of them', async () => {
  for (let first = 0; first < count; first += atOnce) {
    const keys = saved.slice(first, first + atOnce).map((each) => `p${each.ownerKey}`)
    await client.mgetBuffer(keys)
  }
})
client.disconnect()

const connection = optionsWithDefaults(redisConnectionOptions, { url: server.url })
const store = new RedisStore({ connection, prefix: 'speed', idleAfterMs: 86_400_000 })
await store.load()
const end = { forgotten: [], positions: new Map([['p', 1]]), outboxAdded: [], outboxRemoved: [] }
await timed('save of all', () => store.save({ ...end, saved }))
await timed('save of a tenth', () => store.save({ ...end, saved: saved.slice(0, count / 10) }))
await timed('load of all', async () => {
  const { owners } = await store.load()
  if (owners.length !== count) throw new Error(`${owners.length} states came back`)
})
await store.close()
await server.stop()
