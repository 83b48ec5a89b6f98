/**
 * The load of the durable bench: what 500 hosts send, in requests of 10,000 lines of four fields.
 *
 * Values are CPU shares as programs print doubles. The same requests are sent again and again with
 * later times: the digits of each line's seconds are written anew in place, so that making the load
 * costs nothing beside sending it.
 */

import { Agent, request } from 'node:http'
import { Random } from '../../../src/core/random.ts'

export const hostCount = 500
const fieldCount = 4
const linesPerRequest = 10_000
const cadenceSeconds = 10

/** Seconds that the samples of one request cover. */
const requestSeconds = (linesPerRequest / hostCount) * cadenceSeconds

export const valuesPerRequest = linesPerRequest * fieldCount

/** One body, and where the ten digits of the seconds of each of its lines stand. */
interface Body {
  readonly bytes: Buffer
  readonly secondsAt: Uint32Array
}

/** See the head of the file. */
export class Load {
  readonly #bodies: readonly Body[]
  readonly requestCount: number

  /** `hosts` other than 500: a request still has 10,000 lines, of as many hosts in turn. */
  constructor(requestCount: number, hosts = hostCount) {
    this.requestCount = requestCount
    const random = new Random(1)
    let host = 0
    this.#bodies = Array.from({ length: requestCount }, () => {
      const lines: string[] = []
      const secondsAt = new Uint32Array(linesPerRequest)
      let bytes = 0
      for (let i = 0; i < linesPerRequest; i++) {
        const head = lineHead(host, random)
        host = (host + 1) % hosts
        secondsAt[i] = bytes + head.length
        lines.push(head, '0000000000000000000\n')
        bytes += head.length + 20
      }
      return { bytes: Buffer.from(lines.join(''), 'latin1'), secondsAt }
    })
  }

  get bytes(): number {
    return this.#bodies.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** Seconds between the first sample of one round and that of the next. */
  get roundSeconds(): number {
    return this.requestCount * requestSeconds
  }

  /** Body `i` of a round that begins at `startSeconds`; valid until it is asked for again. */
  body(i: number, startSeconds: number): Buffer {
    const { bytes, secondsAt } = this.#bodies[i] as Body
    for (let line = 0; line < secondsAt.length; line++) {
      const step = Math.floor(line / hostCount)
      const seconds = startSeconds + i * requestSeconds + step * cadenceSeconds
      bytes.write(String(seconds), secondsAt[line] as number, 10, 'latin1')
    }
    return bytes
  }
}

/** One line up to its timestamp: shares of four cores in ten seconds, as bench/speed/codecs.ts. */
function lineHead(host: number, random: Random): string {
  const total = 3_980 + random.below(40)
  const user = random.below(2_000)
  const system = random.below(400)
  const wait = random.below(4) === 0 ? random.below(40) : 0
  const [a, b, c, d] = [user, system, total - user - system - wait, wait].map(
    (x) => (100 * x) / total,
  )
  const name = `cpu,cpu=cpu-total,host=vm${host},region=eu-west`
  return `${name} usage_user=${a},usage_system=${b},usage_idle=${c},usage_iowait=${d} `
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Posts a body; its status, and how long the answer took. */
export function posted(url: string, body: Buffer): Promise<{ status: number; ms: number }> {
  const startMs = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent }, (answer) => {
      answer.resume()
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, ms: performance.now() - startMs })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Posts until it is taken. Throws at an answer that no waiting mends. */
export async function taken(url: string, body: Buffer): Promise<number> {
  for (;;) {
    const { status, ms } = await posted(url, body)
    if (status === 204) return ms
    if (status !== 503) throw new Error(`answered ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
