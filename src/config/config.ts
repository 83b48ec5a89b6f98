/** A configuration that was found right: what the program is to be made of. */

import type { AlarmRule } from '../alarm/rule.ts'
import type { AnyOptions } from '../core/options.ts'
import type { SeriesPatternText } from '../core/series-pattern.ts'
import type { HistoryOptions } from '../history/options.ts'
import type { CatalogOptions } from '../series/catalog.ts'
import type { GateOptions } from '../series/gate.ts'
import type { DeliveryOptions } from '../sinks/delivery/options.ts'
import type { Origin, Path } from './origin.ts'
import type { ServerOptions } from './server-options.ts'
import type { StoreOptions } from './store-options.ts'
import type { TelemetryOptions } from './telemetry-options.ts'

/** A component chosen by its type, with all of its options. */
export interface ComponentConfig {
  readonly type: string
  readonly options: AnyOptions
}

export interface SourceConfig extends ComponentConfig {
  readonly name: string
  readonly codec: ComponentConfig
}

export interface SinkConfig extends ComponentConfig {
  readonly name: string
  readonly delivery: DeliveryOptions
  /** Address of the page, for links in messages; empty where none is known. */
  readonly pageUrl: string
}

/** How the series of a rule are judged; the filters stand behind the detector in order. */
export interface JudgedRule {
  readonly name: string
  readonly match: SeriesPatternText
  readonly detector: ComponentConfig
  readonly filters: readonly ComponentConfig[]
  readonly alarm: AlarmRule
}

/** A rule whose series are left unjudged. */
export interface UnjudgedRule {
  readonly match: SeriesPatternText
  readonly detector: undefined
}

export type RuleConfig = JudgedRule | UnjudgedRule

/** One value with where it comes from; undefined: it is the default. */
export interface Setting {
  readonly path: Path
  /** As the file would say it; secrets as `***`. */
  readonly text: string
  readonly origin: Origin | undefined
}

/** See the head of the file. */
export interface Config {
  readonly sources: readonly SourceConfig[]
  readonly transforms: readonly ComponentConfig[]
  /** First match wins; what none matches is not judged. */
  readonly rules: readonly RuleConfig[]
  readonly catalog: CatalogOptions
  readonly gate: GateOptions
  readonly sinks: readonly SinkConfig[]
  readonly server: ServerOptions
  readonly store: StoreOptions
  readonly history: HistoryOptions
  readonly telemetry: TelemetryOptions
  /** Threads that series are scored on; 0 or 1: none beside the main one. */
  readonly workers: number
  /** Every value above, in the order of the file's sections. */
  readonly settings: readonly Setting[]
  /** Values that must never be printed. */
  readonly secrets: readonly string[]
}
