/**
 * Command-line arguments by the flags that a command declares. Unknown flags name the nearest right
 * one; every fault is ForewarnError ERR_CLI_USAGE.
 */

import { parseArgs } from 'node:util'
import { didYouMean } from '../config/nearest-name.ts'
import { ForewarnError } from '../core/errors.ts'
import type { CommandPage, Typed } from './command.ts'

/** One flag. Without `value` it is a switch; with `many` it may be given again and again. */
export interface FlagSpec {
  readonly about: string
  /** One letter, typed with one hyphen. */
  readonly short?: string
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string
  readonly many?: true
}

/** Flags by their long name without hyphens. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>

/** What a declaration of flags yields. */
export type FlagValues<F extends FlagSpecs> = {
  readonly [K in keyof F]: F[K] extends { readonly many: true }
    ? readonly string[]
    : F[K] extends { readonly value: string }
      ? string | undefined
      : boolean
}

/** An error of usage: what could not be understood, with the evidence. */
export function usageError(message: string): ForewarnError {
  return new ForewarnError('ERR_CLI_USAGE', message)
}

const helpFlag = { type: 'boolean', short: 'h' } as const

/** The arguments checked against the page, or `help` where help is asked for. */
export function commandArguments<F extends FlagSpecs>(
  page: CommandPage<F>,
  args: readonly string[],
): Typed<F> | 'help' {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: { ...parserOptions(page.flags), help: helpFlag },
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  if (values['help'] === true) return 'help'
  for (const token of tokens) if (token.kind === 'option') checkFlag(page, token)
  const { operandsMin, operandsMax } = page
  const surplus = positionals[operandsMax]
  if (surplus !== undefined) throw usageError(`unexpected argument "${surplus}"`)
  if (positionals.length < operandsMin) throw usageError(`missing argument; usage: ${page.usage}`)
  return { values: completed(page.flags, values), operands: positionals }
}

type ParserOption = { type: 'string' | 'boolean'; short?: string; multiple?: boolean }

function parserOptions(flags: FlagSpecs): Record<string, ParserOption> {
  const options: Record<string, ParserOption> = {}
  for (const [name, flag] of Object.entries(flags)) {
    options[name] = { type: flag.value === undefined ? 'boolean' : 'string' }
    if (flag.short !== undefined) options[name].short = flag.short
    if (flag.many === true) options[name].multiple = true
  }
  return options
}

/** Throws where a flag is unknown, lacks its value or has one too many. */
function checkFlag(
  page: CommandPage,
  token: { name: string; rawName: string; value?: string | undefined },
): void {
  if (token.name === 'help') return
  const flag = Object.hasOwn(page.flags, token.name) ? page.flags[token.name] : undefined
  if (flag === undefined) {
    const names = [...Object.keys(page.flags), 'help'].map((name) => `--${name}`)
    throw usageError(`unknown option "${token.rawName}"${didYouMean(token.rawName, names)}`)
  }
  if (flag.value === undefined && token.value !== undefined) {
    throw usageError(`option "${token.rawName}" takes no value, found "${token.value}"`)
  }
  if (flag.value !== undefined && token.value === undefined) {
    throw usageError(`option "${token.rawName}" needs a value: ${token.rawName} ${flag.value}`)
  }
}

function completed<F extends FlagSpecs>(
  flags: F,
  values: Readonly<Record<string, unknown>>,
): FlagValues<F> {
  const all: Record<string, unknown> = {}
  for (const [name, flag] of Object.entries(flags)) {
    const absent = flag.many === true ? [] : flag.value === undefined ? false : undefined
    all[name] = values[name] ?? absent
  }
  return all as FlagValues<F>
}

/** The number that a flag's value says, or a usage error naming what is allowed. */
export function numberOf(
  flag: string,
  text: string,
  range: { min: number; max: number; whole: boolean },
): number {
  const value = text.trim() === '' ? NaN : Number(text)
  const fits = value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value))
  if (fits) return value
  const kind = range.whole ? 'a whole number' : 'a number'
  throw usageError(`option "--${flag}" needs ${kind} from ${range.min} to ${range.max}: "${text}"`)
}
