/**
 * The interface of transforms: observations to observations.
 */

import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Observation } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import type { Owner } from '../core/snapshot.ts'

/** A pure, synchronous stage. A stateless one writes and reads nothing in its snapshot. */
export interface Transform extends Owner {
  /**
   * Appends to `output` what becomes of `input`. Event time only. A derived observation keeps the
   * position of the one that caused it. All arrays are the caller's and are reused. What cannot be
   * used (a counter's sample out of order, for one) is said in `refused`, where that is given; what
   * a transform is there to leave out is not.
   */
  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void

  /** Time passing without data; appends what becomes due. Optional: most need no time. */
  tick?(timestampMs: number, output: Observation[]): void
}

/** A row of the table of transforms. */
export interface TransformRow {
  readonly about: string
  readonly options: OptionSpecs
  create(options: AnyOptions): Transform
}
