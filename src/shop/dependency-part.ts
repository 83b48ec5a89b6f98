/** What the shop asks for every page: a program that answers after a while, and may become slow. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Random } from '../core/random.ts'
import { partOptions, takePart, tell } from './part.ts'

/** Milliseconds until it answers, healthy and at full strength of the fault. */
const usualMs = { min: 8, max: 16 }
const slowMs = 130

let strength = 0
const random = new Random(partOptions<{ seed: number }>().seed)
const server = createServer((_request, response) => {
  const { min, max } = usualMs
  const delayMs = min + (max - min) * random.uniform() + slowMs * strength
  setTimeout(() => response.end(JSON.stringify({ rank: random.below(1000) })), delayMs)
})
server.listen(0, '127.0.0.1', () => {
  takePart((strengths) => (strength = strengths['slow-dependency']))
  tell({ ready: (server.address() as AddressInfo).port })
})
