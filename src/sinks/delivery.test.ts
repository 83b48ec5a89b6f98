import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  forecastReport,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { VirtualClock, settled } from '../../test/virtual-clock.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report, ReportKind } from '../core/report.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { Delivery } from './delivery.ts'
import { deliveryOptions } from './delivery/options.ts'
import type { DeliveryOptions } from './delivery/options.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** What a sink in memory does with the next write. */
type Answer =
  'take' | 'fail' | 'refuse' | 'hang' | 'crash' | { afterMs: number } | { askMs: number }

/** A sink in memory whose answers are scripted; the last answer holds for all later writes. */
class ScriptedSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly clock: VirtualClock
  answers: Answer[] = ['take']
  batches: (readonly Report[])[] = []
  attemptsMs: number[] = []
  writing = 0
  closed = 0

  constructor(clock: VirtualClock, kinds: readonly ReportKind[] = ['score', 'alarm']) {
    this.clock = clock
    this.accepts = new Set(kinds)
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    expect(this.writing).toBe(0)
    expect(this.closed).toBe(0)
    this.writing++
    this.attemptsMs.push(this.clock.nowMs())
    try {
      await this.#answer(signal)
      this.batches.push(reports)
    } finally {
      this.writing--
    }
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) as Answer
    if (answer === 'fail') throw new SinkError('gone', { retryable: true })
    if (answer === 'refuse') throw new SinkError('too odd', { retryable: false })
    if (answer === 'crash') throw new TypeError('x is not a function')
    if (answer === 'hang') {
      await new Promise((_, reject) => {
        const abort = (): void => reject(new SinkError('broken off', { retryable: true }))
        signal.addEventListener('abort', abort)
      })
    }
    if (typeof answer !== 'object') return
    if ('askMs' in answer) {
      throw new SinkError('busy', { retryable: true, retryAfterMs: answer.askMs })
    }
    await new Promise<void>((resolve) => this.clock.after(answer.afterMs, resolve))
  }

  async close(): Promise<void> {
    expect(this.writing).toBe(0)
    this.closed++
  }

  /** Values of what arrived; alarms as negative numbers. */
  get values(): number[] {
    return this.batches.flat().map(valueOf)
  }
}

function valueOf(report: Report): number {
  if (report.kind === 'score') return report.value
  return report.kind === 'alarm' ? -report.value : NaN
}

/** Telemetry that notes what deliveries say, as `what sink number detail`. */
function notedTelemetry(notes: string[]): Telemetry {
  return {
    ...quietTelemetry,
    sinkWrote: (sink, reports, tookMs) => notes.push(`wrote ${sink} ${reports} in ${tookMs}`),
    sinkFailed: (sink, error) => notes.push(`failed ${sink} ${(error as Error).message}`),
    sinkDropped: (sink, reports, reason) => notes.push(`dropped ${sink} ${reports} ${reason}`),
  }
}

function deliveryWith(options: Partial<DeliveryOptions> = {}, kinds?: readonly ReportKind[]) {
  const clock = new VirtualClock()
  const sink = new ScriptedSink(clock, kinds)
  const notes: string[] = []
  const telemetry = notedTelemetry(notes)
  const all = optionsWithDefaults(deliveryOptions, options)
  const delivery = new Delivery({ name: 'out', sink, options: all, telemetry, clock })
  return { clock, sink, notes, delivery }
}

const scores = (...values: number[]): Report[] => values.map((value) => scoreReport({ value }))
const alarm = (value: number): Report => alarmReport('firing', { value })
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Sum of the numbers in notes of one kind. */
function counted(notes: readonly string[], what: string): number {
  return notes
    .filter((note) => note.startsWith(`${what} `))
    .reduce((sum, note) => sum + Number(note.split(' ')[2]), 0)
}

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

  test('a batch that does not fill goes out after its time, counted from its first report', async () => {
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

  test('is tried after waits that double up to a cap, each drawn from zero to its bound', async () => {
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

  test('with the policy to wait holds up the caller until there is room, and drops nothing', async () => {
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

  test('frees callers that wait for room, and what they offer later is counted as lost', async () => {
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

describe('a delivery at a checkpoint', () => {
  const never = new AbortController().signal

  test('is settled once the sink has everything up to the mark; what came later waits', async () => {
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
})
