/**
 * A Graphite of one's own: carbon-cache and graphite-web's render, private ports, everything in a
 * temporary folder that goes with it, ended by their processes.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, pause } from './live-program.ts'

const carbon = '/usr/bin/carbon-cache'
const python = '/usr/bin/python3'

/** Why there is no Graphite here; undefined where there is. With CI set, throws instead. */
export function graphiteMissing(): string | undefined {
  const hasCarbon = spawnSync(carbon, ['--help']).status === 0
  const hasWeb = spawnSync(python, ['-c', 'import graphite, django']).status === 0
  if (hasCarbon && hasWeb) return undefined
  const message = 'Graphite is not installed (Debian: graphite-carbon, graphite-web)'
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** One series of an answer: [value, Unix seconds] wherever there is a value. */
export interface GraphiteAnswer {
  readonly name: string
  readonly known: readonly [number, number][]
}

/** See the head of the file. */
export class GraphiteServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-graphite-'))
  readonly linePort: number
  readonly picklePort: number
  readonly #queryPort: number
  readonly #webPort: number
  #web: ChildProcess | undefined

  private constructor(ports: readonly number[]) {
    const [line = 0, pickle = 0, query = 0, web = 0] = ports
    this.linePort = line
    this.picklePort = pickle
    this.#queryPort = query
    this.#webPort = web
  }

  /** Started, both of it, and answering. */
  static async started(): Promise<GraphiteServer> {
    const ports: number[] = []
    for (let i = 0; i < 4; i++) ports.push(await freePort())
    const server = new GraphiteServer(ports)
    server.#write()
    server.startCarbon()
    await server.#startWeb()
    return server
  }

  startCarbon(): void {
    execFileSync(python, [carbon, ...this.#carbonFlags(), 'start'], { stdio: 'ignore' })
  }

  /** Ends carbon-cache at once: what it has not written to disk is gone. */
  killCarbon(): void {
    const file = join(this.folder, 'carbon.pid')
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
    rmSync(file)
  }

  /** Resolves once carbon-cache takes lines. */
  async takes(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const socket = connect({ host: '127.0.0.1', port: this.linePort })
      const word = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false)
      socket.destroy()
      if (word) return
      await pause(50)
    }
    throw new Error('carbon-cache does not take connections')
  }

  /** What is known of each series that a target answers; `range` as render takes it. */
  async answers(target: string, range: Record<string, string>): Promise<GraphiteAnswer[]> {
    const query = new URLSearchParams({ target, format: 'json', noCache: '1', ...range })
    const answer = await fetch(`http://127.0.0.1:${this.#webPort}/render?${query}`)
    if (!answer.ok) throw new Error(`render answered ${answer.status} to ${target}`)
    const all = (await answer.json()) as {
      target: string
      datapoints: [number | null, number][]
    }[]
    return all.map(({ target: name, datapoints }) => ({
      name,
      known: datapoints.filter((each): each is [number, number] => each[0] !== null),
    }))
  }

  /** The numbers that are known of a path in the last so many seconds: [value, Unix seconds]. */
  async render(target: string, seconds: number): Promise<readonly [number, number][]> {
    const [series] = await this.answers(target, { from: `-${seconds}s` })
    return series?.known ?? []
  }

  async stop(): Promise<void> {
    const web = this.#web
    if (web !== undefined && web.exitCode === null) {
      web.kill('SIGKILL')
      await once(web, 'exit')
    }
    try {
      this.killCarbon()
    } catch {
      // It has ended already.
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  #carbonFlags(): string[] {
    const file = (name: string): string => join(this.folder, name)
    return [
      `--config=${file('carbon.conf')}`,
      `--pidfile=${file('carbon.pid')}`,
      `--logdir=${file('log')}`,
    ]
  }

  #write(): void {
    const file = (name: string, text: string): void => writeFileSync(join(this.folder, name), text)
    for (const name of ['whisper', 'log']) mkdirSync(join(this.folder, name))
    file(
      'carbon.conf',
      `[cache]
USER =
STORAGE_DIR = ${this.folder}
LOCAL_DATA_DIR = ${this.folder}/whisper/
CONF_DIR = ${this.folder}
LOG_DIR = ${this.folder}/log/
PID_DIR = ${this.folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${this.linePort}
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${this.picklePort}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${this.#queryPort}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_TAGS = False
`,
    )
    file('storage-schemas.conf', '[all]\npattern = .*\nretentions = 1s:1h,10s:1d\n')
    file('storage-aggregation.conf', '[all]\npattern = .*\nxFilesFactor = 0\n')
    file(
      'local_settings.py',
      `SECRET_KEY = 'a test of a minute'
ALLOWED_HOSTS = ['127.0.0.1']
TIME_ZONE = 'UTC'
STORAGE_DIR = '${this.folder}'
CONF_DIR = '${this.folder}'
LOG_DIR = '${this.folder}/log'
WHISPER_DIR = '${this.folder}/whisper'
STANDARD_DIRS = ['${this.folder}/whisper']
INDEX_FILE = '${this.folder}/index'
CARBONLINK_HOSTS = ['127.0.0.1:${this.#queryPort}']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${this.folder}/web.db'}}
`,
    )
    file(
      'web.py',
      `import os, socketserver
from wsgiref.simple_server import make_server, WSGIServer
from graphite.wsgi import application
class Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
make_server('127.0.0.1', ${this.#webPort}, application, Threads).serve_forever()
`,
    )
  }

  async #startWeb(): Promise<void> {
    const env = {
      ...process.env,
      PYTHONPATH: this.folder,
      DJANGO_SETTINGS_MODULE: 'graphite.settings',
      GRAPHITE_SETTINGS_MODULE: 'local_settings',
    }
    const migrate = ['-m', 'django', 'migrate', '--run-syncdb', '--verbosity', '0']
    execFileSync(python, migrate, { env, stdio: 'ignore', cwd: this.folder })
    this.#web = spawn(python, [join(this.folder, 'web.py')], { env, stdio: 'ignore' })
    for (let tries = 0; tries < 200; tries++) {
      if (this.#web.exitCode !== null) throw new Error(`graphite-web ended: ${this.#web.exitCode}`)
      const answered = await this.render('nothing', 10).then(
        () => true,
        () => false,
      )
      if (answered) return await this.takes()
      await pause(100)
    }
    throw new Error('graphite-web does not answer')
  }
}
