import { describe, expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { deliveryWith, scores } from '../../test/scripted-delivery.ts'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { ForewarnError } from '../core/errors.ts'
import { Ledger } from '../core/ledger.ts'
import type { KeyedOwner, Mark } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { MemoryStore } from '../stores/memory.ts'
import type { Checkpoint, SavedState, StateStore } from '../stores/store.ts'
import { Checkpoints, checkpointOptions } from './checkpoint.ts'
import { LedgerCuts } from './cuts.ts'

/** A store that is damaged when it is told to be, and holds nothing once it is renewed. */
class FragileStore implements StateStore {
  #inner = new MemoryStore()
  damaged = false
  saves: string[][] = []

  load(): Promise<SavedState> {
    return this.#inner.load()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  save(checkpoint: Checkpoint): Promise<void> {
    if (this.damaged) return Promise.reject(new ForewarnError('ERR_STORE_DAMAGED', 'broken'))
    this.saves.push(checkpoint.saved.map(({ ownerKey }) => ownerKey))
    return this.#inner.save(checkpoint)
  }

  renew(nowMs: number): Promise<string> {
    this.damaged = false
    this.#inner = new MemoryStore()
    this.saves = []
    return Promise.resolve(`aside-${nowMs}`)
  }
}

function owner(ownerKey: string): KeyedOwner {
  const mark: Mark = 'clean'
  const nothing = (): void => undefined
  return { ownerKey, mark, sealed: () => Uint8Array.of(1), snapshot: nothing, restore: nothing }
}

test('a store that is damaged is put aside, and everything is saved to the next one', async () => {
  const owners = [owner('series/a'), owner('series/b')] as const
  const ledger = new Ledger()
  const clock = new VirtualClock()
  const store = new FragileStore()
  const aside: string[] = []
  const telemetry = { ...quietTelemetry, storePutAside: (path: string) => void aside.push(path) }
  const cuts = new LedgerCuts({
    ledger,
    clock,
    findOwner: (key) => owners.find(({ ownerKey }) => ownerKey === key),
    owners: () => owners,
  })
  let lostOutboxes = 0
  const outlet = {
    name: 'file',
    markedPosition: undefined,
    mark: () => 0,
    settled: () => Promise.resolve(),
    outbox: () => ({ added: [], removed: [] }),
    confirmOutbox: () => undefined,
    loseOutbox: () => void lostOutboxes++,
  }
  const options = optionsWithDefaults(checkpointOptions)
  const checkpoints = new Checkpoints(
    { options, cuts, store, outlets: [outlet], telemetry, clock },
    new Map([['sink/file', 77]]),
  )
  const acknowledged: (number | undefined)[] = []
  checkpoints.onSaved((positions) => void acknowledged.push(positions.get('log')))

  for (const each of owners) ledger.touch(each)
  checkpoints.taken('log', 1)
  expect(await checkpoints.take()).toBe(true)

  store.damaged = true
  ledger.touch(owners[0])
  checkpoints.taken('log', 2)
  expect(await checkpoints.take()).toBe(false)
  expect(aside).toEqual([`aside-${clock.nowMs()}`])
  expect(lostOutboxes).toBe(1)

  expect(await checkpoints.take()).toBe(true)
  expect(store.saves.map((keys) => keys.toSorted())).toEqual([['series/a', 'series/b']])
  expect(acknowledged).toEqual([1, 2])
  // Where a sink stood once says nothing about where it stands at this checkpoint.
  expect([...(await store.load()).positions]).toEqual([['log', 2]])
})

/** Checkpoints of nothing, before a delivery with `when_full: wait`. */
function checkpointsBefore(commit?: () => Promise<void>) {
  const { clock, sink, delivery } = deliveryWith({ whenFull: 'wait', batchMax: 1, retryCapMs: 100 })
  const failures: unknown[] = []
  const telemetry = {
    ...quietTelemetry,
    checkpointFailed: (error: unknown) => void failures.push(error),
  }
  const cuts = new LedgerCuts({
    ledger: new Ledger(),
    clock,
    findOwner: () => undefined,
    owners: () => [],
  })
  const options = optionsWithDefaults(checkpointOptions, { deliveryWaitMs: 1000 })
  const store = new MemoryStore()
  const checkpoints = new Checkpoints(
    { options, cuts, store, outlets: [delivery], telemetry, clock, commit },
    new Map(),
  )
  const saved = async (): Promise<number | undefined> => {
    return (await store.load()).positions.get('log')
  }
  return { clock, sink, delivery, checkpoints, failures, saved }
}

describe('a sink that is owed every score', () => {
  const patience = new AbortController().signal

  test('is waited for as long as it gets on', async () => {
    const { clock, sink, delivery, checkpoints, failures, saved } = checkpointsBefore()
    sink.answers = [{ afterMs: 9000 }]
    delivery.offer(scores(1, 2, 3, 4))
    checkpoints.taken('log', 4)
    const done = checkpoints.take(patience)
    await clock.advance(35_000)
    delivery.offer(scores(5))
    expect(await saved()).toBeUndefined()
    await clock.advance(1500)
    expect(await done).toBe(true)
    expect(sink.values).toEqual([1, 2, 3, 4])
    expect(await saved()).toBe(4)
    expect(failures).toEqual([])
  })

  test('and fails, has nothing saved and is asked again by the next checkpoint', async () => {
    const { clock, sink, delivery, checkpoints, failures, saved } = checkpointsBefore()
    sink.answers = ['fail']
    delivery.offer(scores(1))
    checkpoints.taken('log', 1)
    const done = checkpoints.take(patience)
    await clock.advance(1000)
    expect(await done).toBe(false)
    expect(checkpoints.saving).toEqual({ lastSavedMs: null, failing: true })
    expect(String(failures[0])).toContain('out must have every score')
    expect(await saved()).toBeUndefined()
    sink.answers = ['take']
    const again = checkpoints.take(patience)
    await clock.advance(1000)
    expect(await again).toBe(true)
    expect(checkpoints.saving.failing).toBe(false)
    expect(await saved()).toBe(1)
  })

  test('and is slow does not hold up whoever else wants a checkpoint', async () => {
    const { clock, sink, delivery, checkpoints, failures, saved } = checkpointsBefore()
    sink.answers = [{ afterMs: 9000 }]
    delivery.offer(scores(1, 2, 3, 4))
    checkpoints.taken('log', 4)
    const first = checkpoints.take(patience)
    await clock.advance(2000)
    const second = checkpoints.take()
    expect(await first).toBe(false)
    await clock.advance(1000)
    expect(await second).toBe(false)
    expect(failures).toHaveLength(2)
    expect(await saved()).toBeUndefined()
  })

  test('and is slow does not hold up a stop', async () => {
    const { clock, sink, delivery, checkpoints } = checkpointsBefore()
    sink.answers = ['hang']
    delivery.offer(scores(1))
    const stop = new AbortController()
    const ended = checkpoints.runUntil(stop.signal)
    await clock.advance(7000)
    stop.abort()
    await ended
  })

  test('does not hold up what is committed with the positions', async () => {
    let commits = 0
    const made = checkpointsBefore(() => (commits++, Promise.resolve()))
    made.sink.answers = [{ afterMs: 9000 }]
    made.delivery.offer(scores(1))
    const done = made.checkpoints.take(patience)
    await made.clock.advance(1000)
    expect(await done).toBe(false)
    expect(commits).toBe(1)
  })
})
