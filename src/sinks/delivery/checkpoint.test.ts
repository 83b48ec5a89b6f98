import { describe, expect, test } from 'vitest'
import {
  ScriptedSink,
  alarm,
  deliveryWith,
  scores,
  valueOf,
} from '../../../test/scripted-delivery.ts'
import { quietTelemetry } from '../../../test/quiet-telemetry.ts'
import { VirtualClock, settled } from '../../../test/virtual-clock.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { Delivery } from '../delivery.ts'
import { deliveryOptions } from './options.ts'

describe('a delivery at a checkpoint', () => {
  const never = new AbortController().signal

  test('is settled once the sink has everything up to the mark; later ones wait', async () => {
    const { delivery, sink, clock } = deliveryWith({ batchAfterMs: 1000, batchMax: 10 })
    delivery.offer(scores(1, 2))
    delivery.mark()
    delivery.offer(scores(3))
    const done = delivery.settled(never)
    await settled()
    await done
    expect(sink.batches.map((batch) => batch.length)).toEqual([2])
    await clock.advance(1000)
    expect(sink.values).toEqual([1, 2, 3])
  })

  test('is settled at once where nothing waits', async () => {
    const { delivery, clock } = deliveryWith()
    await delivery.settled(never)
    delivery.offer(scores(1))
    await clock.advance(1000)
    delivery.mark()
    await delivery.settled(never)
    expect(delivery.outbox()).toEqual({ added: [], removed: [] })
  })

  test('does not wait for a dead sink for ever, and has its alarms kept once', async () => {
    const { delivery, sink, clock } = deliveryWith()
    sink.answers = ['fail']
    delivery.offer([alarm(7), ...scores(1)])
    await settled()
    delivery.mark()
    const enough = new AbortController()
    const done = delivery.settled(enough.signal)
    enough.abort()
    await done
    expect(delivery.outbox().added.map(({ report }) => valueOf(report))).toEqual([-7])
    delivery.confirmOutbox()
    delivery.mark()
    expect(delivery.outbox().added).toEqual([])
    sink.answers = ['take']
    await clock.advance(60_000)
    delivery.mark()
    expect(delivery.outbox().removed.map(({ sequence }) => sequence)).toEqual([1])
    delivery.confirmOutbox()
    expect(delivery.outbox().removed).toEqual([])
  })

  test('keeps its alarms again where what was kept is lost', async () => {
    const { delivery, sink } = deliveryWith()
    sink.answers = ['fail']
    delivery.offer([alarm(7), alarm(8)])
    await settled()
    delivery.mark()
    expect(delivery.outbox().added).toHaveLength(2)
    delivery.confirmOutbox()
    delivery.mark()
    expect(delivery.outbox().added).toEqual([])
    delivery.loseOutbox()
    expect(delivery.outbox().added.map(({ report }) => valueOf(report))).toEqual([-7, -8])
  })

  test('keeps an alarm again where the checkpoint that was to keep it failed', async () => {
    const { delivery, sink } = deliveryWith()
    sink.answers = ['fail']
    delivery.offer([alarm(7)])
    await settled()
    delivery.mark()
    expect(delivery.outbox().added).toHaveLength(1)
    expect(delivery.outbox().added).toHaveLength(1)
  })

  test('delivers what an earlier run left behind, first and under its old number', async () => {
    const clock = new VirtualClock()
    const sink = new ScriptedSink(clock)
    const outbox = [4, 9].map((sequence) => ({ sink: 'out', sequence, report: alarm(sequence) }))
    const options = optionsWithDefaults(deliveryOptions)
    const telemetry = quietTelemetry
    const delivery = new Delivery({ name: 'out', sink, options, telemetry, clock, outbox })
    delivery.offer([alarm(1)])
    await settled()
    expect(sink.values).toEqual([-4, -9, -1])
    expect(delivery.mark()).toBe(10)
    expect(delivery.outbox().removed.map(({ sequence }) => sequence)).toEqual([4, 9])
  })

  test('tells the position of its sink for exactly what is up to the mark', async () => {
    const { delivery, sink, clock } = deliveryWith({ batchMax: 100, batchAfterMs: 10 })
    Object.assign(sink, { position: () => sink.values.length })
    delivery.offer(scores(1, 2, 3))
    delivery.mark()
    delivery.offer([...scores(4), alarm(5)])
    expect(delivery.markedPosition).toBeUndefined()
    await delivery.settled(never)
    await clock.advance(1000)
    expect(sink.values).toEqual([1, 2, 3, 4, -5])
    expect(delivery.markedPosition).toBe(3)
  })

  test('owes every score only where it waits, and no alarm: that is in the outbox', async () => {
    for (const whenFull of ['drop_oldest', 'wait'] as const) {
      const { delivery, sink, clock } = deliveryWith({ whenFull })
      sink.answers = ['fail']
      delivery.offer([alarm(7)])
      await settled()
      delivery.mark()
      expect(delivery.owing).toBeUndefined()
      delivery.offer(scores(1, 2))
      expect(delivery.owing).toBeUndefined()
      delivery.mark()
      const owing = whenFull === 'wait' ? { from: 2, failing: true } : undefined
      expect(delivery.owing).toEqual(owing)
      sink.answers = ['take']
      await clock.advance(60_000)
      expect(sink.values).toEqual([-7, 1, 2])
      expect(delivery.owing).toBeUndefined()
    }
  })

  test('owes what is under way, and for ever what it gave up at its end', async () => {
    const { delivery, sink, notes } = deliveryWith({ whenFull: 'wait', batchAfterMs: 0 })
    sink.answers = ['hang']
    delivery.offer(scores(1, 2))
    delivery.mark()
    expect(delivery.owing).toEqual({ from: 1, failing: false })
    await delivery.drain(AbortSignal.abort())
    expect(notes).toContain('dropped out 2 stopped')
    delivery.mark()
    expect(delivery.owing).toEqual({ from: 0, failing: true })
  })
})
