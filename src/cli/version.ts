/** The version of the package. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folder of the package, from src/cli as well as from dist/cli. */
export const packageFolder = join(import.meta.dirname, '..', '..')

/** As package.json says it. */
export function version(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
