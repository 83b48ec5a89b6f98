/**
 * A sink whose other side is gone for an hour of virtual time: scoring goes on, what waits stays
 * within its bound, every alarm arrives afterwards in order, and what was dropped is counted.
 */

import { expect } from 'vitest'
import type { Clock, Timers } from '../src/core/clock.ts'
import { Labels } from '../src/core/labels.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import type { Report } from '../src/core/report.ts'
import { Delivery } from '../src/sinks/delivery.ts'
import { deliveryOptions } from '../src/sinks/delivery/options.ts'
import type { Sink } from '../src/sinks/sink.ts'
import { quietTelemetry } from './quiet-telemetry.ts'
import { alarmReport, noonMs, scoreReport } from './sample-reports.ts'
import { VirtualClock } from './virtual-clock.ts'

const minuteMs = 60_000
const minutes = 60
const scoresEach = 50
const queueLimit = 500
const batchMax = 100

/** A sink and its other side. */
export interface DeadHourSubject {
  make(clock: Clock & Timers): Sink
  /** What the other side has, in order, one text for each alarm or more. */
  texts(): Promise<readonly string[]>
  shut(): Promise<unknown>
  open(): Promise<unknown>
  /** Turns of the network, a millisecond or more, for which one that is gone may be waited for. */
  readonly patienceTurns: number
}

/** The alarm of a minute, of a series of its own; told by its number. */
function alarmOf(minute: number, timestampMs: number): Report {
  const number = 7000 + minute
  const labels = Labels.named('shop', [['n', String(number)]])
  const told = { labels, timestampMs, startedMs: timestampMs, value: number, index: minute }
  return alarmReport('firing', { ...told, alarmId: `a${number}`, reason: `reason ${number}` })
}

/** The numbers of the alarms that arrived, each once, in order. */
function arrived(texts: readonly string[]): number[] {
  const numbers = texts.flatMap((text) => [...text.matchAll(/\b7\d{3}\b/g)].map(Number))
  return [...new Set(numbers)]
}

/** Lets news travel between sockets. */
const travelled = (): Promise<unknown> => new Promise((done) => setTimeout(done, 1))

/** Lets the hour pass and looks at all of it. */
export async function deadHour(subject: DeadHourSubject): Promise<void> {
  const clock = new VirtualClock(noonMs)
  const sink = subject.make(clock)
  const counted = { dropped: 0, failures: 0 }
  const delivery = new Delivery({
    name: 'subject',
    sink,
    options: optionsWithDefaults(deliveryOptions, { queueLimit, batchMax }),
    telemetry: {
      ...quietTelemetry,
      sinkDropped: (_name, reports) => void (counted.dropped += reports),
      sinkFailed: () => void counted.failures++,
    },
    clock,
  })
  try {
    await hourOf(subject, { clock, delivery, counted })
    const offered = (minutes + 1) * (sink.accepts.has('score') ? scoresEach + 1 : 1)
    expect(delivery.state().written + counted.dropped).toBe(offered)
    expect(counted.dropped > 0).toBe(sink.accepts.has('score'))
  } finally {
    await delivery.drain(AbortSignal.abort())
  }
}

interface Watched {
  readonly clock: VirtualClock
  readonly delivery: Delivery
  readonly counted: { readonly dropped: number; readonly failures: number }
}

async function hourOf(subject: DeadHourSubject, { clock, delivery, counted }: Watched) {
  /** Lets time pass until the sink stands like this; the network takes time of its own. */
  const until = async (stands: () => boolean): Promise<void> => {
    for (let turn = 0; !stands(); turn++) {
      expect(turn, JSON.stringify(delivery.state())).toBeLessThan(subject.patienceTurns)
      // A write has all the time that the network of a busy machine takes.
      if (delivery.state().activity !== 'writing') await clock.advance(1000)
      await travelled()
    }
  }
  const offer = (minute: number): void => {
    const timestampMs = clock.nowMs()
    const scores = Array.from({ length: scoresEach }, (_, index) =>
      scoreReport({ timestampMs: timestampMs + index, index: minute * scoresEach + index }),
    )
    // A promise would be scoring that waits.
    expect(delivery.offer([...scores, alarmOf(minute, timestampMs)])).toBeUndefined()
  }
  const have = async (numbers: readonly number[]): Promise<void> => {
    const there = async (): Promise<number[]> => arrived(await subject.texts())
    await expect.poll(there, { timeout: 5000 }).toEqual(numbers)
  }

  offer(0)
  await until(() => delivery.state().waiting === 0)
  await have([7000])
  await subject.shut()
  // What Carbon is sent before the end of the connection is seen is lost: it answers nothing.
  for (let turn = 0; turn < 50; turn++) await travelled()
  for (let minute = 1; minute <= minutes; minute++) {
    offer(minute)
    await clock.advance(minuteMs)
    expect(delivery.state().waiting).toBeLessThanOrEqual(queueLimit + batchMax + minute)
  }
  await until(() => counted.failures > 0)
  expect(delivery.state()).toMatchObject({ dropped: counted.dropped })
  await subject.open()
  await until(() => delivery.state().waiting === 0)
  await have(Array.from({ length: minutes + 1 }, (_, minute) => 7000 + minute))
}
