/**
 * One option's value from what was written: in the file, in the environment, on the command line.
 *
 * What is written reaches this place as text, lists of it and maps of it, whatever it looks like:
 * the kind of the option alone says what it means. So `host: 0123`, `answer: no` and `port: "8686"`
 * mean what their writer thinks, and a number from the environment is a number.
 */

import type { NumberOrWordOption, OptionSpec } from '../core/options.ts'
import { durationMs, durationText, sizeBytes, sizeText } from './quantity.ts'

/** What was written at one place. `null` is a key with nothing behind it. */
export type Written = string | null | readonly Written[] | { readonly [key: string]: Written }

/** A value as the component takes it, or what is wrong, in words. */
export type OptionReading = { readonly value: unknown } | { readonly fault: string }

/** Reads the value of one option. The fault names what is allowed and what was found. */
export function optionValue(spec: OptionSpec, written: Written): OptionReading {
  const value = typeof written === 'string' ? fromText(spec, written) : fromTree(spec, written)
  if (value !== undefined) return { value }
  return { fault: `expected ${allowed(spec)}, found ${spec.secret ? 'another' : shown(written)}` }
}

function fromText(spec: OptionSpec, text: string): unknown {
  switch (spec.kind) {
    case 'number':
    case 'integer':
      return inRange(spec, plainNumber(text))
    case 'number-or-word':
      return spec.words.includes(text) ? text : inRange(numberOf(spec), plainNumber(text))
    case 'duration':
      return inRange(spec, durationMs(text))
    case 'size':
      return inRange(spec, sizeBytes(text))
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'choice':
      return spec.words.includes(text) ? text : undefined
    case 'text':
    case 'pattern':
      return text
    case 'text-list':
      return text === '' ? [] : text.split(',').map((part) => part.trim())
    case 'text-map':
      return mapFromText(text)
  }
}

/** `a:b,c:d`, as an environment variable or a flag may say it. */
function mapFromText(text: string): Record<string, string> | undefined {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split(':', 2))
  if (pairs.some((pair) => pair.length < 2)) return undefined
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim(), value.trim()]))
}

function fromTree(spec: OptionSpec, written: Exclude<Written, string>): unknown {
  if (written === null) return undefined
  if (Array.isArray(written)) {
    if (spec.kind === 'text-list') return written.every(isText) ? written : undefined
    if (spec.kind === 'pattern') {
      return written.every((each) => isText(each) || isTextMap(each)) ? written : undefined
    }
    return undefined
  }
  const takesMap = spec.kind === 'text-map' || spec.kind === 'pattern'
  return takesMap && isTextMap(written) ? written : undefined
}

const isText = (written: Written): written is string => typeof written === 'string'

function isTextMap(written: Written): boolean {
  if (written === null || typeof written !== 'object' || Array.isArray(written)) return false
  return Object.values(written).every(isText)
}

/** The numbers among what the option takes. */
function numberOf(spec: NumberOrWordOption): Range {
  return { kind: spec.whole === true ? 'integer' : 'number', min: spec.min, max: spec.max }
}

function plainNumber(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined
}

interface Range {
  readonly kind: string
  readonly min: number
  readonly max: number
}

function inRange(range: Range, value: number | undefined): number | undefined {
  if (value === undefined || !(value >= range.min && value <= range.max)) return undefined
  return range.kind === 'integer' && !Number.isInteger(value) ? undefined : value
}

/** What is allowed, in words: `a whole number from 1 to 31`. */
export function allowed(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'number':
    case 'integer':
      return numberAllowed(spec)
    case 'number-or-word':
      return `${numberAllowed(numberOf(spec))} or ${oneOf(spec.words)}`
    case 'duration':
      return `a duration such as 30s${between(spec, durationText)}`
    case 'size':
      return `a size such as 64KiB${between(spec, sizeText)}`
    case 'boolean':
      return 'true or false'
    case 'choice':
      return oneOf(spec.words)
    case 'text':
      return 'a text'
    case 'text-list':
      return 'a list of texts'
    case 'text-map':
      return 'a map of texts'
    case 'pattern':
      return 'a glob, a map of label to glob, or a list of these'
  }
}

function numberAllowed(range: Range): string {
  const noun = range.kind === 'integer' ? 'a whole number' : 'a number'
  return noun + between(range, String)
}

/** Limits this large are not limits that a person could meet. */
const unlimited = 1e15

function between(range: Range, text: (value: number) => string): string {
  if (range.max < unlimited) return ` from ${text(range.min)} to ${text(range.max)}`
  return range.min > -unlimited ? `, ${text(range.min)} or more` : ''
}

/** `both, above or below`. */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

/** Longest piece of what was found that is repeated in a message. */
const shownMax = 60

/** What was found, short and in quotes. */
export function shown(written: Written): string {
  if (written === null) return 'nothing'
  if (typeof written === 'object') return Array.isArray(written) ? 'a list' : 'a map'
  const masked = withoutPassword(written)
  const cut = masked.length > shownMax ? masked.slice(0, shownMax) + '…' : masked
  return JSON.stringify(cut)
}

/** An address without the password in it: `redis://user:***@host`. */
export function withoutPassword(text: string): string {
  return text.replace(/(\/\/[^/@:\s]*):[^@\s]*@/g, '$1:***@')
}

/** A value as the configuration file would say it; secrets as `***`. */
export function optionText(spec: OptionSpec, value: unknown): string {
  if (spec.secret === true) return value === '' ? '""' : '"***"'
  if (spec.kind === 'duration') return durationText(value as number)
  if (spec.kind === 'size') return sizeText(value as number)
  if (typeof value === 'string') return scalarText(withoutPassword(value))
  return typeof value === 'object' ? flowText(value) : String(value)
}

/** A list or map on one line. */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return scalarText(String(value))
  const pairs = Object.entries(value).map(([key, each]) => `${scalarText(key)}: ${flowText(each)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** A text as YAML reads it back: plain where it can be taken for nothing else. */
export function scalarText(text: string): string {
  return /^[A-Za-z_./][\w./-]*(:[\w./-]+)*$/.test(text) ? text : JSON.stringify(text)
}
