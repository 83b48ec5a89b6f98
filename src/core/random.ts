/**
 * Seeded random numbers: sfc32, a small fast counting generator with 128 bits of state.
 *
 * Source: Chris Doty-Humphrey, PractRand (sfc32); the seed is spread with splitmix32.
 * Cost: about ten integer operations a draw; four numbers of state.
 */

/** A reproducible stream of random numbers. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter: number
  #spare = NaN

  constructor(seed: number) {
    let s = seed | 0
    const next = (): number => {
      s = (s + 0x9e3779b9) | 0
      let z = s
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return z ^ (z >>> 16)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#counter = 1
    for (let i = 0; i < 12; i++) this.uint32()
  }

  /** A whole number in [0, 2³²). */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }

  /** Uniform in [0, 1), 32 bits. */
  uniform(): number {
    return this.uint32() / 4294967296
  }

  /** A whole number in [0, bound). The bias is under bound / 2³². */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound)
  }

  /** Normal with the given mean and standard deviation (Box and Muller 1958). */
  gaussian(mean: number, deviation: number): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare
      this.#spare = NaN
      return mean + deviation * spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return mean + deviation * radius * Math.cos(angle)
  }
}
