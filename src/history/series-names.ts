/**
 * From the numbers that a feeder gives its series in this run to those that they have on disk.
 *
 * A key comes along once. Where the disk refuses a new one it is tried again with the next packet.
 */

import type { RowPacket } from '../core/score-rows.ts'

/** See the head of the file. One for each feeder. */
export class SeriesNames {
  /** Lasting numbers by the run's, less `#firstNumber`. */
  #numbers: number[] = []
  #firstNumber = 0
  /** Keys of the run's numbers that have no lasting number yet. */
  readonly #unnamed = new Map<number, string>()

  /** Takes the names of a packet. `named` gives keys their lasting numbers: all or none. */
  take(
    { firstNumber, namedFrom, names }: RowPacket,
    named: (keys: readonly string[]) => readonly number[],
  ): void {
    if (firstNumber > this.#firstNumber) this.#forget(firstNumber)
    else if (firstNumber < this.#firstNumber) this.#reset(firstNumber)
    names.forEach((key, i) => this.#unnamed.set(namedFrom + i, key))
    if (this.#unnamed.size === 0) return
    const given = named([...this.#unnamed.values()])
    let at = 0
    for (const number of this.#unnamed.keys()) {
      this.#numbers[number - this.#firstNumber] = given[at++] as number
    }
    this.#unnamed.clear()
  }

  #forget(firstNumber: number): void {
    this.#numbers.splice(0, firstNumber - this.#firstNumber)
    this.#firstNumber = firstNumber
    for (const number of this.#unnamed.keys()) {
      if (number < firstNumber) this.#unnamed.delete(number)
    }
  }

  /** Another one feeds under the same number now, and begins anew. */
  #reset(firstNumber: number): void {
    this.#numbers = []
    this.#firstNumber = firstNumber
    this.#unnamed.clear()
  }

  /** The lasting number; 0 where there is none yet. */
  lasting(number: number): number {
    return this.#numbers[number - this.#firstNumber] ?? 0
  }
}
