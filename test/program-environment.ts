/**
 * The environment of a program under test: nothing of the one who runs the tests but the path. What
 * Node.js made of a file once is kept for the next start (`NODE_COMPILE_CACHE`, by the file's
 * content): without types stripped and code compiled anew a start takes about half as long.
 */

import { join } from 'node:path'

export const programEnvironment = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', 'node_modules', '.cache', 'forewarn'),
} as const
