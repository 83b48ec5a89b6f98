/**
 * Compiles the kernels, in AssemblyScript, to bytes in the source:
 *
 *   kernels/htm          src/detectors/htm/kernel-bytes.ts
 *   kernels/number-text  src/core/number-kernel-bytes.ts
 *
 *   npm install --prefix FOLDER assemblyscript@0.28.20 && node kernels/build.ts FOLDER
 *
 * The compiler is 100 MB, so it is not among the development dependencies: it is needed only after
 * a change in a kernel. The bytes stand in the repository together with a digest of the sources,
 * and a test of each fails where they do not belong together (`test/reference/htm/kernel.test.ts`,
 * `src/core/text-bytes.test.ts`).
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourcesDigest } from './sources.ts'

const here = import.meta.dirname
const folder = process.argv[2]
if (folder === undefined) throw new Error('say where assemblyscript is installed')

const asc = join(folder, 'node_modules/assemblyscript/bin/asc.js')
const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory']
const features = ['--enable', 'simd', '--enable', 'bulk-memory']

function build(kernel: 'htm' | 'number-text', targetFile: string, program: string): void {
  const target = mkdtempSync(join(tmpdir(), 'kernel-'))
  const compiled = join(target, 'kernel.wasm')
  const args = [asc, `kernels/${kernel}/index.ts`, ...options, ...features, '-o', compiled]
  execFileSync(process.execPath, args, { cwd: join(here, '..'), stdio: 'inherit' })
  const text = readFileSync(compiled).toString('base64')
  rmSync(target, { recursive: true })
  const lines = text.match(/.{1,96}/g) ?? []
  writeFileSync(
    join(here, '..', targetFile),
    `/**
 * The program of ${program}, compiled by kernels/build.ts from kernels/${kernel}.
 * Not written by hand.
 */

/** SHA-256 of the sources it was compiled from. */
export const kernelSources = '${sourcesDigest(kernel)}'

/** WebAssembly, as published by the World Wide Web Consortium, with its fixed-width vectors. */
export function kernelBytes(): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

const text = \`
${lines.join('\n')}
\`
`,
  )
}

build('htm', 'src/detectors/htm/kernel-bytes.ts', 'kernel.ts')
build('number-text', 'src/core/number-kernel-bytes.ts', 'text-bytes.ts')
