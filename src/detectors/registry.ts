/**
 * The tables of names: which detectors and score filters there are.
 *
 * To add one: its file, its test that starts with the contract, its page in docs/algorithms, its
 * scenario in bench/scenarios.ts, and a row here.
 */

import { Auto } from './auto.ts'
import { autoOptions } from './auto/options.ts'
import type { AutoOptions } from './auto/options.ts'
import { Daily, dailyOptions } from './daily.ts'
import type { DailyOptions } from './daily.ts'
import { Dasrs, dasrsOptions } from './dasrs.ts'
import type { DasrsOptions } from './dasrs.ts'
import type { DetectorRow, ScoreFilterRow } from './detector.ts'
import { EarlyWarningDetector, earlyWarningOfOne, earlyWarningOptions } from './early-warning.ts'
import type { EarlyWarningDetectorOptions } from './early-warning.ts'
import { Ema, emaOptions } from './ema.ts'
import type { EmaOptions } from './ema.ts'
import { htmMaker } from './htm.ts'
import { futuresMaker } from './htm/futures.ts'
import { checkHtmOptions, htmOptions } from './htm/options.ts'
import type { HtmOptions } from './htm/options.ts'
import { Likelihood, likelihoodOptions } from './likelihood.ts'
import type { LikelihoodOptions } from './likelihood.ts'
import { Range, rangeOptions } from './range.ts'
import type { RangeOptions } from './range.ts'
import { RangeRule, rangeRuleOptions } from './range-rule.ts'
import type { RangeRuleOptions } from './range-rule.ts'
import { Rank, rankOptions } from './rank.ts'
import type { RankOptions } from './rank.ts'
import { Rest, restOptions } from './rest.ts'
import type { RestOptions } from './rest.ts'
import { Seasonal, seasonalOptions } from './seasonal.ts'
import type { SeasonalOptions } from './seasonal.ts'
import { Sma, smaOptions } from './sma.ts'
import type { SmaOptions } from './sma.ts'
import { calendars, checkTimezone } from './timezone.ts'
import { Som, somOfOne, somOptions } from './som.ts'
import type { SomOptions } from './som.ts'

const newHtm = htmMaker()
/** What makes the futures that early warning weighs where it is asked to. */
export const newFutures = futuresMaker()
const calendarOf = calendars()

/** Every detector by its name in the configuration. */
export const detectors = {
  sma: {
    about: 'Simple moving average: far from the mean of the last samples, by the usual distance.',
    options: smaOptions,
    filters: ['rest'],
    stateVersion: 1,
    create: (options) => new Sma(options as SmaOptions),
  },
  ema: {
    about: 'Exponential moving average: jumps and spikes, in three numbers a series.',
    options: emaOptions,
    filters: ['rest'],
    stateVersion: 1,
    create: (options) => new Ema(options as EmaOptions),
  },
  range: {
    about: 'Seen range: beyond the largest or smallest value so far.',
    options: rangeOptions,
    filters: ['rest'],
    stateVersion: 1,
    create: (options) => new Range(options as RangeOptions),
  },
  dasrs: {
    about: 'Sequence rarity: patterns of levels that were seldom or never seen.',
    options: dasrsOptions,
    filters: ['rank', 'likelihood', 'range-rule', 'rest'],
    stateVersion: 1,
    create: (options) => new Dasrs(options as DasrsOptions),
  },
  htm: {
    about: 'Hierarchical temporal memory: values that do not follow from what went before.',
    options: htmOptions,
    filters: ['rank', 'likelihood', 'daily', 'range-rule', 'rest'],
    heavy: true,
    stateVersion: 3,
    check: (options) => checkHtmOptions(options as HtmOptions),
    create: (options, seed) => newHtm(options as HtmOptions, seed),
    createGroup: (options, seed, { length }) => newHtm.group(options as HtmOptions, seed, length),
  },
  seasonal: {
    about: 'Season: what was not foretold by the period of the series; forecasts far ahead.',
    options: seasonalOptions,
    filters: ['rest'],
    stateVersion: 1,
    check: (options) => checkTimezone(options as SeasonalOptions),
    create: (options) =>
      new Seasonal(options as SeasonalOptions, calendarOf(options as SeasonalOptions)),
  },
  'early-warning': {
    about: 'Early warning: the probability that a stated limit will be broken soon.',
    options: earlyWarningOptions,
    filters: [],
    warns: true,
    stateVersion: 3,
    create: (options, seed) =>
      earlyWarningOfOne(options as EarlyWarningDetectorOptions, seed, newFutures),
    createGroup: (options, seed, fields) =>
      new EarlyWarningDetector(options as EarlyWarningDetectorOptions, seed, fields, newFutures),
  },
  som: {
    about: 'Self-organising map: combinations of fields that are far from the usual ones.',
    options: somOptions,
    filters: ['rank', 'rest'],
    stateVersion: 1,
    create: (options, seed) => somOfOne(options as SomOptions, seed),
    createGroup: (options, seed, { length }) => new Som(options as SomOptions, seed, length),
  },
  auto: {
    about: 'Forecast, novelty and range at once, each held against the series’ own past.',
    options: autoOptions,
    filters: [],
    whereLasting: { head: 'sample' },
    stateVersion: 3,
    check: (options) => checkTimezone(options as AutoOptions),
    create: (options) =>
      new Auto(options as AutoOptions, undefined, calendarOf(options as AutoOptions)),
  },
} as const satisfies Record<string, DetectorRow>

/** Every score filter by its name in the configuration. */
export const scoreFilters = {
  rank: {
    about: 'Turns scores into shares of the series’ own past: how often was it as unusual as this?',
    options: rankOptions,
    stateVersion: 1,
    create: (options) => new Rank(options as RankOptions),
  },
  likelihood: {
    about: 'Adds lasting surprise: are the raw scores higher lately than they used to be?',
    options: likelihoodOptions,
    stateVersion: 1,
    create: (options) => new Likelihood(options as LikelihoodOptions),
  },
  daily: {
    about: 'Adds surprise at the hour: a level that is not usual at this time of day.',
    options: dailyOptions,
    stateVersion: 1,
    create: (options) => new Daily(options as DailyOptions),
  },
  'range-rule': {
    about: 'Scores 1 what lies outside of everything seen so far.',
    options: rangeRuleOptions,
    stateVersion: 1,
    create: (options) => new RangeRule(options as RangeRuleOptions),
  },
  rest: {
    about: 'Rests after an alarm: scores stay under the threshold for a while.',
    options: restOptions,
    stateVersion: 1,
    mutes: true,
    create: (options) => new Rest(options as RestOptions),
  },
} as const satisfies Record<string, ScoreFilterRow>
