/**
 * A PostgreSQL of one's own: private port, data in a temporary folder that goes with it, ended by
 * its process. It refuses to run as root, so then it runs as the user postgres.
 */

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { freePort, pause } from './live-program.ts'

const versionsFolder = '/usr/lib/postgresql'

/** The folder of the newest installed version's programs. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(versionsFolder)) return undefined
  const versions = readdirSync(versionsFolder).sort((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => join(versionsFolder, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

/** Why there is no PostgreSQL here; undefined where there is. With CI set, throws instead. */
export function postgresMissing(): string | undefined {
  if (postgresPrograms() !== undefined) return undefined
  const message = 'PostgreSQL not installed (Debian: postgresql)'
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** User and group that the server runs as; undefined: those of this process. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']))
  return { uid: id('-u'), gid: id('-g') }
}

/** See the head of the file. */
export class PostgresServer {
  readonly port: number
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-postgres-'))
  readonly #bin = postgresPrograms() as string
  readonly #user = serverUser()
  #process: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
    process.once('exit', () => this.#process?.kill('SIGKILL'))
  }

  /**
   * Started and answering, with a superuser `postgres` that needs no password from here.
   * `settings`: further lines of postgresql.conf.
   */
  static async started(...settings: string[]): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort())
    const { folder } = server
    const user = server.#user
    chmodSync(folder, 0o711)
    if (user !== undefined) chownSync(folder, user.uid, user.gid)
    const data = join(folder, 'data')
    const how = ['-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8']
    const place = { cwd: folder, stdio: 'ignore', ...user } as const
    execFileSync(join(server.#bin, 'initdb'), ['-D', data, ...how], place)
    appendFileSync(
      join(data, 'postgresql.conf'),
      `port = ${server.port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '${folder}'
${settings.join('\n')}
`,
    )
    await server.start()
    return server
  }

  /** A file beside its data that only it can read, as it asks of keys. */
  ownFile(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (this.#user !== undefined) chownSync(path, this.#user.uid, this.#user.gid)
    return path
  }

  /** Replaces who may log in how; takes effect with the next start. */
  admit(...lines: string[]): void {
    writeFileSync(join(this.folder, 'data', 'pg_hba.conf'), lines.join('\n') + '\n')
  }

  set(...settings: string[]): void {
    appendFileSync(join(this.folder, 'data', 'postgresql.conf'), settings.join('\n') + '\n')
  }

  async start(): Promise<void> {
    const data = join(this.folder, 'data')
    const child = spawn(join(this.#bin, 'postgres'), ['-D', data], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...this.#user,
    })
    let log = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text))
    this.#process = child
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}: ${log}`)
      if (log.includes('ready to accept connections')) return
      await pause(50)
    }
    throw new Error(`postgres does not answer: ${log}`)
  }

  /** A client of the superuser. The caller ends it. */
  client(database = 'postgres'): postgres.Sql {
    const { port } = this
    return postgres({ host: '127.0.0.1', port, database, username: 'postgres', max: 1 })
  }

  /** Rows of one question. */
  async rows(statement: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const sql = this.client(database)
    try {
      return [...(await sql.unsafe(statement))] as Record<string, unknown>[]
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  /** kill -9 of the postmaster; its children notice and end by themselves. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const children = this.#children(child.pid as number)
    child.kill('SIGKILL')
    await once(child, 'exit')
    // The shared memory must be free of them before the next start.
    for (let tries = 0; tries < 400; tries++) {
      if (!children.some((pid) => existsSync(`/proc/${pid}`))) return
      await pause(25)
    }
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGQUIT')
      await once(child, 'exit')
    }
    this.#process = undefined
    rmSync(this.folder, { recursive: true, force: true })
  }

  #children(pid: number): number[] {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
  }
}
