/**
 * A Zabbix 6.0 of one's own: the server and the frontend's API from Debian, on a database of a
 * private PostgreSQL; private ports, ended by their processes. Of the data that Debian ships only
 * what the API and the server need is loaded: the templates would take most of a minute.
 */

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { freePort, pause } from './live-program.ts'
import { PostgresServer, postgresMissing } from './postgres-server.ts'

const program = '/usr/sbin/zabbix_server'
const frontend = '/usr/share/zabbix'
const sqlFolder = '/usr/share/zabbix-server-pgsql'

/** Tables whose shipped rows are loaded. */
const tables =
  'config role role_rule users usrgrp users_groups hstgrp rights media_type media_type_param ' +
  'media_type_message globalmacro regexps expressions ids housekeeper dbversion ha_node module ' +
  'sla token profiles settings graph_theme'

/** Why there is no Zabbix here; undefined where there is. With CI set, throws instead. */
export function zabbixMissing(): string | undefined {
  const postgres = postgresMissing()
  if (postgres !== undefined) return postgres
  const wanted = [program, join(frontend, 'api_jsonrpc.php'), '/usr/bin/php']
  const absent = wanted.filter((path) => !existsSync(path))
  if (absent.length === 0) return undefined
  const packages = 'zabbix-server-pgsql, zabbix-frontend-php, php-cli, php-pgsql'
  const message = `${absent.join(' and ')} not installed (Debian: ${packages})`
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** The server refuses to run as root, so then it runs as the user zabbix. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'zabbix']))
  return { uid: id('-u'), gid: id('-g') }
}

/** A free port that the server's ListenPort may be: at most 32767, below those given out by 0. */
async function trapperPort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_767; port++) {
    const probe = createServer().listen(port, '127.0.0.1')
    const [outcome] = (await Promise.race([
      once(probe, 'listening').then(() => ['free']),
      once(probe, 'error').then(() => ['taken']),
    ]).catch(() => ['taken'])) as string[]
    probe.close()
    if (outcome === 'free') return port
  }
  throw new Error('no free port below 32767')
}

/** See the head of the file. */
export class ZabbixServer {
  readonly trapperPort: number
  readonly #apiPort: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'forewarn-zabbix-'))
  readonly #database: PostgresServer
  readonly #children: ChildProcess[] = []
  #token: string | undefined

  private constructor(database: PostgresServer, trapperPort: number, apiPort: number) {
    this.#database = database
    this.trapperPort = trapperPort
    this.#apiPort = apiPort
    process.once('exit', () => this.#children.forEach((child) => child.kill('SIGKILL')))
  }

  static async started(): Promise<ZabbixServer> {
    const database = await PostgresServer.started('fsync = off')
    const server = new ZabbixServer(database, await trapperPort(), await freePort())
    try {
      await server.#fill()
      server.#startServer()
      server.#startFrontend()
      await server.#login()
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#apiPort}/api_jsonrpc.php`
  }

  /** Speaks to the API with this password of the administrator from now on. */
  async login(password: string): Promise<void> {
    this.#token = undefined
    this.#token = (await this.api('user.login', { username: 'Admin', password })) as string
  }

  /** The result of a call of the JSON-RPC API. */
  async api(method: string, params: unknown): Promise<unknown> {
    const { result, error } = await this.#asked(method, params)
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue
      const end = once(child, 'exit')
      child.kill('SIGTERM')
      await end
    }
    await this.#database.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #asked(method: string, params: unknown): Promise<{ result?: unknown; error?: unknown }> {
    const auth = this.#token === undefined ? {} : { auth: this.#token }
    const answer = await fetch(this.apiUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json-rpc' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params, ...auth }),
    })
    return (await answer.json()) as { result?: unknown; error?: unknown }
  }

  async #fill(): Promise<void> {
    const text = (name: string): string =>
      gunzipSync(readFileSync(join(sqlFolder, name))).toString('utf8')
    await this.#database.rows('create database zabbix')
    await this.#database.rows(text('schema.sql.gz'), 'zabbix')
    const wanted = new RegExp(`^INSERT INTO (${tables.split(' ').join('|')}) `)
    // A statement may hold line ends; the next one begins a line.
    const statements = text('data.sql.gz').split(/\n(?=INSERT INTO |COMMIT)/)
    const kept = statements.filter((statement) => wanted.test(statement))
    await this.#database.rows(kept.join('\n'), 'zabbix')
  }

  #startServer(): void {
    const user = serverUser()
    chmodSync(this.#folder, 0o755)
    const own = join(this.#folder, 'server')
    mkdirSync(own)
    if (user !== undefined) chownSync(own, user.uid, user.gid)
    const file = join(own, 'zabbix_server.conf')
    writeFileSync(
      file,
      `DBHost=127.0.0.1
DBPort=${this.#database.port}
DBName=zabbix
DBUser=postgres
ListenIP=127.0.0.1
ListenPort=${this.trapperPort}
LogFile=${own}/server.log
PidFile=${own}/server.pid
SocketDir=${own}
StartPollers=1
StartTrappers=3
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartDBSyncers=1
CacheUpdateFrequency=1
`,
    )
    const how = { ...user, stdio: 'ignore', cwd: own } as const
    this.#children.push(spawn(program, ['-f', '-c', file], how))
  }

  /** A copy of the frontend, so that its configuration lies in it and not in /etc. */
  #startFrontend(): void {
    const copy = join(this.#folder, 'frontend')
    cpSync(frontend, copy, { recursive: true, dereference: true })
    const php = `<?php
$DB['TYPE'] = 'POSTGRESQL'; $DB['SERVER'] = '127.0.0.1'; $DB['PORT'] = '${this.#database.port}';
$DB['DATABASE'] = 'zabbix'; $DB['USER'] = 'postgres'; $DB['PASSWORD'] = ''; $DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = false; $DB['KEY_FILE'] = ''; $DB['CERT_FILE'] = ''; $DB['CA_FILE'] = '';
$DB['VERIFY_HOST'] = false; $DB['CIPHER_LIST'] = ''; $DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER = '127.0.0.1'; $ZBX_SERVER_PORT = '${this.trapperPort}'; $ZBX_SERVER_NAME = '';
$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
`
    const own = join(copy, 'conf', 'zabbix.conf.php')
    writeFileSync(own, php)
    // Debian's frontend looks for it in /etc alone.
    const reader = join(copy, 'include', 'classes', 'core', 'CConfigFile.php')
    const usual = readFileSync(reader, 'utf8')
    writeFileSync(reader, usual.replace("'/etc/zabbix/zabbix.conf.php'", `'${own}'`))
    const settings = ['post_max_size=16M', 'max_execution_time=300', 'date.timezone=UTC']
    const flags = [...settings, 'display_errors=0'].flatMap((setting) => ['-d', setting])
    const place = ['-S', `127.0.0.1:${this.#apiPort}`, '-t', copy]
    this.#children.push(spawn('php', [...flags, ...place], { stdio: 'ignore' }))
  }

  async #login(): Promise<void> {
    let last: unknown
    for (let tries = 0; tries < 200; tries++) {
      try {
        const who = { username: 'Admin', password: 'zabbix' }
        const { result, error } = await this.#asked('user.login', who)
        if (typeof result === 'string') {
          this.#token = result
          return
        }
        last = error
      } catch (error) {
        last = error
      }
      await pause(50)
    }
    throw new Error('the API does not answer', { cause: last })
  }
}
