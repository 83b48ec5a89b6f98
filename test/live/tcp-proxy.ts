/** A way to another server on this machine that can be cut, as networks are. */

import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** See the head of the file. */
export class TcpProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #open = true

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      if (!this.#open) {
        client.destroy()
        return
      }
      const target = connect(targetPort, '127.0.0.1')
      for (const [from, to] of [
        [client, target],
        [target, client],
      ] as const) {
        this.#sockets.add(from)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
  }

  static async to(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections; new ones are ended at once, until `mend`. */
  cut(): void {
    this.#open = false
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#open = true
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
