/**
 * Entries that were read and that Redis still keeps for this consumer: by stream, id to offset.
 */

/** See the head of the file. */
export class Unacknowledged {
  readonly #streams = new Map<string, Map<string, number>>()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(stream: string, id: string, offset: number): void {
    let ids = this.#streams.get(stream)
    if (ids === undefined) this.#streams.set(stream, (ids = new Map()))
    if (!ids.has(id)) this.#count++
    ids.set(id, offset)
  }

  /** Takes the ids of a stream up to an offset. */
  takeUpTo(stream: string, offset: number): string[] {
    const ids = this.#streams.get(stream)
    if (ids === undefined) return []
    const taken = [...ids].filter(([, at]) => at <= offset).map(([id]) => id)
    for (const id of taken) ids.delete(id)
    this.#count -= taken.length
    return taken
  }
}
