import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  forecastReport,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { alarm, counted, deliveryWith, numbers, scores } from '../../test/scripted-delivery.ts'
import type { Answer } from '../../test/scripted-delivery.ts'
import { settled } from '../../test/virtual-clock.ts'

describe('batches', () => {
  test('a batch goes out when it is full', async () => {
    const { sink, delivery } = deliveryWith({ batchMax: 3 })
    delivery.offer(scores(1, 2))
    await settled()
    expect(sink.batches).toEqual([])
    delivery.offer(scores(3, 4))
    await settled()
    expect(sink.values).toEqual([1, 2, 3])
  })

  test('a batch that does not fill goes out in time, counted from its first report', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchAfterMs: 1000 })
    delivery.offer(scores(1))
    await clock.advance(700)
    delivery.offer(scores(2))
    await clock.advance(299)
    expect(sink.batches).toEqual([])
    await clock.advance(1)
    expect(sink.values).toEqual([1, 2])
    expect(clock.timerCount).toBe(0)
  })

  test('an alarm does not wait, and takes along what waited before it', async () => {
    const { sink, delivery } = deliveryWith({ batchAfterMs: 60_000 })
    delivery.offer(scores(1, 2))
    delivery.offer([alarm(3), ...scores(4)])
    await settled()
    expect(sink.values).toEqual([1, 2, -3, 4])
  })

  test('kinds that the sink does not want are passed over', async () => {
    const { sink, delivery } = deliveryWith({ batchAfterMs: 0 }, ['alarm', 'forecast'])
    delivery.offer([scoreReport(), forecastReport(), rejectionReport(), alarm(1)])
    await settled()
    expect(sink.batches.flat().map((report) => report.kind)).toEqual(['forecast', 'alarm'])
    expect(delivery.state().waiting).toBe(0)
  })

  test('one write is under way at a time, and the order of offers is kept', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchMax: 2, batchAfterMs: 0 })
    sink.answers = [{ afterMs: 50 }]
    for (const value of numbers(1, 7)) delivery.offer(scores(value))
    await clock.advance(1000)
    expect(sink.values).toEqual(numbers(1, 7))
    expect(sink.batches.map((batch) => batch.length)).toEqual([1, 2, 2, 2])
  })

  test('an alarm overtakes the scores that do not fit into the next batch', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchMax: 2 })
    sink.answers = [{ afterMs: 50 }]
    delivery.offer(scores(1, 2, 3, 4, 5))
    delivery.offer([alarm(6)])
    await clock.advance(5000)
    expect(sink.values).toEqual([1, 2, 3, -6, 4, 5])
  })
})

describe('what people silenced', () => {
  const silenced = { silenceId: 's1', who: 'ann', untilMs: 9 }
  const reports = [
    alarmReport('firing', { value: 1 }),
    alarmReport('firing', { value: 2, silenced }),
    alarmReport('firing', { value: 3, silenced, news: 'silenced' }),
    alarmReport('firing', { value: 4, news: 'unsilenced' }),
    alarmReport('firing', { value: 5, news: 'told' }),
    alarmReport('firing', { value: 6, news: 'acknowledged' }),
    alarmReport('resolved', { value: 7 }),
  ]

  async function f(silencedWord: 'usual' | 'skip' | 'send', calls: boolean, want: number[]) {
    const options = { silenced: silencedWord }
    const { clock, sink, notes, delivery } = deliveryWith(options, ['alarm'], calls)
    delivery.offer(reports)
    await clock.advance(0)
    expect(sink.values.map((value) => -value)).toEqual(want)
    expect(counted(notes, 'dropped')).toBe(0)
  }

  test('reaches a sink that keeps or shows, marked', () => f('usual', false, numbers(1, 7)))
  test('does not reach one that calls people', () => f('usual', true, [1, 5, 7]))
  test('reaches whichever is told to be sent it', () => f('send', true, numbers(1, 7)))
  test('does not reach whichever is told to skip it', () => f('skip', false, [1, 5, 7]))
})

describe('a failing sink', () => {
  test('gets the same batch again until it takes it', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = ['fail', 'fail', 'take']
    delivery.offer(scores(1, 2))
    await clock.advance(10_000)
    expect(sink.values).toEqual([1, 2])
    expect(notes).toEqual(['failed out gone', 'failed out gone', 'wrote out 2 in 0'])
    expect(delivery.state()).toMatchObject({
      activity: 'idle',
      waiting: 0,
      written: 2,
      dropped: 0,
      failuresInRow: 0,
      lastError: 'gone',
    })
  })

  test('is tried after waits that double up to a cap, each drawn below its bound', async () => {
    const options = { batchAfterMs: 0, retryFirstMs: 100, retryCapMs: 1600 }
    const { clock, sink, delivery } = deliveryWith(options)
    sink.answers = ['fail']
    delivery.offer(scores(1))
    await clock.advance(60_000)
    const waits = sink.attemptsMs.slice(1).map((at, i) => at - (sink.attemptsMs[i] as number))
    waits.forEach((wait, i) => expect(wait).toBeLessThanOrEqual(Math.min(1600, 100 * 2 ** i)))
    // Full jitter: the mean of uniform waits up to 1600 is 800, and some are in either half.
    const late = waits.slice(4)
    expect(late.length).toBeGreaterThan(40)
    expect(late.some((wait) => wait < 400)).toBe(true)
    expect(late.some((wait) => wait > 1200)).toBe(true)
    const mean = late.reduce((sum, wait) => sum + wait, 0) / late.length
    expect(Math.abs(mean - 800)).toBeLessThan(200)
  })

  test('is not asked before the time that it named, within reason', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = [{ askMs: 45_000 }, { askMs: 86_400_000 }, 'take']
    delivery.offer(scores(1))
    await clock.advance(44_999)
    expect(sink.attemptsMs).toEqual([0])
    await clock.advance(1)
    expect(sink.attemptsMs).toEqual([0, 45_000])
    await clock.advance(3_600_000)
    expect(sink.attemptsMs).toEqual([0, 45_000, 3_645_000])
    expect(sink.values).toEqual([1])
  })

  test('that refuses for good loses the batch, counted, and gets the next one', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ batchMax: 2, batchAfterMs: 0 })
    sink.answers = ['refuse', 'take']
    delivery.offer(scores(1, 2, 3))
    await clock.advance(1)
    expect(sink.values).toEqual([3])
    expect(notes).toEqual(['failed out too odd', 'dropped out 2 refused', 'wrote out 1 in 0'])
    expect(delivery.state()).toMatchObject({ written: 1, dropped: 2 })
  })

  test('with a fault of its own is tried again, as if it were gone', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ batchAfterMs: 0 })
    sink.answers = ['crash', 'take']
    delivery.offer(scores(1))
    await clock.advance(10_000)
    expect(sink.values).toEqual([1])
    expect(notes[0]).toBe('failed out x is not a function')
  })

  test('that does not answer is broken off after its time and tried again', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchAfterMs: 0, timeoutMs: 5000 })
    sink.answers = ['hang', 'take']
    delivery.offer(scores(1))
    await clock.advance(4999)
    expect(delivery.state()).toMatchObject({ activity: 'writing', waiting: 1, failuresInRow: 0 })
    await clock.advance(1)
    expect(delivery.state()).toMatchObject({
      activity: 'backing off',
      waiting: 1,
      failuresInRow: 1,
      lastFailureMs: 5000,
      lastError: 'no answer in 5000 ms: broken off',
    })
    await clock.advance(500)
    expect(sink.values).toEqual([1])
  })

  test('that takes too long is tried again, even if it calls the break a refusal', async () => {
    const { clock, sink, delivery } = deliveryWith({ batchAfterMs: 0, timeoutMs: 5000 })
    sink.answers = ['sulk', 'take']
    delivery.offer(scores(1))
    await clock.advance(6000)
    expect(sink.values).toEqual([1])
    expect(delivery.state().dropped).toBe(0)
  })

  test('is tried soon again after a success: waits begin anew', async () => {
    const options = { batchAfterMs: 0, retryFirstMs: 10, retryCapMs: 3_600_000 }
    const { clock, sink, delivery } = deliveryWith(options)
    for (let value = 1; value <= 50; value++) {
      sink.answers = ['fail', 'take']
      delivery.offer(scores(value))
      // Each is the first failure in a row, so its wait is at most 10 ms.
      await clock.advance(10)
      expect(sink.values.at(-1)).toBe(value)
    }
  })
})

describe('a full queue', () => {
  test('drops the oldest scores and counts them; alarms stay', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ queueLimit: 3, batchMax: 1 })
    sink.answers = ['fail']
    delivery.offer(scores(0))
    await settled()
    // 0 is under way; of 1 to 9 the last three stay, and the alarm among them.
    for (const value of numbers(1, 9)) {
      delivery.offer(value === 4 ? [alarm(4)] : scores(value))
    }
    expect(counted(notes, 'dropped')).toBe(5)
    expect(delivery.state()).toMatchObject({ waiting: 5, dropped: 5 })
    sink.answers = ['take']
    await clock.advance(60_000)
    expect(sink.values).toEqual([0, -4, 7, 8, 9])
  })

  test('of alarms alone drops the oldest alarms, as loudly', async () => {
    const { clock, sink, notes, delivery } = deliveryWith({ alarmLimit: 2, batchMax: 1 })
    sink.answers = ['fail']
    delivery.offer([alarm(1)])
    await settled()
    delivery.offer([alarm(2), alarm(3), alarm(4)])
    expect(notes).toContain('dropped out 1 queue_full')
    sink.answers = ['take']
    await clock.advance(60_000)
    expect(sink.values).toEqual([-1, -3, -4])
  })

  test('with the policy to wait holds up the caller until there is room', async () => {
    const options = { queueLimit: 2, batchMax: 2, whenFull: 'wait' } as const
    const { clock, sink, notes, delivery } = deliveryWith(options)
    sink.answers = [{ afterMs: 100 }]
    expect(delivery.offer(scores(1, 2))).toBeUndefined()
    await settled()
    expect(delivery.offer(scores(3, 4))).toBeUndefined()
    let free = false
    const room = delivery.offer(scores(5)) as Promise<void>
    void room.then(() => (free = true))
    await clock.advance(99)
    expect(free).toBe(false)
    await clock.advance(1)
    expect(free).toBe(true)
    await clock.advance(5000)
    expect(sink.values).toEqual([1, 2, 3, 4, 5])
    expect(counted(notes, 'dropped')).toBe(0)
  })
})

test('a sink dead for an hour: bounded memory, every alarm in order, drops counted', async () => {
  const { clock, sink, notes, delivery } = deliveryWith({ queueLimit: 500, batchMax: 100 })
  sink.answers = ['fail']
  for (let second = 1; second <= 3600; second++) {
    delivery.offer(scores(second))
    if (second % 60 === 0) delivery.offer([alarm(second)])
    await clock.advance(1000)
    expect(delivery.state().waiting).toBeLessThanOrEqual(500 + 100 + 60)
  }
  sink.answers = ['take']
  await clock.advance(120_000)
  const alarms = sink.values.filter((value) => value < 0)
  expect(alarms).toEqual(numbers(1, 60).map((minute) => -60 * minute))
  const kept = sink.values.filter((value) => value > 0)
  expect(kept).toEqual([...kept].sort((a, b) => a - b))
  expect(kept.slice(-500)).toEqual(numbers(3101, 3600))
  expect(counted(notes, 'dropped')).toBe(3600 - kept.length)
  expect(delivery.state()).toMatchObject({ waiting: 0, dropped: 3600 - kept.length })
})

describe('for any run of offers and answers', () => {
  const answer = fc.oneof(
    fc.constantFrom<Answer>('take', 'take', 'fail', 'refuse', 'hang', 'crash'),
    fc.integer({ min: 1, max: 5000 }).map((afterMs): Answer => ({ afterMs })),
    fc.integer({ min: 1, max: 5000 }).map((askMs): Answer => ({ askMs })),
  )
  const step = fc.record({
    kind: fc.constantFrom('score', 'score', 'score', 'alarm'),
    count: fc.integer({ min: 1, max: 6 }),
    thenMs: fc.integer({ min: 0, max: 3000 }),
  })
  const plan = fc.record({
    answers: fc.array(answer, { maxLength: 20 }),
    steps: fc.array(step, { maxLength: 20 }),
    queueLimit: fc.integer({ min: 1, max: 12 }),
    batchMax: fc.integer({ min: 1, max: 8 }),
  })

  test('everything is written in order or counted as lost, and alarms outlive scores', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ answers, steps, queueLimit, batchMax }) => {
        const { clock, sink, delivery } = deliveryWith({ queueLimit, batchMax })
        sink.answers = [...answers, 'take']
        let offered = 0
        for (const { kind, count, thenMs } of steps) {
          const values = numbers(offered + 1, offered + count)
          offered += count
          delivery.offer(kind === 'score' ? scores(...values) : values.map(alarm))
          await clock.advance(thenMs)
          const { waiting, written, dropped } = delivery.state()
          expect(waiting + written + dropped).toBe(offered)
        }
        const drained = delivery.drain(new AbortController().signal)
        await clock.advance(3_600_000)
        await drained
        const { waiting, written, dropped } = delivery.state()
        expect({ waiting, total: written + dropped }).toEqual({ waiting: 0, total: offered })
        expect(sink.values).toHaveLength(written)
        const ascending = (values: number[]): boolean =>
          values.every((value, i) => i === 0 || value > (values[i - 1] as number))
        expect(ascending(sink.values.filter((value) => value > 0))).toBe(true)
        expect(ascending(sink.values.filter((value) => value < 0).map((value) => -value))).toBe(
          true,
        )
      }),
      { numRuns: 150 },
    )
  })
})
