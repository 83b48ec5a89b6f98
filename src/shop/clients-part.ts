/**
 * The shop's customers, closed-loop: each thinks for a second on average, asks for a page, waits
 * for it and thinks again. 75 % browse, as in RUBiS' browsing mix; the others search or order.
 */

import { Agent, get } from 'node:http'
import { performance } from 'node:perf_hooks'
import { Random } from '../core/random.ts'
import { categoryCount, hotItems, itemCount } from './catalogue.ts'
import { partOptions, takePart, tell } from './part.ts'

export interface ClientsOptions {
  readonly shopPort: number
  readonly seed: number
}

const usualClients = 40
const thinkMs = 1000
/** A request without an answer is given up after this and counts with it. */
const timeoutMs = 5000
/** A change of load by 1 is a fifth of the clients; a surge brings five times as many more. */
const perStrength = { load: 0.2, surge: 5 }
const hotShare = 0.8

const { shopPort, seed } = partOptions<ClientsOptions>()
const random = new Random(seed)
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
const crowd = { wanted: usualClients, present: 0 }
let epoch = Math.floor(Date.now() / 1000)
let millis: number[] = []

function path(): string {
  const kind = random.uniform()
  if (kind < 0.75) return `/browse/${random.below(categoryCount)}`
  if (kind < 0.8) return `/search/${random.uint32().toString(16).slice(0, 4)}`
  return `/order/${random.below(random.uniform() < hotShare ? hotItems : itemCount)}`
}

/** Milliseconds until the answer, or the timeout where there is none. */
function asked(): Promise<number> {
  return new Promise((resolve) => {
    const begunMs = performance.now()
    const end = (ms: number): void => {
      clearTimeout(late)
      resolve(ms)
    }
    const where = { host: '127.0.0.1', port: shopPort, path: path(), agent }
    const request = get(where, (response) => {
      response.resume().on('end', () => {
        end(response.statusCode === 200 ? performance.now() - begunMs : timeoutMs)
      })
      response.on('error', () => end(timeoutMs))
    })
    request.on('error', () => end(timeoutMs))
    const late = setTimeout(() => request.destroy(new Error('given up')), timeoutMs)
  })
}

async function customer(): Promise<void> {
  while (crowd.present <= crowd.wanted) {
    const thinksMs = -thinkMs * Math.log(1 - random.uniform())
    await new Promise((done) => setTimeout(done, thinksMs))
    const ms = await asked()
    passTime()
    millis.push(Math.round(ms))
  }
  crowd.present--
}

/** Hands over a second that is over. */
function passTime(): void {
  const now = Math.floor(Date.now() / 1000)
  if (now === epoch) return
  tell({ epoch, millis })
  epoch = now
  millis = []
}

function invite(): void {
  for (; crowd.present < crowd.wanted; crowd.present++) void customer()
}

takePart(({ load, surge }) => {
  const more = perStrength.load * load + perStrength.surge * surge
  crowd.wanted = Math.round(usualClients * (1 + more))
  invite()
})
setInterval(passTime, 20)
invite()
tell({ ready: 0 })
