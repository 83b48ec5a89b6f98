/**
 * What a file of live tests stands on: brokers, a Redis, a folder, and the programs that its tests
 * start.
 *
 *   beforeAll(() => stand.start())
 *   afterAll(() => stand.stop())
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFailed } from 'vitest'
import { LiveProgram, forewarnCommand, freePort } from '../live-program.ts'
import { RedisServer } from '../redis-server.ts'
import { TestTopics } from './topics.ts'

/** See the head of the file. */
export class Stand {
  readonly folder: string
  #topics: TestTopics | undefined
  #redis: RedisServer | undefined
  readonly #programs: LiveProgram[] = []

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `forewarn-${name}-`))
  }

  get topics(): TestTopics {
    if (this.#topics === undefined) throw new Error('the brokers are not started')
    return this.#topics
  }

  get redis(): RedisServer {
    if (this.#redis === undefined) throw new Error('Redis is not started')
    return this.#redis
  }

  async start(): Promise<void> {
    this.#topics = await TestTopics.start()
    this.#redis = await RedisServer.started()
  }

  /** Ends whatever runs still. */
  async stop(): Promise<void> {
    for (const each of this.#programs) if (each.running) await each.ended('SIGKILL')
    await this.#redis?.stop()
    await this.#topics?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** A folder of its own. */
  newFolder(name: string): string {
    return mkdtempSync(join(this.folder, `${name}-`))
  }

  /** A program, not started yet. */
  async program(yaml: string, own = this.newFolder('program')): Promise<LiveProgram> {
    return this.held(new LiveProgram(forewarnCommand(own, await freePort(), yaml)))
  }

  /** Sees to it that a program ends; where its test fails, the end of its log is shown. */
  held(program: LiveProgram): LiveProgram {
    this.#programs.push(program)
    onTestFailed(() => void process.stderr.write(program.stderr.slice(-5000)))
    return program
  }
}
