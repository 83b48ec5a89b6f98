/** A flag whose value is one of several names. */

import { didYouMean } from '../config/nearest-name.ts'
import { usageError } from './arguments.ts'

/** The entry of a table that a flag names, or a usage error with the nearest right name. */
export function choiceOf<Row>(
  flag: string,
  name: string,
  rows: Readonly<Record<string, Row>>,
): Row {
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return row
  const names = Object.keys(rows)
  const hint = didYouMean(name, names) || `; there are ${names.join(', ')}`
  throw usageError(`option "--${flag}": no "${name}"${hint}`)
}
