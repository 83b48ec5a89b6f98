/** A Zabbix trapper for tests: takes values of the items that it has, and can misbehave. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { deflateSync, inflateSync } from 'node:zlib'

/** One value as it came in. */
export interface PeerValue {
  readonly host: string
  readonly key: string
  readonly value: string
  readonly clock: number
  readonly ns: number
}

/** See the head of the file. */
export class ZabbixPeer {
  readonly port: number
  /** Values that were taken, in order. */
  readonly values: PeerValue[] = []
  requests = 0
  /** Says which items there are. */
  has: (value: PeerValue) => boolean = () => true
  /** Bytes to answer with instead; 'nothing': the connection is closed, 'silent': it stays. */
  odd: Buffer | 'nothing' | 'silent' | undefined
  /** Answers are compressed. */
  compresses = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => this.#serve(socket))
  }

  static async started(): Promise<ZabbixPeer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ZabbixPeer(server)
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const parts: Buffer[] = []
    let length = 0
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length < 13) return
      const bytes = parts.length === 1 ? part : Buffer.concat(parts)
      if (bytes.length < 13 + bytes.readUInt32LE(5)) return
      const body = bytes.subarray(13)
      const json = (bytes[4] as number) & 2 ? inflateSync(body) : body
      this.#answer(socket, JSON.parse(json.toString('utf8')) as { data: PeerValue[] })
    })
  }

  #answer(socket: Socket, { data }: { data: PeerValue[] }): void {
    this.requests++
    if (this.odd === 'silent') return
    if (this.odd !== undefined) {
      socket.end(this.odd === 'nothing' ? '' : this.odd)
      return
    }
    const taken = data.filter(this.has)
    for (const value of taken) this.values.push(value)
    const failed = data.length - taken.length
    const counts = `processed: ${taken.length}; failed: ${failed}; total: ${data.length}`
    const info = `${counts}; seconds spent: 0.000055`
    socket.end(frame(JSON.stringify({ response: 'success', info }), this.compresses))
  }
}

/** An answer as the server frames it. */
export function frame(json: string, compressed = false): Buffer {
  const plain = Buffer.from(json)
  const body = compressed ? deflateSync(plain) : plain
  const head = Buffer.alloc(13)
  head.write('ZBXD')
  head[4] = compressed ? 3 : 1
  head.writeUInt32LE(body.length, 5)
  head.writeUInt32LE(compressed ? plain.length : 0, 9)
  return Buffer.concat([head, body])
}
