import { describe, expect, test } from 'vitest'
import { alarm, deliveryWith, scores } from '../../../test/scripted-delivery.ts'
import { settled } from '../../../test/virtual-clock.ts'

describe('a drain', () => {
  const patient = (): AbortSignal => new AbortController().signal

  test('writes what waits at once, then closes the sink', async () => {
    const { sink, delivery } = deliveryWith({ batchMax: 2, batchAfterMs: 60_000 })
    delivery.offer(scores(1))
    await settled()
    delivery.offer(scores(2, 3))
    await delivery.drain(patient())
    expect(sink.values).toEqual([1, 2, 3])
    expect(sink.closed).toBe(1)
    expect(delivery.state().activity).toBe('closed')
  })

  test('with nothing to write closes the sink, once', async () => {
    const { clock, sink, delivery } = deliveryWith()
    await delivery.drain(patient())
    await delivery.drain(patient())
    expect(sink.closed).toBe(1)
    expect(clock.timerCount).toBe(0)
  })

  test('waits for the write that is under way', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = [{ afterMs: 100 }]
    delivery.offer(scores(1))
    await settled()
    const drained = delivery.drain(patient())
    await clock.advance(100)
    await drained
    expect(sink.values).toEqual([1])
    expect(sink.closed).toBe(1)
  })

  test('tries a sink at once that was waited for', async () => {
    const { sink, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = [{ askMs: 600_000 }, 'take']
    delivery.offer(scores(1))
    await settled()
    await delivery.drain(patient())
    expect(sink.values).toEqual([1])
  })

  test('ends at its bound where the sink is dead, and counts what is lost', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ batchMax: 2, batchAfterMs: 0 })
    sink.answers = ['fail']
    delivery.offer([...scores(1, 2, 3), alarm(4)])
    await settled()
    const bound = new AbortController()
    const drained = delivery.drain(bound.signal)
    await clock.advance(3000)
    bound.abort()
    await drained
    expect(notes.at(-1)).toBe('dropped out 4 stopped')
    expect(delivery.state()).toMatchObject({ activity: 'closed', waiting: 0, dropped: 4 })
    await clock.advance(60_000)
    expect(sink.closed).toBe(1)
    expect(clock.timerCount).toBe(0)
  })

  test('is not held up by a write that does not end; the sink is closed when it does', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = [{ afterMs: 10_000 }]
    delivery.offer(scores(1))
    await settled()
    const bound = new AbortController()
    const drained = delivery.drain(bound.signal)
    bound.abort()
    await drained
    expect(sink.closed).toBe(0)
    expect(notes).toEqual(['dropped out 1 stopped'])
    await clock.advance(10_000)
    expect(sink.closed).toBe(1)
    expect(delivery.state()).toMatchObject({ written: 0, dropped: 1 })
  })

  test('breaks off a write that listens to its signal', async () => {
    const { sink, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = ['hang']
    delivery.offer(scores(1))
    await settled()
    await delivery.drain(AbortSignal.abort())
    await settled()
    expect(sink.closed).toBe(1)
    expect(delivery.state().dropped).toBe(1)
  })

  test('frees callers that wait for room; what they offer later is counted as lost', async () => {
    const options = { queueLimit: 1, batchMax: 1, whenFull: 'wait' } as const
    const { sink, notes, delivery } = deliveryWith(options)
    sink.answers = ['fail']
    delivery.offer(scores(1))
    await settled()
    const room = delivery.offer(scores(2, 3))
    await delivery.drain(AbortSignal.abort())
    await room
    expect(delivery.offer(scores(4, 5))).toBeUndefined()
    expect(notes.slice(-2)).toEqual(['dropped out 3 stopped', 'dropped out 2 stopped'])
  })

  test('that cannot close the sink says so and ends', async () => {
    const { sink, notes, delivery } = deliveryWith()
    sink.close = () => Promise.reject(new Error('no such descriptor'))
    await delivery.drain(patient())
    expect(notes).toEqual(['failed out no such descriptor'])
  })
})
