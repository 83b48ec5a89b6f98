/**
 * A Redis of one's own: private port, nothing kept on disk, in a temporary folder that goes with
 * it, ended by its process.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, pause } from './live-program.ts'
import { owned } from './own-children.ts'

/** Why there is no Redis here; undefined where there is. With CI set, throws instead. */
export function redisMissing(): string | undefined {
  const missing = ['redis-server', 'redis-cli'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  )
  if (missing.length === 0) return undefined
  const message = `${missing.join(' and ')} not installed (Debian: redis-server, redis-tools)`
  if (process.env['CI'] === 'true') throw new Error(message)
  return message
}

/** See the head of the file. */
export class RedisServer {
  readonly port: number
  readonly folder = mkdtempSync(join(tmpdir(), 'forewarn-redis-'))
  #arguments: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, more: readonly string[]) {
    this.port = port
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', this.folder]
    this.#arguments = [...place, '--save', '', '--appendonly', 'no', ...more]
  }

  /** Started and answering. `more`: further arguments of redis-server. */
  static async started(...more: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), more)
    await server.start()
    return server
  }

  /** A sentinel that watches a master under the name `m`, and fails over by itself alone. */
  static async sentinelOf(master: RedisServer): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), [])
    const file = join(server.folder, 'sentinel.conf')
    writeFileSync(
      file,
      `port ${server.port}
bind 127.0.0.1
dir ${server.folder}
sentinel monitor m 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds m 500
sentinel failover-timeout m 3000
`,
    )
    server.#arguments = [file, '--sentinel']
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const child = owned(spawn('redis-server', this.#arguments, { stdio: 'ignore' }))
    this.#process = child
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      // While it loads what was on its disk it answers that it does.
      const ping = spawnSync('redis-cli', ['-p', String(this.port), 'ping'], { encoding: 'utf8' })
      if (ping.stdout === 'PONG\n') return
      await pause(50)
    }
    throw new Error('redis-server does not answer')
  }

  /** What redis-cli prints for a command. */
  cli(...words: string[]): string {
    return execFileSync('redis-cli', ['-p', String(this.port), ...words], { encoding: 'utf8' })
  }

  /** Ends it at once; what it held is gone. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Holds it, as if the network were cut, until `go`. */
  hold(): void {
    this.#process?.kill('SIGSTOP')
  }

  go(): void {
    this.#process?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
