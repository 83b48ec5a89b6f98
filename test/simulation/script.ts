/**
 * What the outside world sends in one simulation, made from a seed: samples in order, out of order
 * within and beyond the reorder window, duplicates, counters, spikes, ticks, jumps of the clock,
 * and what people say: silences, their ends, acknowledgements, labels.
 */

import type { Decoder } from '../../src/codecs/codec.ts'
import { Labels } from '../../src/core/labels.ts'
import type { Observation, Origin } from '../../src/core/observation.ts'
import { Random } from '../../src/core/random.ts'
import type { ControlRecord, InputRecord, Word } from '../../src/core/record.ts'
import { noRejections } from '../../src/core/rejection.ts'

/** One thing that is sent at once, and answered at once. */
export interface Item {
  /** Lines `name value timestampMs`; undefined for a tick and for a word. */
  readonly text: string | undefined
  readonly word?: Word
  readonly receivedMs: number
}

export const startMs = 1_700_000_000_000

/** Items of one sender, over some series whose names begin with `prefix`. */
export function scriptedItems(seed: number, prefix: string, count: number): Item[] {
  const random = new Random(seed)
  const items: Item[] = []
  const counters = [0, 0, 0, 0]
  const sent: string[] = []
  let senderMs = startMs
  // What the receiver's clock shows beyond the senders': it is set, and set right again.
  let skewMs = 0
  for (let i = 0; i < count; i++) {
    senderMs += 1000
    if (random.uniform() < 0.01) senderMs += 3_600_000
    if (random.uniform() < 0.02) skewMs = jumpMs(random)
    else if (random.uniform() < 0.1) skewMs = 0
    const nowMs = senderMs + skewMs
    if (random.uniform() < 0.1) {
      items.push({ text: undefined, receivedMs: nowMs })
      continue
    }
    const lines = Array.from({ length: 1 + random.below(4) }, () => {
      return line(random, { prefix, senderMs, counters, sent })
    })
    items.push({ text: lines.join(''), receivedMs: nowMs })
  }
  return items
}

/** An alarm that a script may speak of, once it has begun. */
export interface KnownAlarm {
  readonly alarmId: string
  readonly startedMs: number
}

/** The items with people's words among them, about the alarms that the items raise. */
export function withWords(seed: number, items: readonly Item[], alarms: readonly KnownAlarm[]) {
  const random = new Random(seed)
  const all: Item[] = []
  for (const item of items) {
    all.push(item)
    if (random.uniform() > 0.15) continue
    const { receivedMs } = item
    const known = alarms.filter(({ startedMs }) => startedMs <= receivedMs)
    all.push({ text: undefined, word: word(random, receivedMs, known), receivedMs })
  }
  return all
}

const patterns = ['*', 'push.*', 'push.counter1*', 'push.gauge?']

function word(random: Random, nowMs: number, alarms: readonly KnownAlarm[]): Word {
  const who = ['ann', 'bob'][random.below(2)] as string
  const silenceId = `s${random.below(4)}`
  const alarmId = alarms[random.below(Math.max(1, alarms.length))]?.alarmId ?? ''
  const text = `word ${random.below(3)}`
  const kind = random.below(alarmId === '' ? 2 : 5)
  if (kind === 0) return { action: 'end_silence', silenceId, who, text }
  if (kind === 3) return { action: 'acknowledge', alarmId, who, text }
  if (kind === 4) {
    return { action: 'label', alarmId, verdict: 'false alarm', who, text }
  }
  const one = kind === 2
  const match = one ? '' : (patterns[random.below(patterns.length)] as string)
  const untilMs = nowMs + 1000 * (1 + random.below(30))
  const about = { match, alarmId: one ? alarmId : '' }
  return { action: 'silence', silenceId, ...about, untilMs, who, text }
}

/** A clock is set by minutes or hours, forwards or backwards. */
function jumpMs(random: Random): number {
  const bySize = Math.round(60_000 * 2 ** (random.uniform() * 7.5))
  return random.uniform() < 0.5 ? bySize : -bySize
}

interface Sending {
  readonly prefix: string
  readonly senderMs: number
  readonly counters: number[]
  /** Lines sent so far. */
  readonly sent: string[]
}

function line(random: Random, sending: Sending): string {
  const { sent } = sending
  const odd = random.uniform()
  const last = sent[sent.length - 1 - random.below(3)]
  let text = freshLine(random, sending)
  if (last !== undefined && odd < 0.03) text = last
  else if (last !== undefined && odd < 0.06) text = withValue(last, 100 + random.gaussian(0, 5))
  sent.push(text)
  return text
}

/** The same series at the same time, with another value. */
function withValue(text: string, value: number): string {
  const [name, , timestampMs] = text.split(' ')
  return `${name} ${value} ${timestampMs}`
}

function freshLine(random: Random, { prefix, senderMs, counters }: Sending): string {
  const series = random.below(4)
  let timestampMs = senderMs + random.below(900)
  const odd = random.uniform()
  if (odd < 0.06) timestampMs -= random.below(4000)
  else if (odd < 0.08) timestampMs -= 1_000_000
  else if (odd < 0.09) timestampMs += 90_000_000
  const spike = random.uniform() < 0.03 ? 500 : 0
  const value = 100 + random.gaussian(0, 5) + spike
  if (series > 1) return `${prefix}gauge${series} ${value} ${timestampMs}\n`
  counters[series] = random.uniform() < 0.02 ? 0 : (counters[series] ?? 0) + Math.abs(value)
  return `${prefix}counter${series} ${counters[series]} ${timestampMs}\n`
}

/** The record of an item, at a place of a partition. */
export function recordOf(item: Item, partition: string, offset: number): InputRecord {
  const origin = { partition, offset, receivedMs: item.receivedMs }
  if (item.word !== undefined) return { kind: 'control', ...item.word, origin } as ControlRecord
  if (item.text === undefined) return { kind: 'tick', timestampMs: item.receivedMs, origin }
  return { kind: 'data', bytes: Buffer.from(item.text), origin }
}

/** Lines `name value timestampMs`. */
export class LineDecoder implements Decoder {
  readonly #labels = new Map<string, Labels>()

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]) {
    const lines = Buffer.from(bytes).toString().split('\n').filter(Boolean)
    lines.forEach((text, index) => {
      const [name, value, timestampMs] = text.split(' ') as [string, string, string]
      const labels = this.#labels.get(name) ?? Labels.named(name)
      this.#labels.set(name, labels)
      observations.push({
        labels,
        timestampMs: Number(timestampMs),
        remainderNs: 0,
        value: Number(value),
        origin,
        index,
      })
    })
    return noRejections
  }
}
