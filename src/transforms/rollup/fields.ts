/**
 * What is asked of a window, as configuration writes it:
 *
 *   field    = function "(" input [ "," limit ] ")"
 *   function = count | sum | mean | whole_mean | min | max | last | over | p<percent>
 *
 *   mean(millis)      over(millis, 70)      p99.9(millis)
 *
 * `over` counts values at or above its limit. `whole_mean` is the sum divided by the count with
 * the remainder dropped, as programs write it that divide whole numbers.
 */

import { ForewarnError } from '../../core/errors.ts'
import type { InputWindow } from './window.ts'

/** One output of a rollup. */
export interface RollupField {
  readonly name: string
  /** 0-based place among the inputs. */
  readonly input: number
  /** The answer of a window of that input; NaN where an empty one has none. */
  readonly answer: (window: InputWindow) => number
  /** Limit of `over`, or undefined. */
  readonly limit: number | undefined
  /** True if quantiles are asked for. */
  readonly quantiles: boolean
}

const grammar =
  /^\s*([a-z_]+|p\d{1,2}(?:\.\d{1,4})?)\s*\(\s*([\w.-]+)\s*(?:,\s*([^,()\s]+)\s*)?\)\s*$/

const plainAnswers: Readonly<Record<string, (window: InputWindow) => number>> = {
  count: ({ count }) => count,
  sum: ({ sum }) => sum,
  mean: ({ sum, count }) => (count === 0 ? NaN : sum / count),
  whole_mean: ({ sum, count }) => (count === 0 ? NaN : Math.floor(sum / count)),
  min: ({ count, min }) => (count === 0 ? NaN : min),
  max: ({ count, max }) => (count === 0 ? NaN : max),
  last: ({ last }) => last,
}

/** The field that a text describes; ERR_CONFIG_INVALID where it cannot be understood. */
export function rollupField(name: string, text: string, inputs: readonly string[]): RollupField {
  const [, word = '', inputName = '', limitText] = grammar.exec(text) ?? []
  if (word === '') throw fault(name, text, 'expected FUNCTION(INPUT), for instance mean(millis)')
  const input = inputs.indexOf(inputName)
  if (input < 0) throw fault(name, text, `there is no input "${inputName}": ${inputs.join(', ')}`)
  if (word === 'over') return overField({ name, input, text, limitText })
  if (limitText !== undefined) throw fault(name, text, `${word} takes no limit`)
  const common = { name, input, limit: undefined }
  if (/^p\d/.test(word)) {
    const rank = Number(word.slice(1)) / 100
    return { ...common, quantiles: true, answer: ({ sketch }) => sketch?.quantile(rank) ?? NaN }
  }
  const answer = Object.hasOwn(plainAnswers, word) ? plainAnswers[word] : undefined
  if (answer !== undefined) return { ...common, quantiles: false, answer }
  const words = [...Object.keys(plainAnswers), 'over', 'p50, p99, …'].join(', ')
  throw fault(name, text, `there is no function "${word}": ${words}`)
}

interface OverText {
  readonly name: string
  readonly input: number
  readonly text: string
  readonly limitText: string | undefined
}

function overField({ name, input, text, limitText }: OverText): RollupField {
  const limit = Number(limitText ?? NaN)
  if (!Number.isFinite(limit)) throw fault(name, text, 'expected a limit: over(INPUT, LIMIT)')
  const answer = ({ over }: InputWindow): number => over.get(limit) ?? 0
  return { name, input, limit, quantiles: false, answer }
}

function fault(name: string, text: string, why: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', `cannot read field ${name} "${text}": ${why}`)
}
