/**
 * The course of faults in a real shop. A schedule cannot say when a real shop breaks or recovers,
 * so the seed says which fault comes next, how fast it grows, how long it stays and how long the
 * calm after it is; the shop says the rest.
 *
 *   calm ──▶ growing ──▶ broken ──▶ recovering ──▶ calm
 *              │ breach, or given up   │ under half the limit for a while, or waited too long
 *
 * Harmless changes come by their own schedule all the time.
 */

import { Random } from '../core/random.ts'
import type { Objective } from '../warning/objective.ts'
import { BreachWatch } from '../warning/objective.ts'
import { grown, isGradual, noStrengths } from './fault.ts'
import type { FaultKind, Injection, Strengths } from './fault.ts'
import { breakSeconds, harmlessSchedule } from './schedule.ts'

/** What a course is drawn for. */
export interface CoursePlan {
  readonly seconds: number
  /** The record is cut after each of these; no fault is begun that would go over a cut. */
  readonly partSeconds: number
  readonly faults: readonly FaultKind[]
  readonly seed: number
  readonly objective: Objective
}

/** No fault comes before this or, in a short course, before this share of it. */
const firstFaultSecond = 180
const firstFaultShare = 0.1
/** Nor so soon after the beginning of a part. */
const partStartSeconds = 30
/** Calm after a recovery; each eighth time a long one. */
const calmSeconds = { min: 40, max: 75 }
const longCalmSeconds = { min: 240, max: 300 }
const longCalmEvery = 8
/** How long a fault stays once the objective is broken. */
const brokenSeconds = { min: 8, max: 20 }
/** A fault that has grown to this share of what breaks the objective as a rule grows no more. */
const mostStrength = 1.6
/** A sudden fault that breaks nothing is taken away after this. */
const suddenSeconds = 40
const recoveredSeconds = 10
const recoverySeconds = 120
/** In a round each gradual fault comes twice, each sudden one once. */
const gradualTimes = 2

interface Course {
  readonly injection: Omit<Injection, 'endSecond'>
  readonly staySeconds: number
  /** First second after its first breach; undefined before that. */
  brokeAt: number | undefined
}

/** What is drawn of a fault before it begins. */
interface NextFault {
  readonly kind: FaultKind
  readonly rampSeconds: number
  readonly staySeconds: number
}

/** See the head of the file. */
export class FaultCourse {
  readonly #plan: CoursePlan
  readonly #random: Random
  readonly #watch: BreachWatch
  readonly #harmless: readonly Injection[]
  readonly #ended: Injection[] = []
  #round: FaultKind[] = []
  /** How many faults were begun. */
  faultCount = 0
  #current: Course | undefined
  /** Seconds in a row that were well under the limit; undefined: it is calm. */
  #recovered: number | undefined
  #removedAt = 0
  #calmUntil: number
  #next: NextFault

  constructor(plan: CoursePlan) {
    this.#plan = plan
    this.#random = new Random(plan.seed)
    this.#watch = new BreachWatch(plan.objective)
    this.#harmless = harmlessSchedule(plan.seconds, new Random(plan.seed ^ 0x5eed))
    this.#calmUntil = Math.min(firstFaultSecond, firstFaultShare * plan.seconds)
    this.#next = this.#drawn()
  }

  /**
   * What is done to the shop in a second, by the mean response time of the last one that is known.
   * Seconds must come in order.
   */
  step(second: number, mean: number): Strengths {
    this.#watch.update(mean)
    if (this.#current !== undefined) this.#goOn(this.#current, second)
    else if (this.#recovered !== undefined) this.#recover(second, mean)
    else if (second >= this.#calmUntil && this.#plan.faults.length > 0) this.#begin(second)
    return this.#strengths(second)
  }

  /** The fault that is there now. */
  get current(): string | undefined {
    return this.#current?.injection.kind
  }

  /** Everything that was injected until a second, by its start. */
  injections(second: number): Injection[] {
    const all = this.#harmless
      .filter(({ startSecond }) => startSecond < second)
      .map((each) => endedBy(each, second))
      .concat(this.#ended)
    if (this.#current !== undefined) all.push({ ...this.#current.injection, endSecond: second })
    return all.sort((a, b) => a.startSecond - b.startSecond)
  }

  #within({ min, max }: { min: number; max: number }): number {
    return Math.round(min + this.#random.uniform() * (max - min))
  }

  #drawn(): NextFault {
    const random = this.#random
    if (this.#round.length === 0) {
      for (const kind of this.#plan.faults) {
        for (let i = isGradual(kind) ? gradualTimes : 1; i > 0; i--) this.#round.push(kind)
      }
    }
    const [kind = 'cpu-leak'] = this.#round.splice(random.below(this.#round.length), 1)
    const rampSeconds = this.#within(breakSeconds)
    const staySeconds = this.#within(brokenSeconds)
    return { kind, rampSeconds: isGradual(kind) ? rampSeconds : 0, staySeconds }
  }

  #begin(second: number): void {
    const { kind, rampSeconds, staySeconds } = this.#next
    const { partSeconds, seconds } = this.#plan
    const cut = Math.min(seconds, (Math.floor(second / partSeconds) + 1) * partSeconds)
    const needed = 1.3 * rampSeconds + staySeconds + recoveredSeconds + 15
    if (second + needed > cut) {
      this.#calmUntil = cut + partStartSeconds
      return
    }
    // As the simulator has it: a leak that grows in steps, or smoothly.
    const stepSeconds = kind === 'cpu-leak' && this.#random.uniform() < 0.5 ? 8 : 1
    const injection = { kind, startSecond: second, rampSeconds, strength: 1, stepSeconds }
    this.#current = { injection, staySeconds, brokeAt: undefined }
    this.faultCount++
  }

  #goOn(current: Course, second: number): void {
    const { kind, startSecond, rampSeconds } = current.injection
    if (this.#watch.broken) current.brokeAt ??= second
    const longest = isGradual(kind) ? 2 * rampSeconds + 20 : suddenSeconds
    const stayed = second >= (current.brokeAt ?? Infinity) + current.staySeconds
    if (!stayed && second < startSecond + longest) return
    this.#ended.push({ ...current.injection, endSecond: second })
    this.#current = undefined
    this.#recovered = 0
    this.#removedAt = second
  }

  #recover(second: number, mean: number): void {
    const well = !this.#watch.broken && mean < this.#plan.objective.limit / 2
    this.#recovered = well ? (this.#recovered ?? 0) + 1 : 0
    const waitedLong = second >= this.#removedAt + recoverySeconds
    if (this.#recovered < recoveredSeconds && !waitedLong) return
    this.#recovered = undefined
    const isLong = this.faultCount % longCalmEvery === 0
    this.#calmUntil = second + this.#within(isLong ? longCalmSeconds : calmSeconds)
    this.#next = this.#drawn()
  }

  #strengths(second: number): Strengths {
    const strengths = { ...noStrengths }
    for (const each of this.#harmless) strengths[each.kind] += grown(each, second)
    if (this.#current !== undefined) {
      const { kind, startSecond, rampSeconds, stepSeconds } = this.#current.injection
      const elapsed = Math.floor((second - startSecond) / stepSeconds) * stepSeconds
      strengths[kind] = rampSeconds === 0 ? 1 : Math.min(mostStrength, elapsed / rampSeconds)
    }
    return strengths
  }
}

/** The same, ended no later than a second. */
function endedBy(injection: Injection, second: number): Injection {
  return injection.endSecond <= second ? injection : { ...injection, endSecond: second }
}
