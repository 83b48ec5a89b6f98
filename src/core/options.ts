/**
 * Options, declared where they are used.
 *
 * A component says once which options it has: kind, range, default, meaning. From that declaration
 * come the type of its options object, the check of the configuration file, the published JSON
 * Schema, the reference page, `forewarn detectors` and `--set name=value`. Nothing else states a
 * default. No package is needed, so the pure folders can declare options too.
 *
 * In code an option is `camelCase` with its unit last (`holdMs`, `windowSamples`); in YAML it is
 * `snake_case` without the unit (`hold: 30s`, `window: 25`): see `yamlName`.
 */

import type { SeriesPatternText } from './series-pattern.ts'

interface Common {
  /** One or two sentences: what the option does to behaviour. Plain words; goes into the docs. */
  readonly about: string
  /** True if a saved state made with another value cannot be used any more. */
  readonly shapesState?: boolean
  /** Never printed. */
  readonly secret?: boolean
}

export interface NumberOption extends Common {
  readonly kind: 'number' | 'integer'
  readonly min: number
  readonly max: number
  readonly default: number
}

/** A number or a word, as `window: 25` or `window: auto`. */
export interface NumberOrWordOption extends Common {
  readonly kind: 'number-or-word'
  readonly words: readonly string[]
  readonly min: number
  readonly max: number
  readonly default: number | string
  /** As `shapesState`, but one number is as good as another. */
  readonly wordShapesState?: true
  /** A number must be a whole one. */
  readonly whole?: true
}

/** Milliseconds inside, `30s`, `5m`, `1h`, `250ms`, `7d` in YAML. */
export interface DurationOption extends Common {
  readonly kind: 'duration'
  readonly min: number
  readonly max: number
  readonly default: number
}

/** Bytes inside, `64KiB`, `32MiB` in YAML. */
export interface SizeOption extends Common {
  readonly kind: 'size'
  readonly min: number
  readonly max: number
  readonly default: number
}

export interface BooleanOption extends Common {
  readonly kind: 'boolean'
  readonly default: boolean
}

export interface TextOption extends Common {
  readonly kind: 'text'
  readonly default: string
}

export interface ChoiceOption extends Common {
  readonly kind: 'choice'
  readonly words: readonly string[]
  readonly default: string
}

/** A list of texts. */
export interface TextListOption extends Common {
  readonly kind: 'text-list'
  readonly default: readonly string[]
}

/** Texts by name, as `rename: { usage_user: user }`. */
export interface TextMapOption extends Common {
  readonly kind: 'text-map'
  readonly default: Readonly<Record<string, string>>
}

/** Which series: a glob, a map of label to glob, or a list of these. See core/series-pattern.ts. */
export interface PatternOption extends Common {
  readonly kind: 'pattern'
  readonly default: SeriesPatternText
}

export type OptionSpec =
  | NumberOption
  | NumberOrWordOption
  | DurationOption
  | SizeOption
  | BooleanOption
  | TextOption
  | ChoiceOption
  | TextListOption
  | TextMapOption
  | PatternOption

/** The declaration of a component's options, by their name in code. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S extends ChoiceOption
  ? S['words'][number]
  : S extends NumberOrWordOption
    ? number | S['words'][number]
    : S extends NumberOption | DurationOption | SizeOption
      ? number
      : S extends BooleanOption
        ? boolean
        : S extends TextOption
          ? string
          : S extends TextListOption
            ? readonly string[]
            : S extends PatternOption
              ? SeriesPatternText
              : Readonly<Record<string, string>>

/** The options object that a declaration describes. */
export type OptionsOf<S extends OptionSpecs> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** Any options object, for the tables of names. */
export type AnyOptions = Readonly<Record<string, unknown>>

/** The options object with every default, overridden by what is given. */
export function optionsWithDefaults<S extends OptionSpecs>(
  specs: S,
  given: Partial<OptionsOf<S>> = {},
): OptionsOf<S> {
  const options: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    options[name] = (given as AnyOptions)[name] ?? spec.default
  }
  return options as OptionsOf<S>
}

/** The name in YAML and on the command line: snake_case without the unit. */
export function yamlName(codeName: string): string {
  return codeName
    .replace(/(Ms|Samples|Bytes)$/, '')
    .replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase())
}
