/**
 * What stands in the snapshot of a series before its budget and detector: where it was, and its
 * alarm. It can be read whatever judges the series now.
 */

import { Alarm } from '../alarm/alarm.ts'
import type { AlarmNames } from '../alarm/attention.ts'
import type { Status } from '../core/assessment.ts'
import { flagStatuses } from '../core/feed.ts'
import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { PositionMemory } from '../core/position-memory.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import { readObservation, writeObservation } from './waiting-sample.ts'

/** See the head of the file. */
export interface SeriesFront {
  readonly lastTimestampMs: number
  readonly lastRemainderNs: number
  readonly lastValue: number
  readonly lastScore: number
  readonly status: Status
  readonly learnedSamples: number
  readonly probationSamples: number
  readonly positions: PositionMemory
  /** Samples in the reorder buffer. */
  readonly waiting: readonly Observation[]
  readonly alarm: Alarm | undefined
}

export function writeFront(front: SeriesFront, writer: SnapshotWriter): void {
  writer.float64(front.lastTimestampMs)
  writer.uint32(front.lastRemainderNs)
  writer.float64(front.lastValue)
  writer.float64(front.lastScore)
  writer.uint8(flagStatuses.indexOf(front.status))
  writer.uint32(front.learnedSamples)
  writer.uint32(front.probationSamples)
  front.positions.snapshot(writer)
  writer.uint32(front.waiting.length)
  for (const observation of front.waiting) writeObservation(observation, writer)
  writer.boolean(front.alarm !== undefined)
  front.alarm?.snapshot(writer)
}

/** How a front is read. */
export interface FrontLayout {
  readonly labels: Labels
  /** As in `layout.ts`. */
  readonly layout: number
  /** What an alarm is called where the layout does not say it. */
  readonly names: Omit<AlarmNames, 'alarmId'>
}

export function readFront(
  reader: SnapshotReader,
  { labels, layout, names }: FrontLayout,
): SeriesFront {
  const lastTimestampMs = reader.float64()
  const lastRemainderNs = reader.uint32()
  const lastValue = reader.float64()
  const lastScore = reader.float64()
  const status = flagStatuses[reader.uint8()] ?? 'probation'
  const learnedSamples = reader.uint32()
  const probationSamples = reader.uint32()
  const positions = new PositionMemory()
  positions.restore(reader)
  const waiting = Array.from({ length: reader.uint32() }, () => readObservation(reader, labels))
  const alarm = reader.boolean() ? new Alarm() : undefined
  if (layout === 1) alarm?.restoreMachine(reader)
  else if (layout < 5) alarm?.restoreUnnamed(reader, names)
  else alarm?.restore(reader)
  return {
    lastTimestampMs,
    lastRemainderNs,
    lastValue,
    lastScore,
    status,
    learnedSamples,
    probationSamples,
    positions,
    waiting,
    alarm,
  }
}
