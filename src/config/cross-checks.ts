/** Checks that no single option can make: two options, or an option and its surroundings. */

import { budgetAllowed, budgetRate, noBudget } from '../alarm/budget-rate.ts'
import { ForewarnError } from '../core/errors.ts'
import { listenAddress } from '../server/listen-address.ts'
import { redisStoreOf } from '../stores/redis/options.ts'
import { certificateFaults } from './certificates.ts'
import { exactlyOnceFaults } from './exactly-once.ts'
import { didYouMean } from './nearest-name.ts'
import type { Config, JudgedRule, RuleConfig } from './config.ts'
import type { Fault, Path } from './origin.ts'
import { repartitionFaults } from './repartition.ts'
import { mustLast } from './settle.ts'
import type { Tables } from './tables.ts'
import type { WrittenTree } from './written-tree.ts'

/** The word of a range that only a reader of whole files can know. */
const wholeFile = 'file'

/** Name and type of the source of ticks that every program has. */
export const ticksName = 'clock'

/** Name of the input that people's words come in by. */
export const controlName = 'control'

/** Names of partitions that the program has by itself: positions are saved under them. */
const takenNames: Readonly<Record<string, string>> = {
  [ticksName]: 'the source of ticks',
  [controlName]: 'the input of silences and acknowledgements',
  log: 'the incoming log',
}

/** Everything wrong between options that are right by themselves. */
export function crossFaults(config: Config, tree: WrittenTree, tables: Tables): Fault[] {
  const faults: Fault[] = []
  const fault = (path: Path, message: string): void => {
    faults.push({ origin: tree.nearestOrigin(path), path, message })
  }
  config.rules.forEach((rule, i) => {
    checkRule(rule, ['detectors', i], fault)
    checkFilters(rule, ['detectors', i], { tree, tables, fault })
    if (rule.detector === undefined) return
    checkLasting(rule, ['detectors', i], { tables, fault })
    const { type, options } = rule.detector
    checkMade(() => tables.detectors[type]?.check?.(options), ['detectors', i], fault)
  })
  config.transforms.forEach((each, i) => {
    checkMade(() => tables.transforms[each.type]?.create(each.options), ['transforms', i], fault)
  })
  for (const { name, type, options, codec } of config.sources) {
    const path = ['sources', name]
    checkMade(() => tables.sources[type]?.check?.(options), path, fault)
    const make = (): unknown => tables.decoders[codec.type]?.create(codec.options)
    checkMade(make, [...path, 'codec'], fault)
    if (tables.sources[type]?.ofLines && tables.decoders[codec.type]?.isBinary) {
      const message = `a ${type} source is read line by line, and ${codec.type} has no lines`
      fault([...path, 'codec'], `${message}; it goes with http, kafka or redis`)
    }
  }
  for (const { name, type, options } of config.sinks) {
    checkMade(() => tables.sinks[type]?.check?.(options), ['sinks', name], fault)
  }
  if (config.sources.length === 0) fault(['sources'], 'expected at least one source, found none')
  for (const { name, type } of config.sources) {
    const owner = Object.hasOwn(takenNames, name) ? takenNames[name] : undefined
    if (owner === undefined || (name === ticksName && type === ticksName)) continue
    fault(['sources', name], `the name "${name}" is that of ${owner}; take another one`)
  }
  if (config.store.type === 'redis') checkMade(() => redisStoreOf(config.store), ['store'], fault)
  checkScope(config, fault)
  repartitionFaults(config, tables, fault)
  exactlyOnceFaults(config, fault)
  checkPaths(config, fault)
  checkServer(config, fault)
  certificateFaults(config, fault)
  return faults
}

/** States that go with partitions need partitions, a place that all programs reach, and no more. */
function checkScope({ store, sources, sinks, workers }: Config, fault: Report): void {
  if (store.scope !== 'partition') return
  const path = ['store', 'scope']
  if (store.type !== 'redis') fault(path, 'partition needs store.type: redis')
  for (const { name, type } of sources) {
    if (type !== 'kafka') fault(path, `partition needs sources of type kafka; "${name}" is ${type}`)
  }
  if (workers > 1) {
    const why = 'with store.scope: partition the work is shared by partitions, each in one thread'
    fault(['workers'], `${why}; leave it at 1 and start as many programs as there are cores`)
  }
  for (const { name, type } of sinks) {
    if (type === 'prometheus') {
      fault(['sinks', name], 'with store.scope: partition nothing is shown among the metrics')
    }
  }
}

/** Transforms and decoders are pure, so they can be made only to see whether they can be. */
function checkMade(make: () => unknown, path: Path, fault: Report): void {
  try {
    make()
  } catch (error) {
    if (!(error instanceof ForewarnError) || error.code !== 'ERR_CONFIG_INVALID') throw error
    fault(path, error.message)
  }
}

type Report = (path: Path, message: string) => void

function checkRule(rule: RuleConfig, path: Path, fault: Report): void {
  if (rule.detector === undefined) return
  const { needed, windowSamples, threshold, clearThreshold, budget } = rule.alarm
  if (budget !== noBudget && budgetRate(budget) === undefined) {
    fault([...path, 'alarm', 'budget'], `expected ${budgetAllowed}; found "${budget}"`)
  }
  if (needed > windowSamples) {
    const window = `found ${needed} and ${windowSamples}`
    fault([...path, 'alarm', 'needed'], `expected at most alarm.window, ${window}`)
  }
  if (clearThreshold > threshold) {
    const both = `found ${clearThreshold} and ${threshold}`
    fault([...path, 'alarm', 'clear_threshold'], `expected at most alarm.threshold, ${both}`)
  }
  const { options } = rule.detector
  if (options['range'] === wholeFile) {
    const message = 'a live series has no end to know its range by; only replay and bench do'
    fault([...path, 'range'], message)
  }
  const { rangeMin, rangeMax } = options
  if (options['range'] === 'fixed' && !(Number(rangeMin) < Number(rangeMax))) {
    const both = `found ${String(rangeMin)} and ${String(rangeMax)}`
    fault([...path, 'range_max'], `expected range_min under range_max, ${both}`)
  }
}

/** A detector that keeps scores down after one anomalous sample, under an alarm that waits. */
function checkLasting(
  { detector, alarm }: JudgedRule,
  path: Path,
  { tables, fault }: { tables: Tables; fault: Report },
): void {
  if (!mustLast(alarm)) return
  for (const [option, word] of Object.entries(
    tables.detectors[detector.type]?.whereLasting ?? {},
  )) {
    const found = String(detector.options[option])
    if (found === word) continue
    const why = 'keeps scores down after one anomalous sample, so hold and needed are never met'
    fault([...path, option], `"${found}" ${why}; expected "${word}"`)
  }
}

/** Filters that do not exist, stand there twice, or have options without being there. */
function checkFilters(
  rule: RuleConfig,
  path: Path,
  { tree, tables, fault }: { tree: WrittenTree; tables: Tables; fault: Report },
): void {
  if (rule.detector === undefined) return
  const names = rule.filters.map(({ type }) => type)
  const known = Object.keys(tables.scoreFilters)
  names.forEach((name, i) => {
    if (!known.includes(name)) {
      const hint = didYouMean(name, known) || `; there are ${known.join(', ')}`
      fault([...path, 'filters'], `no score filter "${name}"${hint}`)
    }
    if (tables.scoreFilters[name]?.mutes === true && mustLast(rule.alarm)) {
      const why = 'keeps scores down after one anomalous sample, so hold and needed are never met'
      fault([...path, 'filters'], `"${name}" ${why}; leave it out`)
    }
    if (names.indexOf(name) < i) fault([...path, 'filters'], `"${name}" stands here twice`)
  })
  for (const name of known) {
    if (names.includes(name) || tree.origin([...path, name]) === undefined) continue
    const message = `options of a score filter that is not among the rule’s filters`
    fault([...path, name], `${message} (${names.join(', ') || 'none'})`)
  }
}

/** Two sources of the one listener must not answer at the same paths; the codec decides which. */
function checkPaths({ sources }: Config, fault: Report): void {
  const taken = new Set<string>()
  for (const { name, type, codec, options } of sources) {
    if (type !== 'http') continue
    const paths = `${codec.type} ${String(options['path'])}`
    const message = 'a source above has the same paths already; set a path for this one'
    if (taken.has(paths)) fault(['sources', name, 'path'], message)
    taken.add(paths)
  }
}

function checkServer({ server }: Config, fault: Report): void {
  if ((server.tlsCertificate === '') !== (server.tlsKey === '')) {
    fault(['server', 'tls_key'], 'expected tls_certificate and tls_key together, found one')
  }
  const { publicUrl } = server
  const protocol = URL.canParse(publicUrl) ? new URL(publicUrl).protocol : ''
  if (publicUrl !== '' && protocol !== 'https:' && protocol !== 'http:') {
    const message = `expected an address such as https://forewarn.example.org, found "${publicUrl}"`
    fault(['server', 'public_url'], message)
  }
  try {
    listenAddress(server.listen)
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error
    const message = `expected an address such as 127.0.0.1:8686, found "${server.listen}"`
    fault(['server', 'listen'], message)
  }
}
