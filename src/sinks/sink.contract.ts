/**
 * What every sink must do, as tests. A sink's own test file calls it in its first line:
 *
 *   sinkContract('file', { open: async () => ({ sink, received, … }) })
 *
 * `received` reads the other side: what arrived there, one text for each report, in order.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  anyReport,
  forecastReport,
  rejectionReport,
  scoreReport,
  warningReport,
} from '../../test/sample-reports.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'

/** An open sink and the view of its other side. */
export interface OpenedSink {
  readonly sink: Sink
  /** What the other side has, one text a report, in the order of arrival. */
  received(): Promise<string[]>
  /** Makes the other side refuse from now on; absent where it cannot (memory). */
  breakOtherSide?(): Promise<void>
  /** Frees what the test used, after `close`. */
  dispose?(): Promise<void>
}

/** What the suite has to know of a sink. */
export interface SinkUnderTest {
  /** A fresh sink that accepts all it can, with a fresh other side. */
  open(): Promise<OpenedSink>
  /** Generated cases; fewer for a sink with a slow other side. */
  readonly runs?: number
}

const patience = new AbortController().signal

/** One report of each kind. */
const oneOfEach: readonly Report[] = [
  scoreReport(),
  alarmReport('firing'),
  rejectionReport(),
  forecastReport(),
  warningReport('told'),
]

/** Changes of an alarm of its own for each number, told apart by the value. */
function alarms(count: number): Report[] {
  return Array.from({ length: count }, (_, i) =>
    alarmReport('firing', { alarmId: `alarm-${i}`, value: 7000 + i, reason: `reason ${7000 + i}` }),
  )
}

/** The numbers 7000 … that the texts speak of, in order. */
function numbersIn(texts: readonly string[]): number[] {
  return texts.map((text) => Number(/\b7\d{3}\b/.exec(text)?.[0]))
}

async function withSink(subject: SinkUnderTest, work: (opened: OpenedSink) => Promise<void>) {
  const opened = await subject.open()
  try {
    await work(opened)
  } finally {
    await opened.sink.close()
    await opened.dispose?.()
  }
}

/** The suite. */
export function sinkContract(name: string, subject: SinkUnderTest): void {
  describe(`sink contract: ${name}`, () => {
    test('it accepts alarms, and no kind that there is not', async () => {
      await withSink(subject, async ({ sink }) => {
        const kinds: readonly ReportKind[] = ['score', 'alarm', 'rejection', 'forecast', 'warning']
        expect(sink.accepts.has('alarm')).toBe(true)
        for (const kind of sink.accepts) expect(kinds).toContain(kind)
      })
    })

    test('once a write has resolved, the other side has its reports, in their order', async () => {
      await withSink(subject, async ({ sink, received }) => {
        await sink.write(alarms(3), patience)
        expect(numbersIn(await received())).toEqual([7000, 7001, 7002])
        const [, , , fourth, fifth] = alarms(5)
        await sink.write([fourth, fifth] as Report[], patience)
        expect(numbersIn(await received())).toEqual([7000, 7001, 7002, 7003, 7004])
      })
    })

    test('every kind that it accepts arrives', async () => {
      await withSink(subject, async ({ sink, received }) => {
        const wanted = oneOfEach.filter((report) => sink.accepts.has(report.kind))
        await sink.write(wanted, patience)
        expect(await received()).toHaveLength(wanted.length)
      })
    })

    test('an empty batch writes nothing', async () => {
      await withSink(subject, async ({ sink, received }) => {
        await sink.write([], patience)
        expect(await received()).toEqual([])
      })
    })

    test('the same batch again is harmless', async () => {
      await withSink(subject, async ({ sink, received }) => {
        const batch = alarms(2)
        await sink.write(batch, patience)
        await sink.write(batch, patience)
        expect(new Set(numbersIn(await received()))).toEqual(new Set([7000, 7001]))
      })
    })

    test('any report, however odd, is taken or refused by a SinkError', async () => {
      await withSink(subject, async ({ sink, received }) => {
        const property = fc.asyncProperty(
          fc.array(anyReport, { maxLength: 5 }),
          async (reports) => {
            const wanted = reports.filter((report) => sink.accepts.has(report.kind))
            const before = wanted.map((report) => Object.values(report))
            try {
              await sink.write(wanted, patience)
            } catch (error) {
              expect(error).toBeInstanceOf(SinkError)
            }
            expect(wanted.map((report) => Object.values(report))).toEqual(before)
          },
        )
        await fc.assert(property, { numRuns: subject.runs ?? 100 })
        await sink.write(alarms(1), patience)
        expect(numbersIn((await received()).slice(-1))).toEqual([7000])
      })
    })

    test('with an aborted signal a write settles, by a SinkError if it fails', async () => {
      await withSink(subject, async ({ sink }) => {
        try {
          await sink.write(alarms(1), AbortSignal.abort())
        } catch (error) {
          expect(error).toBeInstanceOf(SinkError)
          expect((error as SinkError).retryable).toBe(true)
        }
      })
    })

    test('an other side that refuses is a SinkError', async (context) => {
      await withSink(subject, async (opened) => {
        if (opened.breakOtherSide === undefined) {
          context.skip(`the other side of ${name} cannot refuse`)
          return
        }
        await opened.breakOtherSide()
        await expect(opened.sink.write(alarms(1), patience)).rejects.toBeInstanceOf(SinkError)
      })
    })

    test('it can be closed twice', async () => {
      await withSink(subject, async ({ sink }) => {
        await sink.write(alarms(1), patience)
        await sink.close()
      })
    })
  })
}
