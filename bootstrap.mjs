// Makes a fresh clone work in one command, under any Node.js from 20 on: installs what is missing,
// builds the page, and hands over to the Node.js 24 that the project brings itself. Plain
// JavaScript, because an older Node.js cannot run TypeScript.
//
//   npm start [-- demo options]     the demo: this machine's metrics and a response-time stream
//   npm test  [-- vitest options]   the tests that need nothing but this clone

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const node = join(root, 'node_modules', 'node', 'bin', 'node')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Says what is being done, on stderr: stdout belongs to the command. */
function say(text) {
  process.stderr.write(`forewarn: ${text}\n`)
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status === 0) return
  say(`${command} ${args.join(' ')} ended with ${done.status ?? done.signal ?? done.error}`)
  process.exit(1)
}

/** Installs exactly what the lock file says, once for each state of the lock file. */
function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(root, 'node_modules', '.forewarn-lock')
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === digest) return
  say('installing what the lock file names (once, about half a minute)')
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, digest)
}

/** Time of the newest file below a folder, in milliseconds. */
function newestMs(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs)
  }
  return newest
}

/** Builds the page where it is missing or older than its source. */
function buildPage() {
  const built = join(root, 'dist', 'dashboard', 'index.html')
  const source = join(root, 'dashboard')
  if (existsSync(built) && statSync(built).mtimeMs >= newestMs(source)) return
  say('building the page')
  mkdirSync(join(root, 'dist'), { recursive: true })
  run(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'dashboard'])
}

/** Replaces this process as well as Node.js can: same streams, same signals, same exit code. */
function handOver(args) {
  const child = spawn(node, args, { cwd: process.cwd(), stdio: 'inherit' })
  // A signal from the keyboard reaches the child by itself; one sent to this process is passed on.
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => {})
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const [command, ...rest] = process.argv.slice(2)
if (command === 'start') {
  install()
  buildPage()
  handOver([join(root, 'src', 'cli', 'main.ts'), 'demo', ...rest])
} else if (command === 'test') {
  install()
  handOver([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...rest])
} else {
  say('usage: node bootstrap.mjs start|test')
  process.exit(2)
}
