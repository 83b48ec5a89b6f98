/**
 * What every source keeps to. A source's test file starts with one call of `sourceContract`.
 */

import { describe, expect, test } from 'vitest'
import { VirtualClock, settled } from '../../test/virtual-clock.ts'
import type { Batch } from '../core/record.ts'
import type { Rejection } from '../core/rejection.ts'
import type { Source, SourceSurroundings } from './source.ts'

/** A source under test, fed so that it has at least `batches` batches to give. */
export interface SourceCase {
  readonly batches: number
  make(surroundings: SourceSurroundings): Source | Promise<Source>
}

/** Virtual time given to a source that waits, again and again. */
const stepMs = 100
/** Real time after which a source that still says nothing is taken for dead. */
const patienceMs = 20_000

/** Surroundings with a clock of their own, and what was refused. */
export class TestSurroundings implements SourceSurroundings {
  readonly name: string
  readonly clock = new VirtualClock(1_700_000_000_000)
  readonly rejections: Rejection[] = []
  readonly onRejection = (rejection: Rejection): void => void this.rejections.push(rejection)

  constructor(name = 'under-test') {
    this.name = name
  }
}

/** The batches of a source one by one; endless where no signal is given. */
export function iterated(
  source: Source,
  signal: AbortSignal = new AbortController().signal,
  positions?: ReadonlyMap<string, number>,
): AsyncIterator<Batch> {
  return source.batches(signal, positions)[Symbol.asyncIterator]()
}

/** The next batch, while time passes as fast as the source goes on; undefined at the end. */
export async function nextBatch(
  batches: AsyncIterator<Batch>,
  clock: VirtualClock,
): Promise<Batch | undefined> {
  const said: { next?: IteratorResult<Batch>; error?: unknown } = {}
  void batches.next().then(
    (next) => (said.next = next),
    (error: unknown) => (said.error = error),
  )
  const givenUpMs = performance.now() + patienceMs
  await settled()
  while (Object.keys(said).length === 0 && performance.now() < givenUpMs) {
    await clock.advance(stepMs)
  }
  if ('error' in said) throw said.error
  if (said.next === undefined) throw new Error('the source gave no batch and did not end')
  return said.next.done === true ? undefined : said.next.value
}

/** The first batches of a source; fewer where it ends. */
export async function firstBatches(
  source: Source,
  clock: VirtualClock,
  count: number,
): Promise<Batch[]> {
  const stop = new AbortController()
  const batches = iterated(source, stop.signal)
  const taken: Batch[] = []
  while (taken.length < count) {
    const batch = await nextBatch(batches, clock)
    if (batch === undefined) break
    taken.push(batch)
  }
  stop.abort()
  await batches.return?.()
  return taken
}

/** All texts of data records. */
export function textOf(batches: readonly Batch[]): string {
  const decoder = new TextDecoder()
  return batches
    .flatMap(({ records }) => records)
    .map((record) => (record.kind === 'data' ? decoder.decode(record.bytes) : ''))
    .join('')
}

/** See the head of the file. */
export function sourceContract(name: string, sourceCase: SourceCase): void {
  const made = async (): Promise<{ source: Source; surroundings: TestSurroundings }> => {
    const surroundings = new TestSurroundings()
    return { source: await sourceCase.make(surroundings), surroundings }
  }

  describe(`the source ${name} keeps the contract`, () => {
    test('ends at once where the signal has aborted before it starts', async () => {
      const { source, surroundings } = await made()
      const batches = iterated(source, AbortSignal.abort())
      expect((await batches.next()).done).toBe(true)
      expect(surroundings.clock.timerCount).toBe(0)
    })

    test('ends without time passing when the signal aborts while it is asked', async () => {
      const { source, surroundings } = await made()
      const stop = new AbortController()
      const batches = iterated(source, stop.signal)
      for (let i = 0; i < sourceCase.batches; i++) {
        const batch = await nextBatch(batches, surroundings.clock)
        batch?.acknowledge()
      }
      const pending = batches.next()
      stop.abort()
      let next = await pending
      while (next.done !== true) {
        next.value.acknowledge()
        next = await batches.next()
      }
      expect(next.done).toBe(true)
      expect(surroundings.clock.timerCount).toBe(0)
    })

    test('gives up what it holds when nobody asks any more', async () => {
      const { source, surroundings } = await made()
      const batches = iterated(source)
      const batch = await nextBatch(batches, surroundings.clock)
      batch?.acknowledge()
      await batches.return?.()
      expect(surroundings.clock.timerCount).toBe(0)
      expect((await batches.next()).done).toBe(true)
    })

    test('counts offsets up in each partition, and names partitions by its name', async () => {
      const { source, surroundings } = await made()
      const lastOffsets = new Map<string, number>()
      let records = 0
      for (const batch of await firstBatches(source, surroundings.clock, sourceCase.batches)) {
        for (const { origin } of batch.records) {
          records++
          expect(origin.partition.split('/')[0]).toBe(surroundings.name)
          expect(origin.offset).toBeGreaterThan(lastOffsets.get(origin.partition) ?? -Infinity)
          expect(Number.isSafeInteger(origin.offset)).toBe(true)
          lastOffsets.set(origin.partition, origin.offset)
        }
      }
      expect(records).toBeGreaterThan(0)
    })

    test('goes on whether batches are acknowledged twice, late, or never', async () => {
      const { source, surroundings } = await made()
      const stop = new AbortController()
      const batches = iterated(source, stop.signal)
      const taken: Batch[] = []
      for (let i = 0; i < sourceCase.batches; i++) {
        const batch = await nextBatch(batches, surroundings.clock)
        expect(batch).toBeDefined()
        taken.push(batch as Batch)
        if (i === 0) batch?.acknowledge()
        if (i === 0) batch?.acknowledge()
      }
      stop.abort()
      await batches.return?.()
      taken.at(-1)?.acknowledge()
    })
  })
}
