/**
 * Reports as messages of a topic, each series always in the same partition; see ../kafka.ts.
 */

import { compatibilityPartitioner } from '@platformatic/kafka'
import type { MessageToProduce } from '@platformatic/kafka'
import type { Encoder } from '../../codecs/codec.ts'
import type { Labels } from '../../core/labels.ts'
import type { Report, ReportKind } from '../../core/report.ts'
import type { KafkaSinkOptions } from './options.ts'

/** At most this many series' keys are held. */
const heldKeysMax = 100_000

/** Where reports without a series go. */
const nowhere = 0

interface Place {
  readonly key: Buffer
  readonly partition: number
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
  of(reports: readonly Report[]): MessageToProduce[] {
    const { topic, perMessage } = this.#options
    if (perMessage === 1) {
      return reports.flatMap((report) => {
        const place = this.#place(report)
        const message = this.#message([report], place?.partition ?? nowhere)
        if (message === undefined) return []
        return place === undefined ? [message] : [{ ...message, key: place.key }]
      })
    }
    const groups = new Map<number, Report[]>()
    for (const report of reports) {
      const partition = this.#place(report)?.partition ?? nowhere
      const group = groups.get(partition)
      if (group === undefined) groups.set(partition, [report])
      else group.push(report)
    }
    const messages: MessageToProduce[] = []
    for (const [partition, group] of groups) {
      for (let i = 0; i < group.length; i += perMessage) {
        const message = this.#message(group.slice(i, i + perMessage), partition)
        if (message !== undefined) messages.push({ ...message, topic })
      }
    }
    return messages
  }

  #message(reports: readonly Report[], partition: number): MessageToProduce | undefined {
    const value = this.#encoder.encode(reports)
    if (value.length === 0) return undefined
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    return { topic: this.#options.topic, partition, value: bytes }
  }

  /** Key and partition of a report's series; undefined where it has none. */
  #place(report: Report): Place | undefined {
    const { labels } = report
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
