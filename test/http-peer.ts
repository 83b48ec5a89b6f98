/** A local HTTP server that answers as it is told, also badly. For tests of what posts. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sink } from '../src/sinks/sink.ts'
import { alarmReport } from './sample-reports.ts'

/** One request as it came. */
export interface PeerRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the peer does with a request. */
export type PeerWay = (response: ServerResponse, request: PeerRequest) => void

/** See the head of the file. */
export class HttpPeer {
  readonly #server: Server
  readonly requests: PeerRequest[] = []
  /** How it answers from now on. */
  way: PeerWay = (response) => response.writeHead(204).end()

  private constructor() {
    this.#server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() }
      this.requests.push(request)
      this.way(response, request)
    })
  }

  static async started(): Promise<HttpPeer> {
    const peer = new HttpPeer()
    peer.#server.listen({ host: '127.0.0.1', port: 0 })
    await once(peer.#server, 'listening')
    return peer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

/** Runs `work` with a peer that answers in a way. */
export async function withHttpPeer(
  way: PeerWay,
  work: (peer: HttpPeer) => Promise<void>,
): Promise<void> {
  const peer = await HttpPeer.started()
  peer.way = way
  await work(peer).finally(() => peer.stop())
}

/** What one alarm is refused with where the peer answers in a way; undefined: it was taken. */
export async function refusalBy(way: PeerWay, opened: (peer: HttpPeer) => Sink): Promise<unknown> {
  let refusal: unknown
  await withHttpPeer(way, async (peer) => {
    const sink = opened(peer)
    const write = sink.write([alarmReport('firing')], new AbortController().signal)
    refusal = await write.catch((thrown: unknown) => thrown)
    await sink.close()
  })
  return refusal
}
