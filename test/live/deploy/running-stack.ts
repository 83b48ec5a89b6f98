/**
 * Services of a stack outside of containers: the same commands, variables and files, on the real
 * servers that there are. What a container would see elsewhere is put in its place: hosts become
 * addresses of this machine, /run/secrets, /opt/forewarn and the volumes folders of it.
 */

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, Stack } from '../../deploy/stack.ts'
import type { StackName } from '../../deploy/stack.ts'
import { freePort, LiveProgram, pause } from '../live-program.ts'
import { endGroup } from '../own-children.ts'

/** See the head of the file. */
export class RunningStack {
  readonly stack: Stack
  readonly folder: string
  readonly secrets: string
  /** Text of a configuration, and what stands there here: `kafka:9092`, `127.0.0.1:40000`. */
  readonly places = new Map<string, string>()
  readonly #programs: LiveProgram[] = []
  readonly #children: ChildProcess[] = []
  /** Shells with what they have started. */
  readonly #groups: ChildProcess[] = []

  constructor(name: StackName) {
    this.stack = new Stack(name)
    this.folder = mkdtempSync(join(tmpdir(), `forewarn-${name}-`))
    const copy = join(this.folder, 'compose')
    cpSync(join(root, 'deploy', 'compose'), copy, { recursive: true })
    execFileSync('sh', [join(copy, 'secrets.sh'), name])
    this.secrets = join(copy, name, 'secrets')
    this.places.set('/run/secrets', this.secrets)
    this.places.set('/opt/forewarn/', `${root}/`)
  }

  secret(name: string): string {
    return readFileSync(join(this.secrets, name), 'utf8')
  }

  /** The variables of a service, in their places. */
  environment(service: string): Record<string, string> {
    const { environment = {} } = this.stack.service(service)
    const all = Object.entries(environment)
    return Object.fromEntries(all.map(([key, value]) => [key, this.placed(String(value))]))
  }

  placed(text: string): string {
    let placed = text
    for (const [there, here] of this.places) placed = placed.replaceAll(there, here)
    return placed
  }

  /** A service of our image, ready. `more`: variables over those of the stack. */
  async forewarn(
    service: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<LiveProgram> {
    const port = await freePort()
    const volume = join(this.folder, service)
    mkdirSync(volume)
    const { command = ['run'] } = this.stack.service(service)
    const config = this.stack.mounts(service).get('/etc/forewarn/forewarn.yaml') ?? ''
    const environment: Record<string, string> = {
      PATH: process.env['PATH'] ?? '',
      FOREWARN_CONFIG: config,
      ...this.environment(service),
      FOREWARN_SERVER__LISTEN: `127.0.0.1:${port}`,
      ...more,
    }
    const words = Object.entries(environment).map((pair) => pair.join('='))
    const main = join(root, 'src', 'cli', 'main.ts')
    const args = [process.execPath, main, ...command.map((word) => this.placed(word))]
    const program = new LiveProgram({
      command: 'env',
      args: ['-C', volume, '-i', ...words, ...args],
      port,
      readyPath: '/readyz',
    })
    this.#programs.push(program)
    return program.ready()
  }

  /** The Redis of the stack by its own command, and its port. */
  async redis(): Promise<number> {
    const port = await freePort()
    const data = join(this.folder, 'redis')
    mkdirSync(data)
    const [shell = '', flag = '', script = ''] = this.stack.service('redis').command ?? []
    const own = this.placed(script)
      .replace('dir /data', `dir ${data}`)
      .replace(
        "echo 'appendonly yes'",
        `echo 'appendonly yes'; echo 'port ${port}'; echo 'bind 127.0.0.1'`,
      )
    // The shell waits for the server, which is a child of its own at the end of a pipe.
    const child = spawn(shell, [flag, own], { stdio: 'ignore', detached: true })
    this.#groups.push(child)
    process.once('exit', () => endGroup(child))
    const [how = '', check = ''] = this.stack.service('redis').healthcheck?.test ?? []
    if (how !== 'CMD-SHELL') throw new RangeError(`health check of redis: ${how}`)
    const asked = this.placed(check).replace('redis-cli', `redis-cli -p ${port}`)
    for (let tries = 0; ; tries++) {
      try {
        execFileSync('sh', ['-c', asked], { stdio: 'ignore' })
        break
      } catch (error) {
        if (tries > 400) throw error
        await pause(50)
      }
    }
    this.places.set('redis:6379', `127.0.0.1:${port}`)
    return port
  }

  /** Any other program, ended with the stack. */
  run(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ChildProcess {
    const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    return child
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) await program.ended('SIGTERM')
    for (const child of [...this.#children, ...this.#groups]) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = once(child, 'exit')
      if (this.#groups.includes(child)) endGroup(child)
      else child.kill('SIGKILL')
      await exit
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
