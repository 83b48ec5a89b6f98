/** What encoders make of scores as rows. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyReport } from '../../test/sample-reports.ts'
import { woven } from '../../test/score-runs.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { AnyOptions } from '../core/options.ts'
import type { EncoderRow } from './codec.ts'
import { encoders } from './registry.ts'

describe('the same bytes, whether scores come one by one or as rows', () => {
  const rows: readonly (readonly [string, EncoderRow])[] = Object.entries(encoders)
  test.each(rows)('%s', (_name, row) => {
    const encoder = row.create(optionsWithDefaults(row.options) as AnyOptions)
    fc.assert(
      fc.property(fc.array(anyReport, { maxLength: 12 }), (reports) => {
        expect(encoder.encode(woven(reports))).toEqual(encoder.encode(reports))
      }),
    )
  })
})
