// The built package as a user gets it: packs it, unpacks it elsewhere, imports every export and
// runs the command. Plain JavaScript, run by `npm run package:check` after `npm run build`.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'forewarn-package-'))
try {
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [listed] = Object.values(JSON.parse(packed))
  execFileSync('tar', ['xzf', join(folder, listed.filename), '-C', folder])
  const unpacked = join(folder, 'package')
  symlinkSync(join(root, 'node_modules'), join(unpacked, 'node_modules'))
  const description = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  const library = await import(join(unpacked, description.exports['.'].default))
  if (Object.keys(library).length === 0) throw new Error('the library exports nothing')
  const node = join(root, 'node_modules', 'node', 'bin', 'node')
  const version = execFileSync(node, [join(unpacked, description.bin.forewarn), '--version'], {
    encoding: 'utf8',
  }).trim()
  if (version !== description.version) throw new Error(`--version says ${version}`)
  const strays = listed.files.filter(({ path }) => /\.test\.|node_modules|\/secrets\//.test(path))
  if (strays.length > 0) throw new Error(`in the package: ${strays[0].path}`)
  const bytes = `${(listed.size / 1024).toFixed(0)} KiB packed, ${listed.files.length} files`
  process.stdout.write(`package: ${bytes}, ${Object.keys(library).length} exports\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
