/**
 * Patterns that choose series, the same wherever configuration speaks of series.
 *
 *   'cpu:usage_*'                        a glob over the series key
 *   '*{host="vm1"*'
 *   { __name__: cpu, host: 'vm*' }       a glob for each of several labels; all must fit
 *   ['cpu:*', { __name__: mem }]         any of a list
 *
 * A label that is not there counts as empty, so `{ host: '' }` finds series without a host. The
 * name and the field of a series are its labels `__name__` and `__field__`.
 *
 * Cost: see core/glob.ts. What asks for each sample keeps the answer by Labels object.
 */

import { Glob } from './glob.ts'
import type { Labels } from './labels.ts'

type OnePatternText = string | Readonly<Record<string, string>>

/** A pattern as configuration writes it. */
export type SeriesPatternText = OnePatternText | readonly OnePatternText[]

type OnePattern = { readonly key: Glob } | { readonly labels: readonly (readonly [string, Glob])[] }

/** A compiled pattern. An empty list matches nothing, an empty map everything. */
export class SeriesPattern {
  readonly #any: readonly OnePattern[]

  constructor(text: SeriesPatternText) {
    const texts = Array.isArray(text) ? (text as readonly OnePatternText[]) : [text]
    this.#any = texts.map((one) => compiled(one as OnePatternText))
  }

  /** True if the series is one of those meant. */
  matches(labels: Labels): boolean {
    return this.#any.some((one) => fits(one, labels))
  }
}

function compiled(text: OnePatternText): OnePattern {
  if (typeof text === 'string') return { key: new Glob(text) }
  return { labels: Object.entries(text).map(([name, glob]) => [name, new Glob(glob)] as const) }
}

function fits(one: OnePattern, labels: Labels): boolean {
  if ('key' in one) return one.key.matches(labels.key)
  return one.labels.every(([name, glob]) => glob.matches(labels.get(name) ?? ''))
}
