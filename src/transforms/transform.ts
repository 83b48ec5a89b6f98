/**
 * The interface of transforms: observations to observations.
 */

import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Ledger, OwnerKeeper } from '../core/ledger.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Report } from '../core/report.ts'
import type { Owner } from '../core/snapshot.ts'

/** A pure, synchronous stage. A stateless one writes and reads nothing in its snapshot. */
export interface Transform extends Owner, OwnerKeeper {
  /**
   * Appends to `output` what becomes of `input`. Event time only. A derived observation keeps the
   * position of the one that caused it. All arrays are the caller's and are reused, and so are the
   * observations: copy what you keep beyond the call. What cannot be
   * used (a counter's sample out of order, for one) is said in `refused`, where that is given; what
   * a transform is there to leave out is not.
   */
  apply(input: readonly Observation[], output: Observation[], refused?: Report[]): void

  /**
   * Time passing without data; appends what becomes due, with the position of the tick. Optional:
   * most need no time. A tick counts only where it stands in the order of what was taken before.
   */
  tick?(timestampMs: number, output: Observation[], origin: Origin, refused?: Report[]): void

  /**
   * Gives a stateful transform the ledger of what changed, before the first record. Its owners'
   * keys start with `prefix`. Without a ledger it works the same and is not saved. (Owners: see
   * OwnerKeeper.)
   */
  attach?(ledger: Ledger, prefix: string): void
}

/** A row of the table of transforms. */
export interface TransformRow {
  readonly about: string
  readonly options: OptionSpecs
  /** True where what becomes of one record depends on that record alone. */
  readonly stateless?: true
  /**
   * Of one that joins series: the labels that all series of a group share; `record`: it joins what
   * came in one record, whatever its labels. Absent where each series goes through by itself.
   */
  joinsBy?(options: AnyOptions): readonly string[] | 'record'
  /** What the names of the whole records begin with that it makes of what it joins. */
  makes?(options: AnyOptions): string
  create(options: AnyOptions): Transform
}
