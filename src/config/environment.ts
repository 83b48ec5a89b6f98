/**
 * The environment: `${NAME}` in values of the file, and `FOREWARN_SECTION__KEY` over them.
 *
 *   FOREWARN_SERVER__LISTEN=0.0.0.0:8686        server.listen
 *   FOREWARN_SOURCES__HOST__EVERY=5s            sources.host.every
 *   FOREWARN_DETECTORS__0__THETA=10             detectors[0].theta
 *
 * Two underscores part two keys; names without them are not overrides, because Kubernetes sets
 * FOREWARN_PORT and the like for a service called forewarn.
 */

import type { Fault } from './origin.ts'
import type { WrittenTree } from './written-tree.ts'

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const prefix = 'FOREWARN_'

/** The file to read where the command line names none. */
export const configFileVariable = 'FOREWARN_CONFIG'

/** What became of a text with variables in it. */
export interface Interpolation {
  readonly value: string
  readonly variables: readonly string[]
  /** What is wrong where a variable is not set and has no default. */
  readonly missing?: string
}

/**
 * `$${`, `${NAME}`, `${NAME:-default}` or a `${` that begins none of them. A default may have
 * variables in it, those without variables in theirs.
 */
const variablePattern = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-((?:[^$}]|\$(?!\{)|\$\{[^}]*\})*))?\}|\$\{/g

/** Replaces `${NAME}` and `${NAME:-default}`; the default holds where NAME is unset or empty. */
export function interpolated(text: string, environment: Environment): Interpolation {
  const variables: string[] = []
  let missing: string | undefined
  const value = text.replace(variablePattern, (whole, name?: string, otherwise?: string) => {
    if (whole === '$${') return '${'
    if (name === undefined) {
      missing ??= 'expected ${NAME} or ${NAME:-default}; write $${ for a plain ${'
      return whole
    }
    variables.push(name)
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (otherwise !== undefined) {
      if (found !== undefined && found !== '') return found
      const inner = interpolated(otherwise, environment)
      variables.push(...inner.variables)
      missing ??= inner.missing
      return inner.value
    }
    if (found === undefined) {
      missing ??= `environment variable ${name} is not set; \${${name}:-…} would give a default`
    }
    return found ?? whole
  })
  return missing === undefined ? { value, variables } : { value, variables, missing }
}

/** Writes every FOREWARN_SECTION__KEY over the tree, in the order of their names. */
export function overlayEnvironment(
  tree: WrittenTree,
  environment: Environment,
  faults: Fault[],
): void {
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name]
    if (text === undefined || !name.startsWith(prefix) || !name.includes('__')) continue
    const words = name.slice(prefix.length).split('__')
    const origin = { kind: 'environment', name } as const
    const fault = words.includes('')
      ? 'expected FOREWARN_SECTION__KEY'
      : tree.overlay(words, text, origin)
    if (fault !== undefined) faults.push({ origin, path: [], message: fault })
  }
}

/** Writes every `path=value` of the command line over the tree. */
export function overlayFlags(tree: WrittenTree, sets: readonly string[], faults: Fault[]): void {
  for (const set of sets) {
    const equals = set.indexOf('=')
    const words = set
      .slice(0, equals)
      .replaceAll(/\[(\d+)\]/g, '.$1')
      .split('.')
    const origin = {
      kind: 'flag',
      text: `--set ${equals > 0 ? set.slice(0, equals) : set}`,
    } as const
    const fault =
      equals <= 0 || words.includes('')
        ? 'expected path=value, as server.listen=127.0.0.1:8686'
        : tree.overlay(words, set.slice(equals + 1), origin)
    if (fault !== undefined) faults.push({ origin, path: [], message: fault })
  }
}
