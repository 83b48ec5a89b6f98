/**
 * The tables of names that a configuration is checked against: which sources, codecs, transforms,
 * detectors, score filters and sinks there are, and the options of the parts that every program
 * has. The mechanism takes them as an argument, so a test can bring its own.
 */

import { alarmOptions } from '../alarm/rule.ts'
import { decoders, encoders } from '../codecs/registry.ts'
import type { DecoderRow, EncoderRow } from '../codecs/codec.ts'
import type { OptionSpecs } from '../core/options.ts'
import type { DetectorRow, ScoreFilterRow } from '../detectors/detector.ts'
import { detectors, scoreFilters } from '../detectors/registry.ts'
import { historyOptions } from '../history/options.ts'
import { catalogOptions } from '../series/catalog.ts'
import { gateOptions } from '../series/gate.ts'
import { deliveryOptions } from '../sinks/delivery/options.ts'
import { sinks } from '../sinks/registry.ts'
import type { SinkRow } from '../sinks/sink.ts'
import { sources } from '../sources/registry.ts'
import type { SourceRow } from '../sources/source.ts'
import { transforms } from '../transforms/registry.ts'
import type { TransformRow } from '../transforms/transform.ts'
import { programOptions } from './program-options.ts'
import { serverOptions } from './server-options.ts'
import { storeOptions } from './store-options.ts'
import { telemetryOptions } from './telemetry-options.ts'

/** See the head of the file. */
export interface Tables {
  readonly sources: Readonly<Record<string, SourceRow>>
  readonly decoders: Readonly<Record<string, DecoderRow>>
  readonly encoders: Readonly<Record<string, EncoderRow>>
  readonly transforms: Readonly<Record<string, TransformRow>>
  readonly detectors: Readonly<Record<string, DetectorRow>>
  readonly scoreFilters: Readonly<Record<string, ScoreFilterRow>>
  readonly sinks: Readonly<Record<string, SinkRow>>
  /** Options of the parts that there is one of. */
  readonly alarm: OptionSpecs
  readonly delivery: OptionSpecs
  readonly series: OptionSpecs
  readonly server: OptionSpecs
  readonly store: OptionSpecs
  readonly history: OptionSpecs
  readonly telemetry: OptionSpecs
  /** Options in no section. */
  readonly program: OptionSpecs
  /** The detector of rules that name none. */
  readonly defaultDetector: string
}

/** Everything that this program has. */
export const tables: Tables = {
  sources,
  decoders,
  encoders,
  transforms,
  detectors,
  scoreFilters,
  sinks,
  alarm: alarmOptions,
  delivery: deliveryOptions,
  series: { ...catalogOptions, ...gateOptions },
  server: serverOptions,
  store: storeOptions,
  history: historyOptions,
  telemetry: telemetryOptions,
  program: programOptions,
  defaultDetector: 'auto',
}
