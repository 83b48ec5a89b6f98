import type { MessageToProduce } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import { scoreReport } from '../../../test/sample-reports.ts'
import type { Report } from '../../core/report.ts'
import { JsonLinesEncoder } from '../../codecs/json-lines.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { ExactlyOnce, notedMax } from './exactly-once.ts'
import { KafkaMessages, kafkaKinds } from './messages.ts'
import { kafkaSinkOptions } from './options.ts'
import type { KafkaSinkOptions } from './options.ts'

const partition = 'in/t/0'

/** What one cluster keeps: commits in their order, and what they are to do next. */
class Cluster {
  readonly commits: { values: number[]; nextOffset: number; id: string }[] = []
  nextOffset: number | undefined
  note = ''
  member = { groupId: 'g', memberId: 'm', generationId: 1 }
  /** `lost`: the commit happens, its answer is lost. */
  next: 'done' | 'refused' | 'lost' = 'done'

  open() {
    return Promise.resolve({ nextOffset: this.nextOffset, note: this.note })
  }

  commit(
    messages: readonly MessageToProduce[],
    nextOffset: number,
    { id, note }: { id: string; note: string },
  ) {
    const how = this.next
    this.next = 'done'
    if (how === 'refused') return Promise.reject(new Error('refused'))
    // As the real ones do: an id that was committed is not committed again.
    if (!this.commits.some((commit) => commit.id === id)) {
      const values = messages.map(({ value }) => JSON.parse(String(value)).value as number)
      this.commits.push({ values, nextOffset, id })
      this.nextOffset = nextOffset
      this.note = note
    }
    return how === 'lost' ? Promise.reject(new Error('no answer')) : Promise.resolve()
  }

  partitionsOf() {
    return Promise.resolve(1)
  }

  close() {
    return Promise.resolve()
  }

  get told() {
    return this.commits.map(({ values, nextOffset }) => [values, nextOffset])
  }
}

function outlet(cluster: Cluster, limit = 100, onFull = (): void => undefined): ExactlyOnce {
  const options = optionsWithDefaults(kafkaSinkOptions) as KafkaSinkOptions
  const messages = new KafkaMessages(options, new JsonLinesEncoder())
  const sinks = [{ name: 'out', topic: 'out', accepts: kafkaKinds(options), messages }]
  const telemetry = {
    sinkWrote: () => undefined,
    sinkFailed: () => undefined,
    sinkQueue: () => undefined,
  }
  const made = { partition, transactions: cluster, sinks, limit, telemetry, nowMs: () => 0, onFull }
  return new ExactlyOnce(made)
}

const report = (value: number): Report => scoreReport({ value })

async function checkpoint(once: ExactlyOnce, offset: number): Promise<void> {
  once.mark()
  await once.commit(new Map([[partition, offset]]))
  once.confirmOutbox()
}

test('commits what was offered before the cut, with the offset behind it', async () => {
  const cluster = new Cluster()
  const once = outlet(cluster)
  once.offer([report(1), report(2)])
  once.mark()
  once.offer([report(3)])
  await once.commit(new Map([[partition, 7]]))
  await checkpoint(once, 8)
  await checkpoint(once, 8)
  expect(cluster.told).toEqual([
    [[1, 2], 8],
    [[3], 9],
  ])
})

test('commits an offset without reports, and nothing before anything was taken', async () => {
  const cluster = new Cluster()
  const once = outlet(cluster)
  once.mark()
  await once.commit(new Map())
  await checkpoint(once, 4)
  expect(cluster.told).toEqual([[[], 5]])
})

test('a commit that failed comes first the next time, whether it had happened or not', async () => {
  for (const next of ['refused', 'lost'] as const) {
    const cluster = new Cluster()
    const once = outlet(cluster)
    once.offer([report(1)])
    cluster.next = next
    await expect(checkpoint(once, 1)).rejects.toThrow(/refused|no answer/)
    once.offer([report(2)])
    await checkpoint(once, 2)
    expect(cluster.told).toEqual([
      [[1], 2],
      [[2], 3],
    ])
  }
})

test('says nothing while it is to be silent, and commits nothing either', async () => {
  const cluster = new Cluster()
  cluster.nextOffset = 5
  const once = outlet(cluster)
  expect(await once.open()).toEqual({ nextOffset: 5, noted: [] })
  once.hush()
  once.offer([report(1)])
  await checkpoint(once, 3)
  expect(cluster.told).toEqual([])
  once.speak()
  once.offer([report(2)])
  await checkpoint(once, 5)
  expect(cluster.told).toEqual([[[2], 6]])
})

test('ticks by the clock and words are in the note until the states are saved', async () => {
  const cluster = new Cluster()
  const once = outlet(cluster)
  expect(once.note({ offset: 3, timestampMs: 1_000 })).toBe(true)
  once.offer([report(1)])
  once.mark()
  once.note({ offset: 3, word: 12 })
  await once.commit(new Map([[partition, 3]]))
  const first = { offset: 3, timestampMs: 1_000 }
  const second = { offset: 3, word: 12 }
  expect((await outlet(cluster).open()).noted).toEqual([first])
  // It was not saved: both stand there now.
  once.offer([report(2)])
  await checkpoint(once, 3)
  expect((await outlet(cluster).open()).noted).toEqual([first, second])
  once.offer([report(3)])
  await checkpoint(once, 3)
  expect((await outlet(cluster).open()).noted).toEqual([])
})

test('more ticks than a note holds are not taken', () => {
  const once = outlet(new Cluster())
  const noted = (): boolean => once.note({ offset: 1, timestampMs: 8.64e15 })
  expect(Array.from({ length: notedMax }, noted).every(Boolean)).toBe(true)
  expect(noted()).toBe(false)
})

test('whoever offers too much waits for the next commit, which is asked for', async () => {
  const cluster = new Cluster()
  let asked = 0
  const once = outlet(cluster, 2, () => void asked++)
  expect(once.offer([report(1)])).toBeUndefined()
  let room = false
  const waiting = once.offer([report(2), report(3)])?.then(() => (room = true))
  expect([asked, room]).toEqual([1, false])
  await checkpoint(once, 1)
  await waiting
  expect(room).toBe(true)
})
