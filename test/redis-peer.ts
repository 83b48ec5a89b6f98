/**
 * A peer that speaks enough of Redis' protocol (RESP2) for publishing and subscribing, and that
 * misbehaves when it is told to. For tests that must run where there is no Redis; test/live has
 * the real one.
 *
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A message or an entry that a client sent. */
export interface PeerMessage {
  readonly place: string
  readonly text: string
}

type Words = readonly Buffer[]

/** See the head of the file. */
export class RedisPeer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #subscribers = new Map<string, Set<Socket>>()
  /** Commands between MULTI and EXEC. */
  readonly #queued = new Map<Socket, Words[]>()
  /** What was published or added, in order. */
  readonly messages: PeerMessage[] = []
  /** The words of each command, for tests that look at them. */
  readonly commands: string[] = []
  /** Where set, every command that changes something is answered by this error. */
  error: string | undefined
  /** Where set, nobody is answered. */
  silent = false

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#connected(socket))
  }

  static async started(port = 0): Promise<RedisPeer> {
    const server = createServer({ noDelay: true })
    const peer = new RedisPeer(server)
    server.listen({ host: '127.0.0.1', port })
    await once(server, 'listening')
    return peer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** How many connections subscribe to a channel. */
  subscribers(channel: string): number {
    return this.#subscribers.get(channel)?.size ?? 0
  }

  /** As if another client had published. */
  publish(channel: string, message: string | Buffer): void {
    for (const socket of this.#subscribers.get(channel) ?? []) {
      socket.write(array([bulk('message'), bulk(channel), bulk(message)]))
    }
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket)
    let held: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      for (let read = command(held); read !== undefined; read = command(held)) {
        held = held.subarray(read.end)
        const reply = this.#reply(read.words, socket)
        if (!this.silent && reply !== '') socket.write(reply)
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#queued.delete(socket)
      for (const each of this.#subscribers.values()) each.delete(socket)
    })
  }

  #reply(words: Words, socket: Socket): Buffer | string {
    const name = String(words[0]).toUpperCase()
    this.commands.push(words.map(String).join(' '))
    const queue = this.#queued.get(socket)
    if (name === 'MULTI') this.#queued.set(socket, [])
    else if (name === 'EXEC') return this.#executed(socket, queue ?? [])
    else if (queue !== undefined) {
      queue.push(words)
      return '+QUEUED\r\n'
    } else return this.#answer(name, words, socket)
    return '+OK\r\n'
  }

  #executed(socket: Socket, queue: readonly Words[]): Buffer | string {
    this.#queued.delete(socket)
    if (this.error !== undefined) return `-EXECABORT ${this.error}\r\n`
    return array(queue.map((words) => this.#answer(String(words[0]).toUpperCase(), words, socket)))
  }

  #answer(name: string, words: Words, socket: Socket): Buffer | string {
    if (name === 'INFO') return bulk('redis_version:7.0.15\r\nloading:0\r\n')
    if (name === 'PING')
      return this.#subscribes(socket) ? array([bulk('pong'), bulk('')]) : '+PONG\r\n'
    if (this.error !== undefined && name !== 'CLIENT') return `-${this.error}\r\n`
    if (name === 'SUBSCRIBE') return this.#subscribed(words.slice(1).map(String), socket)
    if (name === 'PUBLISH' || name === 'XADD') {
      this.messages.push({ place: String(words[1]), text: String(words.at(-1)) })
      if (name === 'PUBLISH') this.publish(String(words[1]), words[2] as Buffer)
      return name === 'PUBLISH' ? ':1\r\n' : bulk(`${this.messages.length}-0`)
    }
    return '+OK\r\n'
  }

  #subscribes(socket: Socket): boolean {
    return [...this.#subscribers.values()].some((each) => each.has(socket))
  }

  #subscribed(channels: readonly string[], socket: Socket): Buffer {
    const replies = channels.map((channel, i) => {
      const sockets = this.#subscribers.get(channel) ?? new Set()
      this.#subscribers.set(channel, sockets.add(socket))
      return array([bulk('subscribe'), bulk(channel), Buffer.from(`:${i + 1}\r\n`)])
    })
    return Buffer.concat(replies)
  }
}

function bulk(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
}

function array(elements: readonly (Buffer | string)[]): Buffer {
  const bytes = elements.map((element) => Buffer.from(element as string))
  return Buffer.concat([Buffer.from(`*${elements.length}\r\n`), ...bytes])
}

/** The command at the start of the bytes and where it ends; undefined where it is not all there. */
function command(bytes: Buffer): { words: Buffer[]; end: number } | undefined {
  const words: Buffer[] = []
  let at = bytes.indexOf('\r\n')
  if (at < 0) return undefined
  const count = Number(String(bytes.subarray(1, at)))
  at += 2
  while (words.length < count) {
    const lengthEnd = bytes.indexOf('\r\n', at)
    if (lengthEnd < 0) return undefined
    const start = lengthEnd + 2
    const end = start + Number(String(bytes.subarray(at + 1, lengthEnd)))
    if (bytes.length < end + 2) return undefined
    words.push(bytes.subarray(start, end))
    at = end + 2
  }
  return { words, end: at }
}
