/**
 * A bound on the bytes that a source holds for senders: what is over it must wait or be refused.
 *
 * One piece larger than the whole budget is let in when nothing else is, or it never would be.
 */

/** See the head of the file. */
export class ByteBudget {
  readonly #bytesMax: number
  #taken = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes held now. */
  get taken(): number {
    return this.#taken
  }

  /** True at or over the bound. */
  get full(): boolean {
    return this.#taken >= this.#bytesMax
  }

  /** True if there is room, which is then taken. */
  take(bytes: number): boolean {
    if (this.#taken > 0 && this.#taken + bytes > this.#bytesMax) return false
    this.#taken += bytes
    return true
  }

  /** Takes room whether there is any or not, for what is here already. */
  force(bytes: number): void {
    this.#taken += bytes
  }

  /** Gives room back. */
  give(bytes: number): void {
    this.#taken -= bytes
  }
}
