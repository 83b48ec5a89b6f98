/**
 * A detector by its name and `option=value` texts, as `--detector` and `--set` of the command line
 * give them.
 *
 *   --set theta=10                       an option of the detector
 *   --set filters=likelihood,rest        the score filters behind it, in order; none: filters=
 *   --set rest.period=150                an option of one of them
 *   --set alarm.threshold=.99            an option of the alarm, where there is one
 *
 * Names are those of the configuration file: snake_case, without the unit.
 */

import { budgetAllowed, budgetRate, noBudget } from '../alarm/budget-rate.ts'
import { alarmOptions } from '../alarm/rule.ts'
import type { AlarmRule } from '../alarm/rule.ts'
import { ForewarnError } from '../core/errors.ts'
import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import { optionsWithDefaults, yamlName } from '../core/options.ts'
import type { ScoreFilter } from '../detectors/detector.ts'
import { filtered } from '../detectors/filtered.ts'
import type { DetectorFactory, FileFacts } from '../evaluation/run.ts'
import { didYouMean } from './nearest-name.ts'
import { optionValue } from './option-value.ts'
import { mustLast } from './settle.ts'
import type { Tables } from './tables.ts'
import { tables as everything } from './tables.ts'

/** Seed of every bench, so that a number can be made again. */
const benchSeed = 1

/** Names that can be chosen, in the order of the table. */
export const detectorNames: readonly string[] = Object.keys(everything.detectors)

/** The tables that names are looked up in. */
export type DetectorTables = Pick<Tables, 'detectors' | 'scoreFilters'>

/**
 * Makes detectors of one kind, each told the facts of its file. Throws ERR_CLI_USAGE for a name or
 * a value that is not there, naming the nearest right one.
 */
export function detectorFactory(
  name: string,
  setPairs: readonly string[],
  tables: DetectorTables = everything,
): DetectorFactory {
  const row = named(tables.detectors, name, 'detector')
  const pairs = setPairs.map(splitPair)
  const chosen = pairs.findLast(([key]) => key === 'filters')?.[1]
  const filterNames = chosen === undefined ? row.filters : chosen.split(',').filter(Boolean)
  const filters = filterNames.map((filter) => chosenFilter(filter, pairs, tables))
  refuseStrayFilters(pairs, filterNames, tables)
  const own = pairs.filter(([key]) => key !== 'filters' && !key.includes('.'))
  const given = givenOptions(row.options, own, `detector ${name}`)
  const optionsOf = optionsByFile(row.options, given)
  return (file) =>
    filtered(
      row.create(optionsOf(file), benchSeed),
      filters.map((filter) => filter(file)),
    )
}

/** A set-up as `--set` gives it: the alarm's own options apart from the detector's. */
export interface AlarmChoice {
  readonly alarm: AlarmRule
  readonly detectorPairs: readonly string[]
}

/**
 * The alarm rule of the pairs that begin with `alarm.`, and the other pairs. Under an alarm that
 * waits for trouble to last, the named detector is by default one that lets it be seen, as in the
 * configuration file.
 */
export function alarmChoice(
  setPairs: readonly string[],
  detectorName: string,
  tables: DetectorTables = everything,
): AlarmChoice {
  const isAlarms = (pair: string): boolean => pair.startsWith('alarm.')
  const pairs = setPairs.filter(isAlarms).map((pair) => splitPair(pair.slice('alarm.'.length)))
  const alarm = optionsWithDefaults(alarmOptions, givenOptions(alarmOptions, pairs, 'the alarm'))
  if (alarm.budget !== noBudget && budgetRate(alarm.budget) === undefined) {
    throw usageError(`option budget of the alarm: expected ${budgetAllowed}`)
  }
  const others = setPairs.filter((pair) => !isAlarms(pair))
  if (!mustLast(alarm)) return { alarm, detectorPairs: others }
  return { alarm, detectorPairs: [...lastingPairs(detectorName, tables), ...others] }
}

/** What a detector is set to so that it does not rest; pairs behind these take precedence. */
function lastingPairs(name: string, { detectors, scoreFilters }: DetectorTables): string[] {
  const row = Object.hasOwn(detectors, name) ? detectors[name] : undefined
  if (row === undefined) return []
  const fitting = row.filters.filter((filter) => scoreFilters[filter]?.mutes !== true)
  const options = Object.entries(row.whereLasting ?? {}).map((pair) => pair.join('='))
  return [`filters=${fitting.join(',')}`, ...options]
}

/** Makes the score filters of one kind. */
function chosenFilter(
  name: string,
  pairs: readonly Pair[],
  tables: DetectorTables,
): (file: FileFacts) => ScoreFilter {
  const { options, create } = named(tables.scoreFilters, name, 'score filter')
  const own = pairs.flatMap(([key, text]): Pair[] =>
    key.startsWith(`${name}.`) ? [[key.slice(name.length + 1), text]] : [],
  )
  const given = givenOptions(options, own, `score filter ${name}`)
  const optionsOf = optionsByFile(options, given)
  return (file) => create(optionsOf(file))
}

type Pair = readonly [key: string, text: string]

function splitPair(text: string): Pair {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  throw usageError(`--set wants option=value, not "${text}"`)
}

function usageError(message: string): ForewarnError {
  return new ForewarnError('ERR_CLI_USAGE', message)
}

function named<Row>(rows: Readonly<Record<string, Row>>, name: string, what: string): Row {
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return row
  throw usageError(unknownName(what, name, Object.keys(rows)))
}

/** `unknown detector "emma": did you mean "ema"? (ema, sma)` */
function unknownName(what: string, wrong: string, names: readonly string[]): string {
  return `unknown ${what} "${wrong}"${didYouMean(wrong, names)} (${names.join(', ')})`
}

function refuseStrayFilters(
  pairs: readonly Pair[],
  filterNames: readonly string[],
  tables: DetectorTables,
): void {
  for (const [key] of pairs) {
    const filter = key.includes('.') ? key.slice(0, key.indexOf('.')) : undefined
    if (filter === undefined || filterNames.includes(filter)) continue
    named(tables.scoreFilters, filter, 'score filter')
    throw usageError(`--set ${key}: "${filter}" is not among the filters (set filters=…,${filter})`)
  }
}

/** Options by their name in code, from pairs that use the names of the configuration file. */
function givenOptions(specs: OptionSpecs, pairs: readonly Pair[], owner: string): AnyOptions {
  const given: Record<string, unknown> = {}
  for (const [name, text] of pairs) {
    const [codeName, spec] = Object.entries(specs).find(([code]) => yamlName(code) === name) ?? []
    if (codeName === undefined || spec === undefined) {
      const names = Object.keys(specs).map(yamlName)
      throw usageError(unknownName(`option of ${owner}`, name, names))
    }
    const read = optionValue(spec, text)
    if ('fault' in read) throw usageError(`option ${name} of ${owner}: ${read.fault}`)
    given[codeName] = read.value
  }
  return given
}

/** The options for each file; asked again for the same facts, it hands out the same object. */
function optionsByFile(specs: OptionSpecs, given: AnyOptions): (file: FileFacts) => AnyOptions {
  const known = new WeakMap<FileFacts, AnyOptions>()
  return (file) => {
    let options = known.get(file)
    if (options === undefined) known.set(file, (options = optionsFor(specs, given, file)))
    return options
  }
}

/**
 * The options for one file. Probation is what the file's facts say unless it was set; `range: file`
 * becomes the range that the file has, which only benches and replays know.
 */
function optionsFor(specs: OptionSpecs, given: AnyOptions, file: FileFacts): AnyOptions {
  const { probationSamples, valueMin, valueMax } = file
  const told = probationSamples !== undefined && 'probationSamples' in specs
  const probation = told ? { probationSamples } : {}
  const options = optionsWithDefaults(specs, { ...probation, ...given }) as AnyOptions
  if (options['range'] !== 'file') return options
  return { ...options, range: 'fixed', rangeMin: valueMin, rangeMax: valueMax }
}
