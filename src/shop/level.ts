/** A number that goes up and down, such as that of requests under way, and its mean over time. */

/** See the head of the file. */
export class Level {
  #value = 0
  #area = 0
  #changedMs: number
  #readMs: number

  constructor(nowMs: number) {
    this.#changedMs = nowMs
    this.#readMs = nowMs
  }

  add(change: number, nowMs: number): void {
    this.#area += this.#value * (nowMs - this.#changedMs)
    this.#changedMs = nowMs
    this.#value += change
  }

  /** The mean since it was last read. */
  read(nowMs: number): number {
    this.add(0, nowMs)
    const elapsedMs = nowMs - this.#readMs
    const mean = elapsedMs <= 0 ? this.#value : this.#area / elapsedMs
    this.#area = 0
    this.#readMs = nowMs
    return mean
  }
}

/** Durations of one kind of work, and their mean. */
export class Durations {
  #count = 0
  #sumMs = 0

  add(ms: number): void {
    this.#count++
    this.#sumMs += ms
  }

  /** The mean since it was last read; 0 where there was none. */
  read(): number {
    const mean = this.#count === 0 ? 0 : this.#sumMs / this.#count
    this.#count = 0
    this.#sumMs = 0
    return mean
  }
}
