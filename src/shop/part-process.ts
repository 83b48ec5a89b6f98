/** A part of the shop as its recorder sees it: a process that is started, told and stopped. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ForewarnError } from '../core/errors.ts'
import type { Strengths } from '../testbed/fault.ts'
import type { PartMessage } from './message.ts'

/** How long a part may take until it is ready, and until it has ended. */
const readyMs = 60_000
const endMs = 5000

export interface PartPlan {
  /** The file's name without `-part`. */
  readonly name: string
  readonly options: unknown
  readonly nodeFlags?: readonly string[]
  /** Hears what the part says once it is ready. */
  readonly hear?: (message: PartMessage) => void
}

/** See the head of the file. */
export class PartProcess {
  readonly name: string
  readonly #child: ChildProcess

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#child = child
  }

  /** Started and ready; with the port where it listens, 0 where it does not. */
  static async started(plan: PartPlan): Promise<{ part: PartProcess; port: number }> {
    const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const file = fileURLToPath(new URL(`${plan.name}-part.${suffix}`, import.meta.url))
    const child = fork(file, [JSON.stringify(plan.options)], {
      execArgv: [...(plan.nodeFlags ?? [])],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const part = new PartProcess(plan.name, child)
    let said = ''
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (said = (said + text).slice(-2000)))
    const late = setTimeout(() => child.kill('SIGKILL'), readyMs)
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code, signal) => {
        const message = `cannot start the ${plan.name} of the shop: it ended with ${code ?? signal}`
        reject(new ForewarnError('ERR_TESTBED_PART', said === '' ? message : `${message}: ${said}`))
      })
      child.on('message', (message: PartMessage) => {
        if ('ready' in message) resolve(message.ready)
        else plan.hear?.(message)
      })
    }).finally(() => clearTimeout(late))
    return { part, port }
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Calls back once when it ends by itself or is stopped. */
  onEnd(call: () => void): void {
    this.#child.once('exit', call)
  }

  tell(strengths: Strengths): void {
    if (this.#child.connected) this.#child.send(strengths, () => undefined)
  }

  /** Asks it to end, and ends it where it does not. */
  async stop(): Promise<void> {
    if (!this.running) return
    const ended = once(this.#child, 'exit')
    if (this.#child.connected) this.#child.disconnect()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endMs)
    await ended
    clearTimeout(late)
  }
}
