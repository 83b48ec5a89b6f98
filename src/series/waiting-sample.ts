/** Samples that wait in a reorder buffer, in a snapshot. */

import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { readOrigin, writeOrigin } from '../core/position-memory.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** All of it but the labels, which are those of the series. */
export function writeObservation(observation: Observation, writer: SnapshotWriter): void {
  writer.float64(observation.timestampMs)
  writer.uint32(observation.remainderNs)
  writer.float64(observation.value)
  writeOrigin(observation.origin, writer)
  writer.uint32(observation.index)
}

/** What `writeObservation` wrote. */
export function readObservation(reader: SnapshotReader, labels: Labels): Observation {
  const timestampMs = reader.float64()
  const remainderNs = reader.uint32()
  const value = reader.float64()
  const origin = readOrigin(reader)
  return { labels, timestampMs, remainderNs, value, origin, index: reader.uint32() }
}
