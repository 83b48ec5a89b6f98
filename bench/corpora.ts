/**
 * The data sets behind the numbers: where each is published, under which licence, and how it is
 * read. None is committed; they are read from `--data DIR` or FOREWARN_DATA.
 */

import { fileURLToPath } from 'node:url'

/** The folder of the data sets for tests: FOREWARN_DATA, or a checkout's neighbour. */
export function corporaFolder(): string {
  const fallback = new URL('../../shared/datasets', import.meta.url)
  return process.env['FOREWARN_DATA'] ?? fileURLToPath(fallback)
}
