/**
 * The Redis store: states in a Redis that outlives machines.
 *
 *   {PREFIX}:token        who has the states: written by `load`, asked by every save
 *   {PREFIX}:index        the keys of all owners
 *   {PREFIX}:owner:KEY    the sealed state of one owner; that of a series lives `redis_idle_after`
 *                         after a save
 *   {PREFIX}:outbox       alarms that a sink has not taken, by sequence and sink
 *   {PREFIX}:positions    offsets by partition
 *
 * The braces are a hash tag: in a cluster all keys of one store lie on one node, so scripts may
 * touch them together.
 *
 * A save is not one transaction: what the outbox gains and where sinks stand come first, because an
 * owner that is ahead of its position does not tell again what a sink lacks; then owners in groups,
 * those of one kind after those of the kind before, then positions in one script. So positions are
 * never ahead of states, and a crash in between is one of those that every owner knows how to go on
 * from: it skips what it has taken.
 *
 * **Fence.** Loading writes a new token; a save by the holder of an older one is refused, so a
 * process that was replaced while it slept cannot overwrite what its successor saved.
 *
 * **Lost data.** Redis may come back empty, or as a replica that missed the last saves: then the
 * token is gone, or the server's run id is another one. What is in memory is the truth; a save says
 * ERR_STORE_DAMAGED, and after `renew` everything is saved again.
 *
 * Cost: a few groups are under way at any time, so the server writes one while the next comes in;
 * see `forewarn_checkpoint_duration_seconds` and test/live/redis-store-speed.ts.
 */

import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { ForewarnError } from '../core/errors.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { redisClient } from '../connections/redis-cluster.ts'
import { alarmFromText, alarmText } from '../core/report-text.ts'
import type { AlarmReport } from '../core/report.ts'
import type { RedisStoreOptions } from './redis/options.ts'
import { facts, forgetOwners, saveEnd, saveFirst, saveOwners, takeAgain } from './redis/scripts.ts'
import { severalAtOnce } from './redis/several.ts'
import { sinkPositionPrefix } from './store.ts'
import type { Checkpoint, OutboxEntry, SavedState, StateStore } from './store.ts'

/** Owners of one script, and their bytes: a script of this size holds Redis about a millisecond. */
const groupOwners = 256
const groupBytes = 1024 ** 2
/** States asked for in one question, of the size of DASRS a megabyte and a half. */
const readAtOnce = 500
/** Names in one answer. */
const namesAtOnce = 5000
/** Questions under way: while one is answered the next one waits at the server already. */
const underWayMax = 4
const connectWithinMs = 10_000
const answerWithinMs = 30_000

/** See the head of the file. Throws ERR_CONFIG_INVALID where it has no address. */
export class RedisStore implements StateStore {
  readonly #client: Redis | Cluster
  readonly #place: string
  readonly #idleAfterMs: number
  readonly #key: (name: string) => string
  readonly #ownerHead: string
  #token = ''
  #runId = ''

  constructor({ connection, prefix, idleAfterMs }: RedisStoreOptions) {
    const { client, place } = redisClient(connection, {
      protocol: 2,
      connectionName: 'forewarn',
      connectTimeout: connectWithinMs,
      commandTimeout: answerWithinMs,
      maxRetriesPerRequest: 1,
    })
    this.#client = client
    this.#place = place
    this.#idleAfterMs = idleAfterMs
    this.#key = (name) => `{${prefix}}:${name}`
    this.#ownerHead = this.#key('owner:')
    // Whatever fails is thrown by the command that it failed.
    this.#client.on('error', () => {})
  }

  async load(): Promise<SavedState> {
    try {
      this.#token = randomUUID()
      await this.#client.set(this.#key('token'), this.#token)
      this.#runId = await this.#runIdNow()
    } catch (cause) {
      throw this.#unreadable(cause)
    }
    return this.read()
  }

  /** What is saved, for whoever has loaded it already: nobody is locked out by it. */
  async read(): Promise<SavedState> {
    try {
      const owners = await this.#owners()
      const positions = await this.#client.hgetall(this.#key('positions'))
      const outbox = Object.entries(await this.#client.hgetall(this.#key('outbox'))).map(entryOf)
      return {
        owners,
        positions: new Map(Object.entries(positions).map(([key, text]) => [key, Number(text)])),
        outbox: outbox.sort((a, b) => a.sequence - b.sequence),
      }
    } catch (cause) {
      throw this.#unreadable(cause)
    }
  }

  #unreadable(cause: unknown): ForewarnError {
    const message = `cannot read the saved state in ${this.#place}: ${messageOf(cause)}`
    return new ForewarnError('ERR_STORE_READ', message, { cause })
  }

  async #owners(): Promise<SavedOwner[]> {
    const owners: SavedOwner[] = []
    const index = this.#key('index')
    await severalAtOnce(
      slices(await this.#names(index), readAtOnce),
      underWayMax,
      async (names) => {
        const states = await this.#client.mgetBuffer(names.map((name) => this.#ownerHead + name))
        const gone: string[] = []
        states.forEach((sealed, i) => {
          const ownerKey = names[i] as string
          if (sealed === null) gone.push(ownerKey)
          else owners.push({ ownerKey, sealed })
        })
        if (gone.length > 0) await this.#client.srem(index, ...gone)
      },
    )
    return owners
  }

  async #names(index: string): Promise<string[]> {
    // A set that is rehashed while it is read may give a name twice.
    const all = new Set<string>()
    let cursor = '0'
    do {
      const [next, names] = await this.#client.sscan(index, cursor, 'COUNT', namesAtOnce)
      cursor = next
      for (const name of names) all.add(name)
    } while (cursor !== '0')
    return [...all]
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    try {
      const runId = await this.#runIdNow()
      if (runId !== this.#runId) throw new Error('LOST another server answers than before')
      await this.#saveFirst(checkpoint)
      for (const groups of groupsByKind(checkpoint.saved)) {
        await severalAtOnce(groups, underWayMax, (group) => this.#saveGroup(group))
      }
      const forgotten = slices(checkpoint.forgotten, groupOwners)
      await severalAtOnce(forgotten, underWayMax, (group) => this.#forgetGroup(group))
      await this.#saveEnd(checkpoint)
    } catch (cause) {
      const why = messageOf(cause)
      const code = why.startsWith('LOST') ? 'ERR_STORE_DAMAGED' : 'ERR_STORE_WRITE'
      const message = `cannot save the checkpoint in ${this.#place}: ${why}`
      throw new ForewarnError(code, message, { cause })
    }
  }

  /** Takes the server that answers now for the right one; what it holds is written over. */
  async renew(): Promise<string> {
    const token = randomUUID()
    await this.#client.eval(takeAgain, 1, this.#key('token'), this.#token, token)
    this.#token = token
    this.#runId = await this.#runIdNow()
    return this.#place
  }

  close(): Promise<void> {
    this.#client.disconnect()
    return Promise.resolve()
  }

  async #saveGroup(group: readonly SavedOwner[]): Promise<void> {
    const keys = group.map(({ ownerKey }) => this.#ownerHead + ownerKey)
    const limits = [this.#idleAfterMs, Buffer.byteLength(this.#ownerHead)]
    const states = group.map(({ sealed }) =>
      Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length),
    )
    const head = [this.#key('token'), this.#key('index'), ...keys]
    await this.#client.eval(saveOwners, head.length, ...head, this.#token, ...limits, ...states)
  }

  async #forgetGroup(group: readonly string[]): Promise<void> {
    const keys = group.map((ownerKey) => this.#ownerHead + ownerKey)
    const head = [this.#key('token'), this.#key('index'), ...keys]
    const length = Buffer.byteLength(this.#ownerHead)
    await this.#client.eval(forgetOwners, head.length, ...head, this.#token, length)
  }

  async #saveFirst({ positions, outboxAdded }: Checkpoint): Promise<void> {
    const head = [this.#key('token'), this.#key('positions'), this.#key('outbox')]
    const texts = outboxAdded.flatMap((entry) => {
      return [nameOf(entry), alarmText(entry.report as AlarmReport)]
    })
    for (const [name, offset] of positions) {
      if (name.startsWith(sinkPositionPrefix)) texts.push(name, String(offset))
    }
    const counts = [sinkPositionPrefix, outboxAdded.length]
    await this.#client.eval(saveFirst, head.length, ...head, this.#token, ...counts, ...texts)
  }

  async #saveEnd({ positions, outboxRemoved }: Checkpoint): Promise<void> {
    const head = [this.#key('token'), this.#key('positions'), this.#key('outbox')]
    const texts = [...positions].flatMap(([partition, offset]) => [partition, String(offset)])
    texts.push(...outboxRemoved.map(nameOf))
    await this.#client.eval(saveEnd, head.length, ...head, this.#token, positions.size, ...texts)
  }

  async #runIdNow(): Promise<string> {
    // In a script, so that a cluster asks the node that has the keys.
    const said = await this.#client.eval(facts, 1, this.#key('token'))
    return /^run_id:(\w+)/m.exec(String(said))?.[1] ?? ''
  }
}

/** Runs of owners of one kind, in their order, each run in groups. */
function* groupsByKind(owners: readonly SavedOwner[]): Generator<Iterable<SavedOwner[]>> {
  let first = 0
  for (let i = 1; i <= owners.length; i++) {
    if (i < owners.length && kindOf(owners[i]) === kindOf(owners[first])) continue
    yield groupsOf(owners.slice(first, i))
    first = i
  }
}

/** What stands before the slash of an owner's key. */
function kindOf(owner: SavedOwner | undefined): string {
  const ownerKey = owner?.ownerKey ?? ''
  const slash = ownerKey.indexOf('/')
  return slash < 0 ? ownerKey : ownerKey.slice(0, slash)
}

/** In their order, each with so many. */
function* slices<T>(all: readonly T[], count: number): Generator<readonly T[]> {
  for (let first = 0; first < all.length; first += count) yield all.slice(first, first + count)
}

/** In their order, each with a bounded number and size. */
function* groupsOf(owners: readonly SavedOwner[]): Generator<SavedOwner[]> {
  let group: SavedOwner[] = []
  let bytes = 0
  for (const owner of owners) {
    if (
      group.length >= groupOwners ||
      (group.length > 0 && bytes + owner.sealed.length > groupBytes)
    ) {
      yield group
      group = []
      bytes = 0
    }
    group.push(owner)
    bytes += owner.sealed.length
  }
  if (group.length > 0) yield group
}

function nameOf({ sink, sequence }: { sink: string; sequence: number }): string {
  return `${sequence} ${sink}`
}

function entryOf([name, text]: [string, string]): OutboxEntry {
  const space = name.indexOf(' ')
  const sequence = Number(name.slice(0, space))
  return { sink: name.slice(space + 1), sequence, report: alarmFromText(text) }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
