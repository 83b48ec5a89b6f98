/** The encoder that a sink is configured to write by. */

import type { Encoder } from '../codecs/codec.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { SinkConfig } from './config.ts'
import { rowOf } from './judging.ts'
import type { Tables } from './tables.ts'

/** Undefined where the sink has a form of its own. */
export function encoderOf(sink: SinkConfig, tables: Tables): Encoder | undefined {
  const { type, options, pageUrl } = sink
  const row = rowOf(tables.sinks, { type, options })
  const format = row.encoderName?.(options)
  if (format === undefined) return undefined
  const encoderRow = rowOf(tables.encoders, { type: format, options: {} })
  const usual = optionsWithDefaults(encoderRow.options)
  return encoderRow.create({ ...usual, pageUrl, ...row.encoderOptions?.(options) })
}
