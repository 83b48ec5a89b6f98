/**
 * A PostgreSQL of the shop's own: data in a temporary folder that goes with it, a free port of
 * 127.0.0.1. This process stands beside the server so that it is stopped and its folder removed
 * however the recorder ended.
 *
 * The server refuses to run as root; then it runs as the user `postgres`. Its log of changes is
 * written synchronously through a small buffer, so that the disk has a bound that a job can reach
 * without being felt by the whole machine.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdtempSync } from 'node:fs'
import { readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { openCatalogue } from './catalogue.ts'
import { takePart, tell } from './part.ts'
import { preferLikeSelf } from './priority.ts'

const versionsFolder = '/usr/lib/postgresql'

/** Where the newest installed version's programs are; the path where Debian has none. */
function programs(): string {
  if (!existsSync(versionsFolder)) return ''
  const versions = readdirSync(versionsFolder).sort((a, b) => Number(b) - Number(a))
  const folders = versions.map((version) => join(versionsFolder, version, 'bin'))
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? ''
}

/** User and group that the server runs as; none: those of this process. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const settings = (port: number, folder: string): string => `
port = ${port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '${folder}'
max_connections = 40
shared_buffers = 32MB
wal_buffers = 64kB
wal_sync_method = open_datasync
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
track_wal_io_timing = on
jit = off
logging_collector = off
log_min_messages = fatal
`

/** New processes of the server are few: it keeps one for each connection. */
const preferEveryMs = 1000

const bin = programs()
const user = serverUser()
const port = await freePort()
const folder = mkdtempSync(join(tmpdir(), 'forewarn-shop-'))
const data = join(folder, 'data')
chmodSync(folder, 0o711)
if (user !== undefined) chownSync(folder, user.uid, user.gid)
const how = ['-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8']
try {
  execFileSync(join(bin, 'initdb'), ['-D', data, ...how], { cwd: folder, stdio: 'ignore', ...user })
} catch (error) {
  rmSync(folder, { recursive: true, force: true })
  throw new Error('no PostgreSQL that works was found (Debian: postgresql)', { cause: error })
}
appendFileSync(join(data, 'postgresql.conf'), settings(port, folder))
const server = spawn(join(bin, 'postgres'), ['-D', data], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
  // Not in the terminal's group: an interrupt is for the recorder.
  detached: true,
  ...user,
})
const ended = once(server, 'exit')
setInterval(() => preferLikeSelf(server.pid as number), preferEveryMs)
void ended.then(() => process.exit(1))

takePart(
  () => undefined,
  async () => {
    server.kill('SIGQUIT')
    await ended.catch(() => undefined)
  },
)
process.once('exit', () => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const sql = postgres({ host: '127.0.0.1', port, username: 'postgres', max: 1, connect_timeout: 30 })
for (let tries = 0; ; tries++) {
  const answered = await sql`select 1`.then(
    () => true,
    (error: unknown) => {
      if (tries > 300) throw error
      return false
    },
  )
  if (answered) break
  await new Promise((done) => setTimeout(done, 50))
}
await openCatalogue(sql)
await sql.end()
tell({ ready: port })
