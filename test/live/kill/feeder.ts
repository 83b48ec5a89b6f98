/**
 * Feeds the program as real senders do: over HTTP a request at a time, again and again until it is
 * answered; over Carbon lines on one connection, made anew where it breaks, without an answer.
 */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Random } from '../../../src/core/random.ts'
import { pause } from '../live-program.ts'

/** One sample a second of each series, from this time on. */
const startS = 1_700_000_000
const seriesCount = 5
const secondsPerRequest = 3

/** Reports that one request makes. */
export const reportsPerRequest = seriesCount * secondsPerRequest

/** The lines of one request: three seconds of five series, a spike now and then. */
export function linesOf(request: number): string {
  const noise = new Random(request + 1)
  const lines: string[] = []
  for (let second = 0; second < secondsPerRequest; second++) {
    for (let series = 0; series < seriesCount; series++) {
      const spike = noise.uniform() < 0.01 ? 60 : 0
      const value = 40 + noise.gaussian(0, 2) + spike
      const timeS = startS + request * secondsPerRequest + second
      lines.push(`load,host=h${series} value=${value} ${timeS}`)
    }
  }
  return lines.join('\n') + '\n'
}

/** One sample of each of many series, whose states do not fit into a database's memory. */
export function wideLines(count: number, round: number): string {
  const noise = new Random(round + 1)
  const line = (i: number): string =>
    `wide,host=w${i} value=${noise.gaussian(9, 2)} ${startS + round}`
  return Array.from({ length: count }, (_, i) => line(i)).join('\n') + '\n'
}

/** The line that Carbon is sent with a request. */
export function carbonLine(request: number): string {
  return `carbon.load ${20 + new Random(request + 1).gaussian(0, 1)} ${startS + request}\n`
}

/** What a sender was told: how often to wait, and for how long at most. */
export interface Answers {
  refusals: number
  /** Refusals that did not say when to come again. */
  unsaid: number
}

/** See the head of the file. */
export class Feeder {
  readonly answers: Answers = { refusals: 0, unsaid: 0 }
  readonly #httpPort: number
  readonly #carbonPort: number
  #socket: Socket | undefined

  constructor(httpPort: number, carbonPort: number) {
    this.#httpPort = httpPort
    this.#carbonPort = carbonPort
  }

  /** One try; the status, 0 where there was no answer. */
  async tried(body: string): Promise<number> {
    const url = `http://127.0.0.1:${this.#httpPort}/api/v2/write?precision=s`
    const answer = await fetch(url, { method: 'POST', body }).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => undefined)
    if (answer?.status === 503) {
      this.answers.refusals++
      if (!(Number(answer.headers.get('retry-after')) > 0)) this.answers.unsaid++
    }
    return answer?.status ?? 0
  }

  /** Sends until it is answered for good; the program may be down meanwhile. */
  async send(body: string): Promise<void> {
    for (;;) {
      const status = await this.tried(body)
      if (status === 204 || status === 400) return
      await pause(20)
    }
  }

  /** Sends one line and hopes. */
  carbon(line: string): void {
    this.#socket ??= this.#connected()
    this.#socket.write(line)
  }

  #connected(): Socket {
    const socket = connect(this.#carbonPort, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    return socket
  }

  /** Ends the connection in order, so that everything on it is read. */
  async close(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) return
    await new Promise((closed) => socket.once('close', closed).end())
  }
}
