/**
 * All processes of one shop, started in order and stopped in the other order.
 *
 *   clients ──▶ web ──▶ database ◀── injector
 *                 └───▶ dependency
 *
 * The web server is supervised: where it dies it is started again on its port, `restartMs` later.
 */

import type { Strengths } from '../testbed/fault.ts'
import type { MeasuresMessage, ResponsesMessage, ShopMeasures } from './message.ts'
import { PartProcess } from './part-process.ts'
import type { PartPlan } from './part-process.ts'

/** A supervisor's usual pause before it starts a program again. */
const restartMs = 2000
/** A heap of about 100 MB, which a leak fills in a minute. */
const webFlags = ['--max-old-space-size=96', '--max-semi-space-size=4']

interface WebOptions {
  readonly port: number
  readonly databasePort: number
  readonly dependencyPort: number
}

/** See the head of the file. */
export class ShopParts {
  /** In the order of their start, without the web server. */
  readonly #parts: PartProcess[] = []
  #web: PartProcess | undefined
  #webOptions: WebOptions | undefined
  #stopping = false
  #restarting: Promise<void> | undefined
  /** The last that the web server said of itself; none while it is down. */
  measures: ShopMeasures | undefined
  /** How often the web server died. */
  deaths = 0
  /** A part that ended by itself and is not started again. */
  lost: string | undefined

  /** All of them running. `responses` hears what the clients measured. */
  static async started(
    seed: number,
    responses: (message: ResponsesMessage) => void,
  ): Promise<ShopParts> {
    const shop = new ShopParts()
    try {
      await shop.#start(seed, responses)
      return shop
    } catch (error) {
      await shop.stop()
      throw error
    }
  }

  async #start(seed: number, responses: (message: ResponsesMessage) => void): Promise<void> {
    const databasePort = await this.#startPart({ name: 'database', options: {} })
    const dependencyPort = await this.#startPart({
      name: 'dependency',
      options: { seed: seed + 1 },
    })
    await this.#startPart({ name: 'injector', options: { databasePort, seed: seed + 2 } })
    const shopPort = await this.#startWeb({ port: 0, databasePort, dependencyPort })
    await this.#startPart({
      name: 'clients',
      options: { shopPort, seed: seed + 3 },
      hear: (message) => responses(message as ResponsesMessage),
    })
  }

  async #startPart(plan: PartPlan): Promise<number> {
    const { part, port } = await PartProcess.started(plan)
    this.#parts.push(part)
    part.onEnd(() => (this.lost ??= part.name))
    return port
  }

  async #startWeb(options: WebOptions): Promise<number> {
    const { part, port } = await PartProcess.started({
      name: 'web',
      options,
      nodeFlags: webFlags,
      hear: (message) => (this.measures = (message as MeasuresMessage).measures),
    })
    this.#web = part
    this.#webOptions = { ...options, port }
    part.onEnd(() => {
      this.#web = undefined
      this.measures = undefined
      if (!this.#stopping) this.#restarting = this.#restarted(this.#webOptions as WebOptions)
    })
    return port
  }

  async #restarted(options: WebOptions): Promise<void> {
    this.deaths++
    await new Promise((done) => setTimeout(done, restartMs))
    if (this.#stopping) return
    await this.#startWeb(options).catch(() => (this.lost ??= 'web'))
  }

  get databasePort(): number {
    return this.#webOptions?.databasePort ?? 0
  }

  /** The process of the web server; undefined while it is down. */
  get webPid(): number | undefined {
    return this.#web?.pid
  }

  tell(strengths: Strengths): void {
    for (const part of this.#parts) part.tell(strengths)
    this.#web?.tell(strengths)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#parts.pop()?.stop()
    await this.#restarting
    await this.#web?.stop()
    for (const part of this.#parts.reverse()) await part.stop()
  }
}
