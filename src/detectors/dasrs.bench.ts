/**
 * What DASRS costs, by the score filters behind it: run this file with node. The last one lies
 * outside of its range half of the time, in the sparse table.
 */

import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import type { Detector, ScoreFilter } from './detector.ts'
import { filtered } from './filtered.ts'
import { Likelihood, likelihoodOptions } from './likelihood.ts'
import { RangeRule, rangeRuleOptions } from './range-rule.ts'
import { Rank, rankOptions } from './rank.ts'
import { Rest, restOptions } from './rest.ts'
import { printSampleCosts } from './sample-cost.bench.ts'

const random = new Random(1)
const values = Float64Array.from({ length: 200_000 }, () => 50 + 10 * random.uniform())

const rank = (): ScoreFilter => new Rank(optionsWithDefaults(rankOptions))
const likelihood = (): ScoreFilter => new Likelihood(optionsWithDefaults(likelihoodOptions))
const rangeRule = (): ScoreFilter => new RangeRule(optionsWithDefaults(rangeRuleOptions))
const rest = (): ScoreFilter => new Rest(optionsWithDefaults(restOptions))

function dasrs(...filters: ScoreFilter[]): Detector {
  return filtered(new Dasrs(optionsWithDefaults(dasrsOptions)), filters)
}

const narrow = { range: 'fixed', rangeMin: 55, rangeMax: 60 } as const

printSampleCosts(
  {
    'no filters': dasrs(),
    rest: dasrs(rest()),
    'likelihood, range-rule': dasrs(likelihood(), rangeRule()),
    'rank, likelihood, range-rule, rest': dasrs(rank(), likelihood(), rangeRule(), rest()),
    'no filters, half outside': new Dasrs(optionsWithDefaults(dasrsOptions, narrow)),
  },
  values,
)
