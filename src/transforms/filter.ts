/**
 * Filter: leaves out observations by their labels and their value.
 *
 *   match       which series this filter judges; all others go through
 *   keep, drop  of those, the series that go through, and those that do not
 *   name_start  of those, the names that go through, by a simple regular expression
 *   value range of those, the samples that go through
 *
 * What a filter leaves out was not wanted, so it is not a rejection and is not counted as one.
 *
 * Cost: the patterns are asked once for each Labels object, then one look-up by reference.
 */

import { nameLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import type { Observation } from '../core/observation.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { SeriesPattern } from '../core/series-pattern.ts'
import { globsOfNameStart } from './filter/name-start.ts'
import type { Transform } from './transform.ts'

export const filterOptions = {
  match: {
    kind: 'pattern',
    default: '*',
    about: 'Which series the filter judges. All others go through untouched.',
  },
  keep: {
    kind: 'pattern',
    default: '*',
    about: 'Of the series judged, only these go through.',
  },
  drop: {
    kind: 'pattern',
    default: [],
    about: 'Of the series judged, these do not go through. By default none.',
  },
  nameStart: {
    kind: 'text',
    default: '',
    about:
      'Of the series judged, only those go through whose name begins as this simple regular ' +
      'expression says: characters, \\., ., .*, .+, ?, (a|b), ^ and $. Empty: all.',
  },
  valueMin: {
    kind: 'number-or-word',
    words: ['none'],
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    default: 'none',
    about: 'Samples under this value are left out.',
  },
  valueMax: {
    kind: 'number-or-word',
    words: ['none'],
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    default: 'none',
    about: 'Samples over this value are left out.',
  },
} as const satisfies OptionSpecs

export type FilterOptions = OptionsOf<typeof filterOptions>

type Verdict = 'through' | 'by value' | 'out'

/** See the head of the file. */
export class Filter implements Transform {
  readonly #match: SeriesPattern
  readonly #keep: SeriesPattern
  readonly #drop: SeriesPattern
  readonly #names: SeriesPattern
  readonly #valueMin: number
  readonly #valueMax: number
  readonly #verdicts = new LabelsCache<Verdict>()

  constructor(options: FilterOptions) {
    this.#match = new SeriesPattern(options.match)
    this.#keep = new SeriesPattern(options.keep)
    this.#drop = new SeriesPattern(options.drop)
    const names = globsOfNameStart(options.nameStart)
    this.#names = new SeriesPattern(names.map((glob) => ({ [nameLabel]: glob })))
    this.#valueMin = typeof options.valueMin === 'number' ? options.valueMin : -Infinity
    this.#valueMax = typeof options.valueMax === 'number' ? options.valueMax : Infinity
  }

  apply(input: readonly Observation[], output: Observation[]): void {
    for (const observation of input) {
      const verdict = this.#verdict(observation)
      if (verdict === 'through' || (verdict === 'by value' && this.#inRange(observation.value))) {
        output.push(observation)
      }
    }
  }

  #verdict({ labels }: Observation): Verdict {
    let verdict = this.#verdicts.get(labels)
    if (verdict === undefined) {
      if (!this.#match.matches(labels)) verdict = 'through'
      else verdict = this.#wants(labels) ? 'by value' : 'out'
      this.#verdicts.set(labels, verdict)
    }
    return verdict
  }

  #wants(labels: Labels): boolean {
    if (!this.#keep.matches(labels) || this.#drop.matches(labels)) return false
    return this.#names.matches(labels)
  }

  /** True for NaN too: what is not a number is for the gate to refuse and count. */
  #inRange(value: number): boolean {
    return !(value < this.#valueMin || value > this.#valueMax)
  }

  /** Keeps nothing but speed between samples. */
  snapshot(): void {}

  restore(): void {}
}
