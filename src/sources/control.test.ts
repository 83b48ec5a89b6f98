import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/virtual-clock.ts'
import type { Word } from '../core/record.ts'
import { ControlSource } from './control.ts'
import { iterated, nextBatch, sourceContract } from './source.contract.ts'

const word: Word = { action: 'acknowledge', alarmId: 'a'.repeat(16), who: 'ann', text: 'on it' }

sourceContract('control', {
  batches: 3,
  make: ({ name, clock }) => {
    const source = new ControlSource(name, clock as VirtualClock)
    for (let i = 0; i < 3; i++) void source.say(word)
    return source
  },
})

test('a word is a record with its time, and taken once that is acknowledged', async () => {
  const clock = new VirtualClock(1_700_000_000_000)
  const source = new ControlSource('control', clock)
  const batches = iterated(source)
  const answer = source.say(word)
  const batch = await nextBatch(batches, clock)
  const place = { offset: 1_700_000_000_000, receivedMs: 1_700_000_000_000 }
  expect(batch?.records).toEqual([
    { kind: 'control', ...word, origin: { partition: 'control', ...place } },
  ])
  batch?.acknowledge()
  expect(await answer).toBe('taken')
  await batches.return?.()
})

test('a word that the log refuses, or that nobody asks for in time, is refused', async () => {
  const clock = new VirtualClock()
  const source = new ControlSource('control', clock)
  const batches = iterated(source)
  const refused = source.say(word)
  const batch = await nextBatch(batches, clock)
  batch?.refuse?.(new Error('full'))
  expect(await refused).toBe('refused')
  const late = source.say(word)
  await clock.advance(10_000)
  expect(await late).toBe('refused')
  expect(clock.timerCount).toBe(0)
  await batches.return?.()
})

test('words that wait when the source ends are refused, and those said later', async () => {
  const clock = new VirtualClock()
  const source = new ControlSource('control', clock)
  const stop = new AbortController()
  const batches = iterated(source, stop.signal)
  const [first, second] = [source.say(word), source.say(word)]
  const batch = await nextBatch(batches, clock)
  batch?.acknowledge()
  stop.abort()
  await batches.return?.()
  expect([await first, await second]).toEqual(['taken', 'refused'])
  expect(await source.say(word)).toBe('refused')
})

test('at most a thousand wait', async () => {
  const source = new ControlSource('control', new VirtualClock())
  for (let i = 0; i < 1000; i++) void source.say(word)
  expect(await source.say(word)).toBe('refused')
})
