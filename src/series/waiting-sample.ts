/** Samples that wait in a reorder buffer, in a snapshot. */

import type { Labels } from '../core/labels.ts'
import type { Observation } from '../core/observation.ts'
import { readOrigin, writeOrigin } from '../core/position-memory.ts'
import type { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'

/** All of it but the labels, which are those of the series; of a group all fields. */
export function writeObservation(observation: Observation, writer: SnapshotWriter): void {
  writer.float64(observation.timestampMs)
  writer.uint32(observation.remainderNs)
  writer.float64(observation.value)
  writeOrigin(observation.origin, writer)
  writer.uint32(observation.index)
  const { labels, values = [] } = observation
  if (labels.fields.length > 0) writer.typedArray(Float64Array.from(values))
}

/** What `writeObservation` wrote. */
export function readObservation(reader: SnapshotReader, labels: Labels): Observation {
  const timestampMs = reader.float64()
  const remainderNs = reader.uint32()
  const value = reader.float64()
  const origin = readOrigin(reader)
  const index = reader.uint32()
  const observation = { labels, timestampMs, remainderNs, value, origin, index }
  const { length } = labels.fields
  if (length === 0) return observation
  const values = new Float64Array(length)
  reader.typedArray(values)
  return { ...observation, values: [...values] }
}
