/**
 * The schema of the configuration, made from the declarations of the components.
 *
 * Zod holds the structure: which keys there are, which component a `type` chooses, which keys go
 * with it. What one value means is said by its option's declaration (option-value.ts); the schema
 * carries that too, so checking the file and publishing a JSON Schema are two uses of one object.
 */

import { z } from 'zod'
import { yamlName } from '../core/options.ts'
import type { OptionSpec, OptionSpecs, PatternOption } from '../core/options.ts'
import { optionValue, oneOf, shown } from './option-value.ts'
import type { Written } from './option-value.ts'
import { didYouMean } from './nearest-name.ts'
import type { Tables } from './tables.ts'

/** What a detector rule and a series pattern without further words is. */
export const matchOption: PatternOption = {
  kind: 'pattern',
  default: '*',
  about: 'Which series the rule is for. The first rule that matches a series is its rule.',
}

/** The word that leaves series unjudged. */
export const noDetector = 'none'

/** Names of sources and sinks: they appear in metrics, logs and positions. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/** The declaration that a leaf of the schema was made from, for the JSON Schema. */
const specOfLeaf = new WeakMap<z.ZodType, OptionSpec>()

/** The declaration behind a schema, where it is that of an option. */
export function leafSpec(schema: unknown): OptionSpec | undefined {
  return specOfLeaf.get(schema as z.ZodType)
}

type Shape = Record<string, z.ZodType>

/** One option: whatever was written in, the value that the component takes out. */
function leaf(spec: OptionSpec): z.ZodType {
  return requiredLeaf(spec).optional()
}

function requiredLeaf(spec: OptionSpec): z.ZodType {
  const schema = z.unknown().transform((written, check) => {
    const reading = optionValue(spec, (written ?? null) as Written)
    if ('value' in reading) return reading.value
    check.addIssue({ code: 'custom', message: reading.fault })
    return z.NEVER
  })
  specOfLeaf.set(schema, spec)
  return schema
}

/** Keys of a component's options; a secret may stand in a file instead. */
function optionShape(specs: OptionSpecs): Shape {
  const shape: Shape = {}
  for (const [name, spec] of Object.entries(specs)) {
    shape[yamlName(name)] = leaf(spec)
    if (spec.secret === true) shape[`${yamlName(name)}_file`] = leaf(secretFile(yamlName(name)))
  }
  return shape
}

/** The option that names the file with a secret in it. */
export function secretFile(name: string): OptionSpec {
  return { kind: 'text', default: '', about: `File that holds ${name}, read once at the start.` }
}

/** A map with exactly these keys. */
function section(shape: Shape): z.ZodObject {
  return z.strictObject(shape, { error: (issue) => sectionFault(issue, Object.keys(shape)) })
}

/** Unknown keys are named one by one by whoever prints the issue; see `keyFault`. */
function sectionFault(
  issue: { readonly code?: string; readonly input?: unknown },
  keys: readonly string[],
): string {
  if (issue.code === 'unrecognized_keys') return JSON.stringify(keys)
  return `expected a map with keys such as ${keys.slice(0, 3).join(', ')}, found ${found(issue)}`
}

/** What is wrong with an unknown key, from the message that `sectionFault` left. */
export function keyFault(key: string, message: string): string {
  const keys = JSON.parse(message) as string[]
  const hint = didYouMean(key, keys)
  return `unknown key "${key}"${hint === '' ? `; known here: ${keys.sort().join(', ')}` : hint}`
}

function found(issue: { readonly input?: unknown }): string {
  return issue.input === undefined ? 'nothing' : shown(issue.input as Written)
}

/** One of several sections, chosen by the word behind `key`. */
function choice(key: string, what: string, sections: readonly z.ZodObject[], names: string[]) {
  return z.discriminatedUnion(key, sections as [z.ZodObject, ...z.ZodObject[]], {
    error: (issue) => choiceFault(issue, { key, what, names }),
  })
}

function choiceFault(
  issue: { readonly input?: unknown },
  { key, what, names }: { key: string; what: string; names: readonly string[] },
): string {
  const { input } = issue
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return `expected a map with the key ${key}, found ${found(issue)}`
  }
  const word = (input as Record<string, Written>)[key]
  if (word === undefined) return `expected the key ${key}: ${oneOf(names)}`
  const hint = typeof word === 'string' ? didYouMean(word, names) : ''
  const known = hint === '' ? `; there are ${names.join(', ')}` : hint
  return `no ${what} ${shown(word)}${known}`
}

interface Row {
  readonly about: string
  readonly options: OptionSpecs
}

/** A choice by `type` among the rows of a table, with further keys for all. */
function componentOf(what: string, rows: Readonly<Record<string, Row>>, more: Shape = {}) {
  const sections = Object.entries(rows).map(([name, row]) =>
    section({ type: z.literal(name), ...more, ...optionShape(row.options) }).meta({
      description: row.about,
    }),
  )
  return choice('type', what, sections, Object.keys(rows))
}

/** A codec by its name alone, or with options: `codec: csv` or `codec: { type: csv, … }`. */
function codecOf(rows: Readonly<Record<string, Row>>): z.ZodType {
  const names = Object.keys(rows)
  const name = z.enum(names as [string, ...string[]], {
    error: (issue) => choiceFault({ input: { type: issue.input } }, { ...codecWords, names }),
  })
  return z
    .union([name, componentOf('codec', rows)])
    .meta({ id: 'codec' })
    .optional()
}

const codecWords = { key: 'type', what: 'codec' } as const

function namedMap(value: z.ZodType): z.ZodType {
  const name = z.string().regex(namePattern, {
    error: 'expected a name of letters, digits, - and _, at most 64, a letter first',
  })
  return z
    .record(name, value, { error: (issue) => `expected a map by name, found ${found(issue)}` })
    .optional()
}

function list(value: z.ZodType): z.ZodType {
  return z.array(value, { error: (issue) => `expected a list, found ${found(issue)}` }).optional()
}

function ruleOf(tables: Tables): z.ZodType {
  const filterNames = Object.keys(tables.scoreFilters)
  const filters: Shape = {}
  for (const [name, row] of Object.entries(tables.scoreFilters)) {
    const filter = section(optionShape(row.options))
    filters[name] = filter.meta({ id: `filter_${name}`, description: row.about }).optional()
  }
  const common: Shape = { match: requiredLeaf(matchOption), name: leaf(ruleNameOption) }
  const judged: Shape = {
    ...common,
    filters: leaf(filtersOption(filterNames)),
    ...filters,
    alarm: section(optionShape(tables.alarm)).meta({ id: 'alarm' }).optional(),
  }
  const sections = Object.entries(tables.detectors).map(([name, row]) => {
    const word = z.literal(name)
    const detector = name === tables.defaultDetector ? word.optional() : word
    const shape = { detector, ...judged, ...optionShape(row.options) }
    return section(shape).meta({ description: row.about })
  })
  const none = section({ detector: z.literal(noDetector), ...common }).meta({
    description: 'These series are not judged.',
  })
  const names = [...Object.keys(tables.detectors), noDetector]
  return choice('detector', 'detector', [...sections, none], names)
}

/** The name of a rule. */
export const ruleNameOption: OptionSpec = {
  kind: 'text',
  default: '',
  about: 'Name of the rule in alarms and their ids. Without one, its pattern.',
}

/** Score filters behind a detector. */
export function filtersOption(names: readonly string[]): OptionSpec {
  const about =
    `Score filters behind the detector, in order (${names.join(', ')}). Without it, the ` +
    'detector’s usual ones, but none that would keep hold or needed from being met.'
  return { kind: 'text-list', default: [], about }
}

/** The schema of a whole file. */
export function configSchema(tables: Tables): z.ZodObject {
  const codec = codecOf(tables.decoders)
  const delivery = section(optionShape(tables.delivery)).meta({ id: 'delivery' }).optional()
  const one = (specs: OptionSpecs): z.ZodType => section(optionShape(specs)).optional()
  return section({
    sources: namedMap(componentOf('source', tables.sources, { codec })),
    transforms: list(componentOf('transform', tables.transforms)),
    detectors: list(ruleOf(tables)),
    series: one(tables.series),
    sinks: namedMap(componentOf('sink', tables.sinks, { delivery })),
    server: one(tables.server),
    store: one(tables.store),
    history: one(tables.history),
    telemetry: one(tables.telemetry),
    ...optionShape(tables.program),
  })
}
