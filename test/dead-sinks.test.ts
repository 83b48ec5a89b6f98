/**
 * Each sink's other side is gone for an hour of virtual time. Scoring goes on, what waits stays
 * within its bound, every alarm arrives afterwards in order, and what was dropped is counted.
 */

import { afterEach, expect, test } from 'vitest'
import { Labels } from '../src/core/labels.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import type { Report } from '../src/core/report.ts'
import { Delivery } from '../src/sinks/delivery.ts'
import { deliveryOptions } from '../src/sinks/delivery/options.ts'
import { quietTelemetry } from './quiet-telemetry.ts'
import { alarmReport, noonMs, scoreReport } from './sample-reports.ts'
import { sinksOnPeers } from './sinks-on-peers.ts'
import { TcpGate } from './tcp-gate.ts'
import { VirtualClock } from './virtual-clock.ts'

const minuteMs = 60_000
const minutes = 60
const scoresEach = 50
const queueLimit = 500
const batchMax = 100
/** A sink that is broken off waits this long for the network to say so. */
const patienceTurns = 3_000

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

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

test.each(sinksOnPeers)('$name: dead for an hour', async ({ start, sink: make }) => {
  const peer = await start()
  cleanups.push(() => peer.stop())
  const gate = await TcpGate.before(peer.port)
  cleanups.push(() => gate.shut())
  const clock = new VirtualClock(noonMs)
  const sink = make(gate.port, clock)
  let dropped = 0
  let failures = 0
  const delivery = new Delivery({
    name: 'subject',
    sink,
    options: optionsWithDefaults(deliveryOptions, { queueLimit, batchMax }),
    telemetry: {
      ...quietTelemetry,
      sinkDropped: (_name, reports) => void (dropped += reports),
      sinkFailed: () => void failures++,
    },
    clock,
  })
  cleanups.push(() => delivery.drain(AbortSignal.abort()))

  /** Lets time pass until the sink stands like this; the network takes time of its own. */
  const until = async (stands: () => boolean): Promise<void> => {
    for (let turn = 0; !stands(); turn++) {
      expect(turn, JSON.stringify(delivery.state())).toBeLessThan(patienceTurns)
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

  offer(0)
  await until(() => delivery.state().waiting === 0)
  await expect.poll(() => arrived(peer.texts()), { timeout: 5000 }).toEqual([7000])
  await gate.shut()
  // What Carbon is sent before the end of the connection is seen is lost: it answers nothing.
  for (let turn = 0; turn < 50; turn++) await travelled()
  for (let minute = 1; minute <= minutes; minute++) {
    offer(minute)
    await clock.advance(minuteMs)
    expect(delivery.state().waiting).toBeLessThanOrEqual(queueLimit + batchMax + minute)
  }
  await until(() => failures > 0)
  expect(delivery.state()).toMatchObject({ written: expect.any(Number), dropped })
  await gate.open()
  await until(() => delivery.state().waiting === 0)

  const all = Array.from({ length: minutes + 1 }, (_, minute) => 7000 + minute)
  await expect.poll(() => arrived(peer.texts()), { timeout: 5000 }).toEqual(all)
  const offered = (minutes + 1) * (sink.accepts.has('score') ? scoresEach + 1 : 1)
  expect(delivery.state().written + dropped).toBe(offered)
  expect(dropped > 0).toBe(sink.accepts.has('score'))
})
