import { expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
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
