/**
 * What a sample costs a detector, for its micro-benchmark: nanoseconds of processor time, median
 * of rounds in which all subjects take turns, so that a slow moment of the machine hits them alike.
 * One series each, so all state lies in the caches: the arithmetic alone.
 */

import { Assessment } from '../core/assessment.ts'
import type { Detector } from './detector.ts'

const rounds = 31

function roundNs(detector: Detector, values: Float64Array, assessment: Assessment): number {
  const before = process.cpuUsage().user
  for (let i = 0; i < values.length; i++) {
    assessment.clear()
    detector.update(i * 1000, values[i]!, 'on', assessment)
  }
  return (1000 * (process.cpuUsage().user - before)) / values.length
}

/** Prints a line for each subject. */
export function printSampleCosts(
  subjects: Readonly<Record<string, Detector>>,
  values: Float64Array,
): void {
  const assessment = new Assessment()
  const costs = Object.entries(subjects).map(([name, detector]) => ({
    name,
    detector,
    ns: [] as number[],
  }))
  for (let round = 0; round < rounds; round++) {
    for (const { detector, ns } of costs) ns.push(roundNs(detector, values, assessment))
  }
  for (const { name, ns } of costs) {
    const median = ns.sort((a, b) => a - b)[rounds >> 1] as number
    console.log(`${name.padEnd(36)} ${median.toFixed(0).padStart(5)} ns a sample`)
  }
}
