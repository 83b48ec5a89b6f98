/** What every store must do; each store's test starts with this. */

import { describe, expect, test } from 'vitest'
import { Labels } from '../core/labels.ts'
import type { AlarmReport } from '../core/report.ts'
import type { Checkpoint, StateStore } from './store.ts'

const empty: Checkpoint = {
  saved: [],
  forgotten: [],
  positions: new Map(),
  outboxAdded: [],
  outboxRemoved: [],
}

function alarm(timestampMs: number): AlarmReport {
  const origin = { partition: 'log', offset: timestampMs, receivedMs: timestampMs }
  return {
    kind: 'alarm',
    alarmId: 'a1',
    rule: 'all',
    labels: Labels.named('cpu', [['host', 'vm "1"']]),
    state: 'firing',
    severity: 'warning',
    timestampMs,
    startedMs: timestampMs,
    value: 412,
    score: 1,
    expected: NaN,
    lower: NaN,
    upper: NaN,
    reason: '412; never seen before',
    origin,
    index: 0,
  }
}

const owner = (ownerKey: string, ...bytes: number[]) => ({
  ownerKey,
  sealed: Uint8Array.from(bytes),
})

/** `reopened` closes nothing: it opens what an earlier run left behind. */
export function storeContract(name: string, opened: () => Promise<Reopening>): void {
  describe(`the store ${name}`, () => {
    test('is empty at first', async () => {
      const { store } = await opened()
      const state = await store.load()
      expect([state.owners, state.outbox, [...state.positions]]).toEqual([[], [], []])
      await store.close()
    })

    test('gives back what was saved last, to the next run too', async () => {
      const { store, reopen } = await opened()
      await store.load()
      const positions = new Map([['log', 2 ** 40]])
      const many = Array.from({ length: 3000 }, (_, i) => owner(`series/${i}`, i & 255, i >> 8))
      await store.save({ ...empty, saved: [...many, owner('x', 1)], positions })
      await store.save({ ...empty, saved: [owner('x', 2, 3)], forgotten: ['series/7'], positions })
      const next = await reopen()
      const state = await next.load()
      const owners = new Map(state.owners.map(({ ownerKey, sealed }) => [ownerKey, [...sealed]]))
      expect(owners.size).toBe(3000)
      expect(owners.get('x')).toEqual([2, 3])
      expect(owners.get('series/2999')).toEqual([2999 & 255, 2999 >> 8])
      expect(owners.has('series/7')).toBe(false)
      expect([...state.positions]).toEqual([...positions])
      await next.close()
    })

    test('forgets the positions that a checkpoint does not name', async () => {
      const { store, reopen } = await opened()
      await store.load()
      const positions = new Map([['log', 1]])
      await store.save({ ...empty, positions: new Map([...positions, ['sink/file', 500]]) })
      await store.save({ ...empty, positions })
      const next = await reopen()
      expect([...(await next.load()).positions]).toEqual([...positions])
      await next.close()
    })

    test('keeps the outbox in order until its entries are removed', async () => {
      const { store, reopen } = await opened()
      await store.load()
      const entries = [3, 1, 2].map((sequence) => {
        return { sink: 'slack', sequence, report: alarm(sequence) }
      })
      await store.save({ ...empty, outboxAdded: entries })
      await store.save({ ...empty, outboxRemoved: [{ sink: 'slack', sequence: 1 }] })
      const next = await reopen()
      const { outbox } = await next.load()
      expect(outbox.map(({ sequence }) => sequence)).toEqual([2, 3])
      const [first] = outbox
      expect(first?.report.labels?.key).toBe('cpu{host="vm \\"1\\""}')
      expect({ ...first?.report, labels: 0 }).toEqual({ ...alarm(2), labels: 0 })
      await next.close()
    })
  })
}

/** A store, and the way to what it left behind. */
export interface Reopening {
  readonly store: StateStore
  /** Ends the first one as its kind ends, and opens what is left. */
  reopen(): Promise<StateStore>
}
