/**
 * Loading a configuration: file, environment and flags in, a right configuration or all of its
 * faults out.
 *
 *   defaults  <  file  <  FOREWARN_SECTION__KEY  <  --set section.key=value
 *
 * All faults are found before anything connects, and reported at once.
 */

import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { ForewarnError } from '../core/errors.ts'
import type { Config } from './config.ts'
import { crossFaults } from './cross-checks.ts'
import { configFileVariable, overlayEnvironment, overlayFlags } from './environment.ts'
import type { Environment } from './environment.ts'
import { faultText, pathText, placeText } from './origin.ts'
import type { Fault, Path } from './origin.ts'
import { configSchema, keyFault } from './schema.ts'
import { Settling } from './settle.ts'
import type { Tables } from './tables.ts'
import { WrittenTree } from './written-tree.ts'
import { yamlTree } from './yaml-file.ts'

/** Larger than any real file. */
const fileBytesMax = 1_048_576

/** The file that is read where nothing names one. */
const usualFile = 'forewarn.yaml'

/** What a configuration is loaded from. */
export interface ConfigInput {
  /** The file; undefined for none. */
  readonly file: { readonly name: string; readonly text: string } | undefined
  readonly environment: Environment
  /** `path=value` texts of the command line; later ones go over earlier ones. */
  readonly sets: readonly string[]
}

/**
 * The file that is meant: the one named, else the one in FOREWARN_CONFIG, else forewarn.yaml here.
 * Throws ERR_CONFIG_UNREADABLE.
 */
export function configFile(
  named: string | undefined,
  environment: Environment,
): { readonly name: string; readonly text: string } {
  const name = named ?? environment[configFileVariable] ?? usualFile
  try {
    const { size } = statSync(name)
    if (size > fileBytesMax) {
      const message = `cannot read the configuration ${name}: it has ${size} bytes, over 1MiB`
      throw new ForewarnError('ERR_CONFIG_UNREADABLE', message)
    }
    return { name, text: readFileSync(name, 'utf8') }
  } catch (error) {
    if (error instanceof ForewarnError) throw error
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    const hint = named === undefined ? '; name one with --config FILE' : ''
    const message = `cannot read the configuration ${name}: ${why}${hint}`
    throw new ForewarnError('ERR_CONFIG_UNREADABLE', message, { cause: error })
  }
}

/** The configuration, or ERR_CONFIG_INVALID with a line for each fault. */
export function loadConfig(input: ConfigInput, tables: Tables): Config {
  const faults: Fault[] = []
  const { file, environment, sets } = input
  const tree = file === undefined ? new WrittenTree() : yamlTree(file, environment, faults)
  overlayEnvironment(tree, environment, faults)
  overlayFlags(tree, sets, faults)
  const config = faults.some(({ path }) => path.length === 0)
    ? undefined
    : checkedConfig(tree, tables, faults)
  if (config === undefined || faults.length > 0) throw invalid(faults, file?.name)
  return config
}

function checkedConfig(tree: WrittenTree, tables: Tables, faults: Fault[]): Config | undefined {
  const root = withoutEmptySections(tree.root)
  const result = configSchema(tables).safeParse(root)
  if (!result.success) {
    const found = result.error.issues.flatMap((issue) => issueFaults(issue, tree, []))
    faults.push(...withoutAftermath(found, faults))
    return undefined
  }
  const config = new Settling(tables, tree, faults).config(result.data)
  faults.push(...withoutAftermath(crossFaults(config, tree, tables), faults))
  return config
}

/** A value that could not be put together is wrong in every other way too; once is enough. */
function withoutAftermath(found: readonly Fault[], before: readonly Fault[]): Fault[] {
  const places = new Set(before.map((fault) => placeAndPath(fault)))
  return found.filter((fault) => !places.has(placeAndPath(fault)))
}

function placeAndPath({ origin, path }: Fault): string {
  return `${origin === undefined ? '' : placeText(origin)} ${pathText(path)}`
}

/** A section with everything in it commented out is as good as none. */
function withoutEmptySections(root: unknown): unknown {
  const pairs = Object.entries(root as Record<string, unknown>)
  return Object.fromEntries(pairs.filter(([, value]) => value !== null))
}

type Issue = z.core.$ZodIssue

/** One issue of the schema as faults with their places; unknown keys and unions become several. */
function issueFaults(issue: Issue, tree: WrittenTree, above: Path): Fault[] {
  const path = [...above, ...issue.path] as Path
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      origin: tree.keyOrigin([...path, key]),
      path,
      message: keyFault(key, issue.message),
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? []
    return deepest.flatMap((each) => issueFaults(each, tree, path))
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message
    return [{ origin: tree.keyOrigin(path), path, message }]
  }
  return [{ origin: tree.nearestOrigin(path), path, message: issue.message }]
}

/** How far into the value a branch of a union got: the one that got furthest was meant. */
function depth(issues: readonly Issue[]): number {
  const depths = issues.map(({ code, path }) => {
    if (path.length > 0) return 1 + path.length
    return code === 'invalid_type' ? 0 : code === 'invalid_value' ? 0.5 : 1
  })
  return Math.max(0, ...depths)
}

/** One error for all faults, in the order of the file. */
function invalid(faults: readonly Fault[], file: string | undefined): ForewarnError {
  const sorted = faults.toSorted((a, b) => line(a) - line(b) || column(a) - column(b))
  const lines = [...new Set(sorted.map((fault) => `  ${faultText(fault)}`))]
  const count = lines.length === 1 ? '1 fault' : `${lines.length} faults`
  const where = file === undefined ? 'the configuration' : `the configuration ${file}`
  const message = [`${where} has ${count}:`, ...lines].join('\n')
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}

const line = ({ origin }: Fault): number => (origin?.kind === 'file' ? origin.line : Infinity)
const column = ({ origin }: Fault): number => (origin?.kind === 'file' ? origin.column : 0)
