/**
 * Five metrics of a small server, once a second: the names are those of the Pensu demonstration,
 * the numbers are drawn from a seed, so that no shell, no network card and no data set is needed.
 *
 *   load.5min_avg           a queue that is refilled at random and drained by 1/300 a second
 *   memory.used             bytes: a level that wanders and is pulled back to 2 GiB
 *   network.rx_bytes.eth0   counters of bytes: quiet traffic with a transfer now and then
 *   network.tx_bytes.eth0
 *   test_data               a yearly temperature, one day a second: period 365, with the weather as
 *                           noise that remembers yesterday; never under 0, one decimal
 *
 * The two counters must be turned into rates; as they are, they have no normal level.
 *
 * All numbers are chosen to look like such a server and have no other source.
 *
 * Cost: eight draws a tick; a few numbers of state.
 */

import { Random } from '../../core/random.ts'

/** The five values of one tick. */
export interface PensuSample {
  /** 1 for the first. */
  readonly tick: number
  readonly load5: number
  readonly memoryUsedBytes: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly testData: number
}

const loadWindowTicks = 300
const memoryLevelBytes = 2 * 1024 ** 3
const memoryStepBytes = 1024 ** 2
const memoryPull = 0.002
const quietBytes = 4000
const transferShare = 0.01
const transferBytes = 2_000_000
const yearTicks = 365
const meanDegrees = 11
const swingDegrees = 4
const weatherMemory = 0.6
const weatherStepDegrees = 2

/** See the head of the file. Endless. */
export class PensuStream {
  readonly #random: Random
  #tick = 0
  #load = 0.5
  #memoryBytes = memoryLevelBytes
  #receivedBytes = 0
  #sentBytes = 0
  #weather = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** The next tick. */
  next(): PensuSample {
    const random = this.#random
    const running = random.uniform() < 0.3 ? random.below(5) : 0
    this.#load += (running - this.#load) / loadWindowTicks
    this.#memoryBytes += random.gaussian(0, memoryStepBytes)
    this.#memoryBytes += memoryPull * (memoryLevelBytes - this.#memoryBytes)
    this.#traffic()
    this.#weather = weatherMemory * this.#weather + random.gaussian(0, weatherStepDegrees)
    const season = swingDegrees * Math.cos((2 * Math.PI * this.#tick) / yearTicks)
    const degrees = Math.max(0, meanDegrees + season + this.#weather)
    this.#tick++
    return {
      tick: this.#tick,
      load5: Math.round(this.#load * 100) / 100,
      memoryUsedBytes: Math.round(this.#memoryBytes),
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      testData: Math.round(degrees * 10) / 10,
    }
  }

  #traffic(): void {
    const random = this.#random
    const transfer = random.uniform() < transferShare ? transferBytes * random.uniform() : 0
    const quiet = -Math.log(1 - random.uniform()) * quietBytes
    this.#receivedBytes += Math.round(quiet + transfer)
    this.#sentBytes += Math.round(quiet * 0.6 + transfer * 0.03)
  }
}
