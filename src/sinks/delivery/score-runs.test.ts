/** Deliveries and messages of scores as rows: as if they came one by one. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmReport, anyReport, scoreReport } from '../../../test/sample-reports.ts'
import { woven } from '../../../test/score-runs.ts'
import { deliveryWith } from '../../../test/scripted-delivery.ts'
import { settled } from '../../../test/virtual-clock.ts'
import { JsonLinesEncoder } from '../../codecs/json-lines.ts'
import { Labels } from '../../core/labels.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import type { Report } from '../../core/report.ts'
import { countOf, singleReports } from '../../core/score-run.ts'
import type { Reports } from '../../core/score-run.ts'
import { KafkaMessages } from '../kafka/messages.ts'
import { kafkaSinkOptions } from '../kafka/options.ts'
import { MemoryLane } from './lane.ts'
import { OutboxLane } from './outbox-lane.ts'
import { ReportQueue } from './queue.ts'

const reportLists = fc.array(fc.array(anyReport, { maxLength: 15 }), { maxLength: 5 })

function queueOf(lists: readonly Reports[], limit: number): ReportQueue {
  const queue = new ReportQueue(new OutboxLane('out', limit, []), new MemoryLane(limit))
  for (const list of lists) for (const each of list) queue.push(each)
  return queue
}

describe('a queue of runs hands out what a queue of reports does', () => {
  test('in batches of any size, up to any mark, trimmed to any limit', () => {
    fc.assert(
      fc.property(
        reportLists,
        fc.integer({ min: 1, max: 80 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 }))),
        (lists, limit, asked) => {
          const runs = queueOf(
            lists.map((list) => woven(list)),
            limit,
          )
          const single = queueOf(lists, limit)
          expect(runs.trim()).toBe(single.trim())
          for (const [reportsMax, mark] of asked) {
            const marked = mark > 40 ? undefined : mark
            const next = (queue: ReportQueue): Reports =>
              marked === undefined
                ? queue.nextBatch(reportsMax)
                : queue.nextBatchUpTo(marked, reportsMax)
            expect(singleReports(next(runs))).toEqual(singleReports(next(single)))
            expect(runs.count).toBe(single.count)
            expect(runs.lowestUnsettled).toBe(single.lowestUnsettled)
            expect(runs.lastSequence).toBe(single.lastSequence)
          }
        },
      ),
    )
  })
})

describe('a delivery of runs', () => {
  test('hands a sink reports one by one, and counts them so', async () => {
    const { sink, delivery } = deliveryWith({ batchMax: 3, batchAfterMs: 0 })
    const values = [1, 2, 3, 4, 5]
    delivery.offer(woven(values.map((value) => scoreReport({ value }))))
    await settled()
    expect(sink.values).toEqual(values)
    expect(sink.batches.map(({ length }) => length)).toEqual([3, 2])
    expect(delivery.state()).toMatchObject({ written: 5, waiting: 0 })
  })

  test('passes over series that are not meant', async () => {
    const { sink, delivery } = deliveryWith({ batchAfterMs: 0, match: 'cpu*' })
    const of = (name: string, value: number): Report =>
      scoreReport({ labels: Labels.named(name), value })
    delivery.offer(woven([of('cpu1', 1), of('disk', 2), of('cpu2', 3), alarmReport('firing')]))
    await settled()
    expect(sink.batches.flat().map((report) => report.labels?.key)).toEqual([
      'cpu1',
      'cpu2',
      'cpu{host="a"}',
    ])
  })
})

describe('Kafka messages of runs', () => {
  test.each([1, 3, 500])('are those of the reports, %i to a message', (perMessage) => {
    const options = optionsWithDefaults(kafkaSinkOptions, { topic: 'out', perMessage })
    const messages = new KafkaMessages(options, new JsonLinesEncoder())
    messages.learnPartitions(3)
    fc.assert(
      fc.property(reportLists, (lists) => {
        const reports = lists.flat()
        const runs = lists.flatMap((list) => [...woven(list)])
        expect(countOf(runs)).toBe(reports.length)
        expect(messages.of(runs)).toEqual(messages.of(reports))
      }),
    )
  })
})
