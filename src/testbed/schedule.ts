/**
 * What is done to the shop and when, drawn from a seed: faults with calm stretches between them,
 * and harmless changes all the time, also while a fault grows.
 */

import type { Random } from '../core/random.ts'
import { harmlessChanges, isGradual } from './fault.ts'
import type { FaultKind, HarmlessKind, Injection } from './fault.ts'

/** What a schedule is drawn for. */
export interface SchedulePlan {
  readonly seconds: number
  readonly faults: readonly FaultKind[]
  readonly random: Random
}

/** Nothing is injected before this: the shop must have been seen healthy. */
const firstFaultSecond = 300

/** Seconds between the end of a fault and the next one. */
const calmSeconds = { min: 90, max: 420 }

/**
 * Seconds until a gradual fault breaks the objective. Around 50, as the real shop was measured with
 * a CPU leak of 10 % every 8 s (48 to 60 s to limits of 50 to 200 ms).
 */
export const breakSeconds = { min: 30, max: 90 }

/** Seconds that a fault stays after it was due to break the objective. */
const brokenSeconds = { min: 15, max: 45 }

/** Mean seconds between two harmless changes. */
const harmlessEverySeconds = 240

/** Everything that is injected, by its start. */
export function schedule({ seconds, faults, random }: SchedulePlan): Injection[] {
  const all: Injection[] = []
  const within = ({ min, max }: { min: number; max: number }): number =>
    Math.round(min + random.uniform() * (max - min))
  let at = firstFaultSecond + within(calmSeconds)
  while (faults.length > 0) {
    const kind = faults[random.below(faults.length)] as FaultKind
    const ramp = isGradual(kind) ? within(breakSeconds) : 0
    const end = at + ramp + within(brokenSeconds)
    if (end >= seconds) break
    // The leak of the real shop grows in steps of 8 s; the others grow smoothly.
    const stepSeconds = kind === 'cpu-leak' && random.uniform() < 0.5 ? 8 : 1
    const common = { kind, startSecond: at, endSecond: end, strength: 1 }
    all.push({ ...common, rampSeconds: ramp, stepSeconds })
    at = end + within(calmSeconds)
  }
  all.push(...harmlessSchedule(seconds, random))
  return all.sort((a, b) => a.startSecond - b.startSecond)
}

/** The harmless changes alone, by their start. */
export function harmlessSchedule(seconds: number, random: Random): Injection[] {
  const all: Injection[] = []
  for (let start = 60; start < seconds; start += exponential(random, harmlessEverySeconds)) {
    all.push(harmless(start, random))
  }
  return all
}

function exponential(random: Random, mean: number): number {
  return 1 + Math.round(-mean * Math.log(1 - random.uniform()))
}

/** Seconds and strengths of harmless changes; none of them alone brings the mean near 100 ms. */
const harmlessShapes: Readonly<Record<HarmlessKind, { ramp: number; stay: number; most: number }>> =
  {
    load: { ramp: 40, stay: 180, most: 1 },
    'batch-job': { ramp: 2, stay: 60, most: 0.35 },
    'cache-growth': { ramp: 120, stay: 120, most: 0.6 },
    'report-job': { ramp: 5, stay: 60, most: 0.5 },
  }

function harmless(startSecond: number, random: Random): Injection {
  const kind = harmlessChanges[random.below(harmlessChanges.length)] as HarmlessKind
  const { ramp, stay, most } = harmlessShapes[kind]
  const rampSeconds = Math.round(ramp * (0.25 + 1.5 * random.uniform()))
  const endSecond = startSecond + rampSeconds + Math.round(stay * (0.25 + random.uniform()))
  // The load may fall as well as grow.
  const sign = kind === 'load' && random.uniform() < 0.5 ? -1 : 1
  const strength = sign * most * (0.3 + 0.7 * random.uniform())
  return { kind, startSecond, endSecond, rampSeconds, strength, stepSeconds: 1 }
}
