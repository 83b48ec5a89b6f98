/**
 * Nanoseconds a sample of DASRS by what stands behind it: run this file with node. One
 * series, so all state lies in the caches: the arithmetic alone. The last row lies outside of its
 * range half of the time, in the sparse table.
 */

import { Bench } from 'tinybench'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import type { Detector, ScoreFilter } from './detector.ts'
import { filtered } from './filtered.ts'
import { Likelihood, likelihoodOptions } from './likelihood.ts'
import { RangeRule, rangeRuleOptions } from './range-rule.ts'
import { Rank, rankOptions } from './rank.ts'
import { Rest, restOptions } from './rest.ts'

const random = new Random(1)
const values = Float64Array.from({ length: 10_000 }, () => 50 + 10 * random.uniform())
const assessment = new Assessment()

function run(detector: Detector): void {
  for (let i = 0; i < values.length; i++) {
    assessment.clear()
    detector.update(i * 1000, values[i]!, 'on', assessment)
  }
}

const rank = (): ScoreFilter => new Rank(optionsWithDefaults(rankOptions))
const likelihood = (): ScoreFilter => new Likelihood(optionsWithDefaults(likelihoodOptions))
const rangeRule = (): ScoreFilter => new RangeRule(optionsWithDefaults(rangeRuleOptions))
const rest = (): ScoreFilter => new Rest(optionsWithDefaults(restOptions))

function dasrs(...filters: ScoreFilter[]): Detector {
  return filtered(new Dasrs(optionsWithDefaults(dasrsOptions)), filters)
}

const narrow = { range: 'fixed', rangeMin: 55, rangeMax: 60 } as const
const subjects: Readonly<Record<string, Detector>> = {
  'no filters': dasrs(),
  rest: dasrs(rest()),
  'likelihood, range-rule': dasrs(likelihood(), rangeRule()),
  'rank, likelihood, range-rule, rest': dasrs(rank(), likelihood(), rangeRule(), rest()),
  'no filters, half outside': new Dasrs(optionsWithDefaults(dasrsOptions, narrow)),
}

const bench = new Bench({ time: 500 })
for (const [name, detector] of Object.entries(subjects)) bench.add(name, () => run(detector))
await bench.run()
for (const { name, result } of bench.tasks) {
  const medianMs = 'latency' in result ? result.latency.p50 : NaN
  console.log(`${name.padEnd(36)} ${((1e6 * medianMs) / values.length).toFixed(1)} ns a sample`)
}
