import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** SHA-256 of the sources in a folder of kernels: name and text of each, by name. */
export function sourcesDigest(kernel: 'htm' | 'number-text'): string {
  const folder = join(import.meta.dirname, kernel)
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    hash.update(`${name}\n${readFileSync(join(folder, name), 'utf8')}\n`)
  }
  return hash.digest('hex')
}
