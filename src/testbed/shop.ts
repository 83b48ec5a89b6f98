/**
 * A web shop as a closed queueing network, one step a second.
 *
 *        ┌───────────────────────── think, 1 s ◀──────────────────────────┐
 *        ▼                                                                │
 *   N clients ──▶ CPU ──▶ disk ──▶ lock ──▶ dependency (a delay) ──▶ response
 *
 * Each station has a demand in seconds a request and a capacity, of which faults take a share. Per
 * second the mean response time is one step of approximate mean value analysis:
 *
 *   R_k = D_k / c_k (1 + (N - 1) / N Q_k)     X = N / (Z + Σ R_k)     Q_k = X R_k
 *
 * repeated a few times from the queues of the second before, so a change takes a second or two to
 * go through. Requests of a second are drawn around the mean: the sum of two exponential times.
 *
 * Source: Schweitzer 1979, approximate MVA, as in Lazowska and others 1984, "Quantitative system
 * performance", §6.4.2. The sizes are those of the real shop on half a core: 110 clients, a think
 * time of 1 s, 10 ms at rest.
 * Cost: about 20 µs a second, nearly all of it for drawing requests.
 */

import { Random } from '../core/random.ts'
import { grown, noStrengths } from './fault.ts'
import type { Injection, Strengths } from './fault.ts'

/** What the agents see of one second. Percentages in whole numbers, as the agents send them. */
export interface ShopSecond {
  readonly cpu: number
  readonly mem: number
  readonly disk: number
  /** Requests that wait for the lock. */
  readonly waiting: number
  /** Requests under way. */
  readonly connections: number
  /**
   * Response times of the requests that ended in it, whole milliseconds; reused. One that was given
   * up has the time of the timeout, which is over any limit.
   */
  readonly millis: readonly number[]
}

const thinkSeconds = 1
const usualClients = 110

/** Seconds of work a request: 4 ms of CPU, 1.5 of disk, 1 under the lock; 2 ms elsewhere. */
const demand = { cpu: 0.004, disk: 0.0015, lock: 0.001, dependency: 0.002 }

/** What breaks 100 ms at the usual load: there X falls to 110 / 1.1 = 100 a second. */
const breaking = { cpu: 0.6, disk: 0.85, lockFactor: 9, memory: 63, dependencySeconds: 0.14 }

const restingMemory = 36
/** Above this the machine pages, and the disk has less and less for the shop. */
const pagingMemory = 86
const timeoutSeconds = 5
const iterations = 4
/** Neighbours disturb a single second now and then. */
const disturbedEverySeconds = 400

/** See the head of the file. */
export class Shop {
  readonly #injections: readonly Injection[]
  readonly #random: Random
  readonly #queues = { cpu: 0, disk: 0, lock: 0 }
  /** Slow noise of the load and of other programs, first-order autoregressive. */
  #loadNoise = 0
  #cpuNoise = 0
  #memory = restingMemory
  #first = 0
  #millis: number[] = []

  constructor(injections: readonly Injection[], random: Random) {
    this.#injections = injections
    this.#random = random
  }

  /** The next second. Seconds must come in order. */
  step(second: number): ShopSecond {
    const strength = this.#strengths(second)
    const random = this.#random
    this.#loadNoise = 0.98 * this.#loadNoise + random.gaussian(0, 0.8)
    this.#cpuNoise = 0.9 * this.#cpuNoise + random.gaussian(0, 0.008)
    const clients = Math.max(
      20,
      usualClients * (1 + 0.2 * strength['load'] + 1.9 * strength['surge']) + this.#loadNoise,
    )
    const stolenCpu = Math.abs(this.#cpuNoise) + 0.35 * strength['batch-job']
    const cpuTaken = Math.min(0.97, breaking.cpu * strength['cpu-leak'] + stolenCpu * 0.6)
    const wanted =
      restingMemory + breaking.memory * (strength['memory-leak'] + 0.6 * strength['cache-growth'])
    // Memory is given back quickly, not at once.
    this.#memory += Math.max(wanted - this.#memory, -25)
    const memory = Math.min(100, this.#memory)
    const paging = Math.max(0, (memory - pagingMemory) / (100 - pagingMemory))
    const hogged =
      breaking.disk * strength['disk-hog'] + 0.5 * strength['report-job'] + 0.94 * paging
    const diskTaken = Math.min(0.98, hogged)
    const lock = demand.lock * (1 + (breaking.lockFactor - 1) * strength['lock-contention'])
    const delay = demand.dependency + breaking.dependencySeconds * strength['slow-dependency']
    const { mean, rate } = this.#settle(clients, {
      cpu: demand.cpu / (1 - cpuTaken),
      disk: demand.disk / (1 - diskTaken),
      lock,
      delay,
    })
    this.#draw(mean, rate)
    const percent = (share: number): number =>
      Math.round(Math.min(100, Math.max(0, 100 * share + random.gaussian(0, 1))))
    return {
      cpu: percent(cpuTaken + rate * demand.cpu),
      mem: Math.round(Math.min(100, memory + random.gaussian(0, 0.3))),
      disk: percent(diskTaken + rate * demand.disk),
      waiting: Math.max(0, Math.round(this.#queues.lock + random.gaussian(0, 0.3))),
      connections: Math.max(0, Math.round(rate * mean + random.gaussian(0, 0.5))),
      millis: this.#millis,
    }
  }

  /** How strong each kind of injection is at a second. */
  #strengths(second: number): Strengths {
    const strengths = { ...noStrengths }
    const all = this.#injections
    while ((all[this.#first]?.endSecond ?? Infinity) <= second) this.#first++
    for (let i = this.#first; (all[i]?.startSecond ?? Infinity) <= second; i++) {
      const injection = all[i] as Injection
      strengths[injection.kind] += grown(injection, second)
    }
    return strengths
  }

  /** Mean response time in seconds and requests a second, one step on from the second before. */
  #settle(clients: number, service: Service): { mean: number; rate: number } {
    const queues = this.#queues
    const others = (clients - 1) / clients
    let mean = 0
    let rate = 0
    for (let i = 0; i < iterations; i++) {
      const cpu = service.cpu * (1 + others * queues.cpu)
      const disk = service.disk * (1 + others * queues.disk)
      const lock = service.lock * (1 + others * queues.lock)
      mean = cpu + disk + lock + service.delay
      rate = clients / (thinkSeconds + mean)
      queues.cpu = rate * cpu
      queues.disk = rate * disk
      queues.lock = rate * lock
    }
    return { mean, rate }
  }

  /** Draws the requests of a second. */
  #draw(mean: number, rate: number): void {
    const random = this.#random
    const disturbed = random.below(disturbedEverySeconds) === 0
    const half = ((disturbed ? 12 : 1) * mean) / 2
    const count = Math.max(0, Math.round(random.gaussian(rate, Math.sqrt(rate) / 2)))
    this.#millis.length = 0
    for (let i = 0; i < count; i++) {
      // The sum of two exponential times is the logarithm of one product.
      const time = -half * Math.log((1 - random.uniform()) * (1 - random.uniform()))
      this.#millis.push(Math.round(Math.min(time, timeoutSeconds) * 1000))
    }
  }
}

/** Seconds a request at each station with what faults leave of it. */
interface Service {
  readonly cpu: number
  readonly disk: number
  readonly lock: number
  readonly delay: number
}
