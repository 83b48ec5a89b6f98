/**
 * One order for the records of sources that have none of their own, where no incoming log gives it
 * to them: samples, ticks and people's words count up in one partition, so each tick has its place
 * among the samples of every source, and a silent series' alarm resolves.
 */

import type { InputRecord, NamedRecord } from '../core/record.ts'

/** The name that the incoming log's partition has, too. */
const partition = 'log'

/** See the head of the file. */
export class OneOrder {
  #offset = -1

  /** The records in their places, under the name of their input. */
  readonly placed = (input: string, records: readonly InputRecord[]): NamedRecord[] =>
    records.map((record) => {
      const origin = { ...record.origin, partition, offset: ++this.#offset }
      return { input, record: { ...record, origin } }
    })
}

/** Records of a source that has an order of its own, under the name of their input. */
export function namedBy(input: string, records: readonly InputRecord[]): NamedRecord[] {
  return records.map((record) => ({ input, record }))
}
