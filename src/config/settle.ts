/**
 * From what was given to the whole configuration: defaults filled in, secrets read from their
 * files, and each value noted with where it comes from.
 */

import { readFileSync } from 'node:fs'
import type { AlarmRule } from '../alarm/rule.ts'
import { yamlName } from '../core/options.ts'
import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { SeriesPatternText } from '../core/series-pattern.ts'
import type { HistoryOptions } from '../history/options.ts'
import type { CatalogOptions } from '../series/catalog.ts'
import type { GateOptions } from '../series/gate.ts'
import type { DeliveryOptions } from '../sinks/delivery/options.ts'
import type {
  ComponentConfig,
  Config,
  RuleConfig,
  Setting,
  SinkConfig,
  SourceConfig,
} from './config.ts'
import { optionText, scalarText } from './option-value.ts'
import type { Fault, Path } from './origin.ts'
import type { ProgramOptions } from './program-options.ts'
import { filtersOption, matchOption, noDetector, ruleNameOption } from './schema.ts'
import type { ServerOptions } from './server-options.ts'
import type { StoreOptions } from './store-options.ts'
import type { Tables } from './tables.ts'
import type { TelemetryOptions } from './telemetry-options.ts'
import type { WrittenTree } from './written-tree.ts'

/** A map that the schema has checked: options under their names in YAML. */
type Given = Readonly<Record<string, unknown>>

/** Longest text that is taken from a secret's file: a certificate chain is some kilobytes. */
const secretCharactersMax = 65_536

/** Without the section: the page, and alarms as lines. */
const usualSinks: Given = { page: { type: 'dashboard' }, log: { type: 'console' } }

/** See the head of the file. Made once a configuration. */
export class Settling {
  readonly #tables: Tables
  readonly #tree: WrittenTree
  readonly #faults: Fault[]
  readonly #settings: Setting[] = []
  readonly #secrets: string[] = []

  constructor(tables: Tables, tree: WrittenTree, faults: Fault[]) {
    this.#tables = tables
    this.#tree = tree
    this.#faults = faults
  }

  /** The whole configuration; appends the faults that only show now. */
  config(given: Given): Config {
    const tables = this.#tables
    const part = (name: string, specs: OptionSpecs): AnyOptions =>
      this.#options(specs, (given[name] ?? {}) as Given, [name])
    const sources = entries(given['sources']).map(([name, each]) => this.#source(name, each))
    const transforms = items(given['transforms']).map((each, i) =>
      this.#component(tables.transforms, each, ['transforms', i]),
    )
    const rules = this.#rules(given['detectors'])
    const series = part('series', tables.series)
    const pageUrl = this.#pageUrl((given['server'] ?? {}) as Given)
    const sinks = entries(given['sinks'] ?? usualSinks).map(([name, each]) =>
      this.#sink(name, each, pageUrl),
    )
    const server = part('server', tables.server) as ServerOptions
    const store = part('store', tables.store) as StoreOptions
    // Partitions come and go, and what was scored of them stays: kept only where that is wanted.
    const usualHistory = store.scope === 'partition' ? { keep: false } : {}
    const wanted = { ...usualHistory, ...(given['history'] as Given | undefined) }
    const history = this.#options(tables.history, wanted, ['history']) as HistoryOptions
    const telemetry = part('telemetry', tables.telemetry) as TelemetryOptions
    const { workers } = this.#options(tables.program, given, []) as ProgramOptions
    return {
      sources,
      transforms,
      rules,
      catalog: series as CatalogOptions,
      gate: series as GateOptions,
      sinks,
      server,
      store,
      history,
      telemetry,
      workers,
      settings: this.#settings,
      secrets: this.#secrets,
    }
  }

  #source(name: string, given: Given): SourceConfig {
    const path = ['sources', name]
    const component = this.#component(this.#tables.sources, given, path)
    const usual = this.#tables.sources[component.type]?.codec ?? ''
    const codec = given['codec'] ?? usual
    if (typeof codec !== 'string') {
      const chosen = this.#component(this.#tables.decoders, codec as Given, [...path, 'codec'])
      return { name, ...component, codec: chosen }
    }
    this.#note([...path, 'codec'], scalarText(codec))
    const options = this.#options(this.#tables.decoders[codec]?.options ?? {}, {}, undefined)
    return { name, ...component, codec: { type: codec, options } }
  }

  /** Read before its section: sinks come first in the order of the settings. */
  #pageUrl(server: Given): string {
    return String(server['public_url'] ?? '').replace(/\/+$/, '')
  }

  #sink(name: string, given: Given, pageUrl: string): SinkConfig {
    const path = ['sinks', name]
    const component = this.#component(this.#tables.sinks, given, path)
    const written = (given['delivery'] ?? {}) as Given
    const delivery = this.#options(this.#tables.delivery, written, [...path, 'delivery'])
    return { name, ...component, delivery: delivery as DeliveryOptions, pageUrl }
  }

  #component(
    rows: Readonly<Record<string, { readonly options: OptionSpecs }>>,
    given: Given,
    path: Path,
  ): ComponentConfig {
    const type = given['type'] as string
    this.#note([...path, 'type'], scalarText(type))
    return { type, options: this.#options(rows[type]?.options ?? {}, given, path) }
  }

  /** Without the section, everything is judged by the usual detector; with it, what it says. */
  #rules(given: unknown): RuleConfig[] {
    const written = given === undefined ? [{ match: '*' }] : items(given)
    return written.map((each, i) => this.#rule(each, ['detectors', i]))
  }

  #rule(given: Given, path: Path): RuleConfig {
    const match = given['match'] as SeriesPatternText
    const word = (given['detector'] ?? this.#tables.defaultDetector) as string
    const name = (given['name'] ?? patternName(match)) as string
    this.#note([...path, 'match'], optionText(matchOption, match))
    this.#note([...path, 'name'], optionText(ruleNameOption, name))
    this.#note([...path, 'detector'], scalarText(word))
    if (word === noDetector) return { match, detector: undefined }
    const row = this.#tables.detectors[word]
    const written = (given['alarm'] ?? {}) as Given
    const alarm = this.#options(this.#tables.alarm, written, [...path, 'alarm']) as AlarmRule
    const fitting = mustLast(alarm) ? { ...row?.whereLasting, ...given } : given
    const detector = { type: word, options: this.#options(row?.options ?? {}, fitting, path) }
    const filters = this.#filters(given, path, { usual: row?.filters ?? [], alarm })
    return { name, match, detector, filters, alarm }
  }

  /**
   * The filters named, else the detector's usual ones: of these only such as let through what the
   * alarm waits for. One that mutes goes by the threshold of the alarm if it is told no other.
   */
  #filters(
    given: Given,
    path: Path,
    { usual, alarm }: { usual: readonly string[]; alarm: AlarmRule },
  ): ComponentConfig[] {
    const rows = this.#tables.scoreFilters
    const fitting = usual.filter((name) => !(mustLast(alarm) && rows[name]?.mutes === true))
    const names = (given['filters'] ?? fitting) as readonly string[]
    this.#note([...path, 'filters'], optionText(filtersOption(Object.keys(rows)), names))
    return names.map((type) => {
      const row = rows[type]
      const follows = row?.mutes === true ? { threshold: alarm.threshold } : {}
      const written = { ...follows, ...(given[type] as Given | undefined) }
      return { type, options: this.#options(row?.options ?? {}, written, [...path, type]) }
    })
  }

  #note(path: Path, text: string): void {
    this.#settings.push({ path, text, origin: this.#tree.origin(path) })
  }

  /** All options by their names in code. Without a path nothing is noted. */
  #options(specs: OptionSpecs, given: Given, path: Path | undefined): AnyOptions {
    const options: Record<string, unknown> = {}
    for (const [name, spec] of Object.entries(specs)) {
      const key = yamlName(name)
      const here = [...(path ?? []), key]
      const fromFile = spec.secret === true ? given[`${key}_file`] : undefined
      if (typeof fromFile === 'string' && fromFile !== '') {
        options[name] = this.#secret(fromFile, here, given[key] !== undefined)
        this.#note([...here.slice(0, -1), `${key}_file`], scalarText(fromFile))
      } else {
        options[name] = given[key] ?? spec.default
        if (path !== undefined) this.#note(here, optionText(spec, options[name]))
      }
      const isDefault = options[name] === '' || options[name] === spec.default
      if (spec.secret === true && !isDefault) this.#secrets.push(String(options[name]))
    }
    return options
  }

  /** The text of a secret's file, without the line break at its end. */
  #secret(file: string, path: Path, twice: boolean): string {
    const origin = this.#tree.nearestOrigin([...path.slice(0, -1), `${String(path.at(-1))}_file`])
    if (twice) {
      const message = 'expected the value or its file, found both'
      this.#faults.push({ origin, path, message })
    }
    try {
      const text = readFileSync(file, 'utf8')
      if (text.length <= secretCharactersMax) return text.replace(/\r?\n$/, '')
      this.#faults.push({ origin, path, message: `the file ${file} is over 64KiB` })
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error)
      this.#faults.push({ origin, path, message: `cannot read the file ${file}: ${why}` })
    }
    return ''
  }
}

/** Whether one anomalous sample alone is not enough for an alarm. */
export function mustLast({ holdMs, needed }: AlarmRule): boolean {
  return holdMs > 0 || needed > 1
}

function entries(given: unknown): [string, Given][] {
  return Object.entries((given ?? {}) as Readonly<Record<string, Given>>)
}

function items(given: unknown): readonly Given[] {
  return (given ?? []) as readonly Given[]
}

/** The name of a rule that has none: its pattern, so that moving it changes no alarm's id. */
function patternName(match: SeriesPatternText): string {
  return typeof match === 'string' ? match : JSON.stringify(match)
}
