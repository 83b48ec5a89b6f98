/** An argument that is one of several names. */

import { didYouMean } from '../config/nearest-name.ts'
import { usageError } from './arguments.ts'

/** The row of a name, or a usage error with the nearest right name. `what`: a row in words. */
export function choiceOf<Row>(
  what: string,
  name: string,
  rows: Readonly<Record<string, Row>>,
): Row {
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return row
  const names = Object.keys(rows)
  const hint = didYouMean(name, names) || `; there are ${names.join(', ')}`
  throw usageError(`no ${what} "${name}"${hint}`)
}
