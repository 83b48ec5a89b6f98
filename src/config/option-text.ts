/**
 * An option's value from the text of a command line: `10`, `30s`, `64KiB`, `true`, `a,b`, `a:b,c:d`.
 */

import type { OptionSpec } from '../core/options.ts'

const millisecondsOf: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const bytesOf: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** A value as the component takes it, or what is wrong with the text, in words. */
export type OptionText = { readonly value: unknown } | { readonly fault: string }

/** Reads the text of one option; the range of numbers is checked. */
export function optionFromText(spec: OptionSpec, text: string): OptionText {
  switch (spec.kind) {
    case 'number':
    case 'integer':
      return inRange(spec, plainNumber(text), text)
    case 'number-or-word':
      return spec.words.includes(text)
        ? { value: text }
        : inRange(spec, plainNumber(text), `${text}; or one of ${spec.words.join(', ')}`)
    case 'duration':
      return inRange(spec, withUnit(text, millisecondsOf), `${text}, as 250ms, 30s, 5m, 1h, 7d`)
    case 'size':
      return inRange(spec, withUnit(text, bytesOf), `${text}, as 512B, 64KiB, 32MiB`)
    case 'boolean':
      if (text === 'true' || text === 'false') return { value: text === 'true' }
      return { fault: `true or false, not ${text}` }
    case 'choice':
      if (spec.words.includes(text)) return { value: text }
      return { fault: `one of ${spec.words.join(', ')}, not ${text}` }
    case 'text-list':
      return { value: parts(text) }
    case 'text-map':
      return { value: Object.fromEntries(parts(text).map(pair)) }
    default:
      return { value: text }
  }
}

function parts(text: string): string[] {
  return text === '' ? [] : text.split(',').map((part) => part.trim())
}

function pair(text: string): [string, string] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1).trim()]
}

function plainNumber(text: string): number {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN
}

/** `1.5h` by a table of units; a bare 0 needs no unit. */
function withUnit(text: string, units: Readonly<Record<string, number>>): number {
  if (text === '0') return 0
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text)
  const factor = match === null ? undefined : units[match[2] ?? '']
  return factor === undefined ? NaN : Number(match?.[1]) * factor
}

interface Range {
  readonly kind: string
  readonly min: number
  readonly max: number
}

function inRange(range: Range, value: number, text: string): OptionText {
  const whole = range.kind !== 'integer' || Number.isInteger(value)
  if (value >= range.min && value <= range.max && whole) return { value }
  const noun = range.kind === 'integer' ? 'a whole number' : 'a number'
  const what = range.kind === 'duration' || range.kind === 'size' ? `a ${range.kind}` : noun
  return { fault: `${what} from ${range.min} to ${range.max}, not ${text}` }
}
