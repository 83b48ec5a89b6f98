/**
 * Reports as messages of a topic, each series always in the same partition; see ../kafka.ts.
 */

import { compatibilityPartitioner } from '@platformatic/kafka'
import type { MessageToProduce } from '@platformatic/kafka'
import type { Encoder } from '../../codecs/codec.ts'
import type { Labels } from '../../core/labels.ts'
import type { Report, ReportKind } from '../../core/report.ts'
import { countOf } from '../../core/score-run.ts'
import type { Reports, ScoreRun } from '../../core/score-run.ts'
import type { KafkaSinkOptions } from './options.ts'

/** At most this many series' keys are held. */
const heldKeysMax = 100_000

/** Where reports without a series go. */
const nowhere = 0

interface Place {
  readonly key: Buffer
  readonly partition: number
}

/** What goes to one partition. */
interface Group {
  readonly reports: (Report | ScoreRun)[]
  /** Of the run that is being looked at. */
  readonly places: number[]
}

/** The kinds of reports that a sink with these options writes. */
export function kafkaKinds(options: KafkaSinkOptions): ReadonlySet<ReportKind> {
  const kinds: ReportKind[] = []
  if (options.scores) kinds.push('score')
  const { format } = options
  if (format === 'json-lines' && options.alarms) kinds.push('alarm')
  if (format === 'json-lines' && options.rejections) kinds.push('rejection')
  if (format === 'json-lines' && options.warnings) kinds.push('warning')
  const carriesForecasts = format === 'json-lines' || format === 'graphite-scores'
  if (carriesForecasts && options.forecasts) kinds.push('forecast')
  return new Set(kinds)
}

/** See the head of the file. */
export class KafkaMessages {
  readonly #options: KafkaSinkOptions
  readonly #encoder: Encoder
  readonly #places = new Map<Labels, Place>()
  #partitions = 1

  constructor(options: KafkaSinkOptions, encoder: Encoder) {
    this.#options = options
    this.#encoder = encoder
  }

  /** The number of partitions decides where a series goes; it may grow while this runs. */
  learnPartitions(count: number): void {
    if (count !== this.#partitions) this.#places.clear()
    this.#partitions = count
  }

  /** The messages of reports, in their order. */
  of(reports: Reports): MessageToProduce[] {
    return this.#options.perMessage === 1 ? this.#keyed(reports) : this.#packed(reports)
  }

  #keyed(reports: Reports): MessageToProduce[] {
    const messages: MessageToProduce[] = []
    for (const each of reports) {
      if (each.kind !== 'scores') this.#add(messages, [each], this.#place(each.labels))
      else {
        for (let i = 0; i < each.count; i++) {
          this.#add(messages, [each.slice(i, i + 1)], this.#place(each.labelsAt(i)))
        }
      }
    }
    return messages
  }

  #packed(reports: Reports): MessageToProduce[] {
    const groups = new Map<number, Group>()
    const groupOf = (partition: number): Group => {
      let group = groups.get(partition)
      if (group === undefined) groups.set(partition, (group = { reports: [], places: [] }))
      return group
    }
    for (const each of reports) {
      if (each.kind !== 'scores') {
        groupOf(this.#place(each.labels)?.partition ?? nowhere).reports.push(each)
        continue
      }
      for (let i = 0; i < each.count; i++) {
        groupOf((this.#place(each.labelsAt(i)) as Place).partition).places.push(i)
      }
      for (const group of groups.values()) {
        if (group.places.length === 0) continue
        group.reports.push(each.picked(group.places))
        group.places.length = 0
      }
    }
    const messages: MessageToProduce[] = []
    for (const [partition, group] of groups) {
      for (const part of parts(group.reports, this.#options.perMessage)) {
        this.#add(messages, part, { partition })
      }
    }
    return messages
  }

  /** Adds the message of some reports, where the format can carry any of them. */
  #add(messages: MessageToProduce[], reports: Reports, place: Partial<Place> | undefined): void {
    const { buffer, byteOffset, byteLength } = this.#encoder.encode(reports)
    if (byteLength === 0) return
    const { topic } = this.#options
    const { partition = nowhere, key } = place ?? {}
    const value = Buffer.from(buffer, byteOffset, byteLength)
    messages.push({ topic, partition, value, ...(key === undefined ? {} : { key }) })
  }

  /** Key and partition of a series; undefined where there is none. */
  #place(labels: Labels | undefined): Place | undefined {
    if (labels === undefined) return undefined
    const held = this.#places.get(labels)
    if (held !== undefined) return held
    if (this.#places.size >= heldKeysMax) this.#places.clear()
    const key = Buffer.from(labels.key)
    const partition = compatibilityPartitioner(undefined as never, key) % this.#partitions
    const place = { key, partition }
    this.#places.set(labels, place)
    return place
  }
}

/** Reports in parts of so many, in their order. */
function* parts(reports: Reports, reportsMax: number): Generator<Reports> {
  let part: (Report | ScoreRun)[] = []
  let room = reportsMax
  for (const each of reports) {
    const count = countOf([each])
    for (let from = 0; from < count;) {
      const to = Math.min(count, from + room)
      part.push(each.kind === 'scores' ? each.slice(from, to) : each)
      room -= to - from
      from = to
      if (room > 0) continue
      yield part
      part = []
      room = reportsMax
    }
  }
  if (part.length > 0) yield part
}
