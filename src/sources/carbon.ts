/**
 * Carbon: lines over TCP and UDP, as Graphite's own daemon takes them on port 2003.
 *
 *   TCP   whole lines of each connection; a line may come in pieces
 *   UDP   each datagram holds whole lines
 *
 *   connections ─┐
 *                ├─▶ arrivals ─▶ asked for          bounded by `waiting`: over it
 *   datagrams  ──┘                                  connections are not read from, so that their
 *                                                   senders wait; datagrams are dropped and counted
 *
 * A line without an end counts when its connection is ended in order, as with `echo -n … | nc`; of
 * one that breaks it does not. Nobody is answered, as nobody is by Graphite: what was received and
 * not logged is lost in a crash.
 *
 * The lines are those of the source's codec: Carbon's unless the configuration names another.
 *
 * Cost: each byte is copied twice at most; a line of at most `line_bytes_max` for each connection.
 */

import { createSocket } from 'node:dgram'
import type { Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { rejection } from '../core/rejection.ts'
import { LinePayloads } from './framing/line-payloads.ts'
import { Arrivals } from './intake/arrivals.ts'
import { ByteBudget } from './intake/byte-budget.ts'
import { sourceAddress } from './intake/listen-address.ts'
import type { SourceAddress } from './intake/listen-address.ts'
import { TimeOffsets } from './pacing/beats.ts'
import type { Source, SourceSurroundings } from './source.ts'

const kibibyte = 1024
const mebibyte = 1024 ** 2

export const carbonOptions = {
  listen: {
    kind: 'text',
    default: '127.0.0.1:2003',
    about: 'Address and port: 127.0.0.1:2003, [::1]:2003, or :2003 for every interface.',
  },
  udp: {
    kind: 'boolean',
    default: true,
    about: 'Takes datagrams on the same port as well.',
  },
  connectionsMax: {
    kind: 'integer',
    min: 1,
    max: 100_000,
    default: 1000,
    about: 'At most this many connections at a time; further ones are closed at once.',
  },
  idleAfterMs: {
    kind: 'duration',
    min: 1000,
    max: 86_400_000,
    default: 3_600_000,
    about: 'A connection that sent nothing for this long is closed.',
  },
  lineBytesMax: {
    kind: 'size',
    min: 256,
    max: mebibyte,
    default: 16 * kibibyte,
    about: 'A longer line is refused and what comes after it is read on.',
  },
  waitingBytes: {
    kind: 'size',
    min: 64 * kibibyte,
    max: 16 * 1024 * mebibyte,
    default: 32 * mebibyte,
    about:
      'Lines that are received but not taken yet. Over it connections are not read from and ' +
      'datagrams are dropped and counted.',
  },
} as const satisfies OptionSpecs

export type CarbonOptions = OptionsOf<typeof carbonOptions>

/** See the head of the file. Throws ERR_CONFIG_INVALID where its address is none. */
export class CarbonSource implements Source {
  readonly #options: CarbonOptions
  readonly #surroundings: SourceSurroundings
  readonly #address: SourceAddress
  readonly #arrivals = new Arrivals<Uint8Array>()
  readonly #budget: ByteBudget
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #datagrams: DatagramSocket | undefined
  #port: number | undefined

  constructor(options: CarbonOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    this.#address = sourceAddress(options.listen)
    this.#budget = new ByteBudget(options.waitingBytes)
  }

  /** The port it listens on; undefined where it does not. */
  get port(): number | undefined {
    return this.#port
  }

  /** Bytes received and not taken yet. */
  get waitingBytes(): number {
    return this.#budget.taken
  }

  /** Listens. Throws ERR_SERVER_PORT_TAKEN, ERR_SERVER_LISTEN. */
  async open(): Promise<void> {
    if (this.#server !== undefined) return
    const server = await this.#listenTcp()
    this.#server = server
    try {
      if (this.#options.udp) this.#datagrams = await this.#listenUdp(server)
    } catch (error) {
      this.#close()
      throw error
    }
  }

  /** Throws like `open`. What has arrived at the end comes still. */
  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    if (signal.aborted) {
      this.#close()
      return
    }
    await this.open()
    const offsets = new TimeOffsets()
    try {
      for await (const lines of this.#arrivals.groups(signal)) yield this.#batch(lines, offsets)
      this.#close()
      const rest = this.#arrivals.take()
      if (rest.length > 0) yield this.#batch(rest, offsets)
    } finally {
      this.#close()
    }
  }

  #batch(lines: readonly Uint8Array[], offsets: TimeOffsets): Batch {
    const { name: partition, clock } = this.#surroundings
    const receivedMs = clock.nowMs()
    for (const bytes of lines) this.#budget.give(bytes.length)
    for (const socket of this.#sockets) socket.resume()
    const records = lines.map((bytes) => {
      const origin = { partition, offset: offsets.next(receivedMs), receivedMs }
      return { kind: 'data' as const, bytes, origin }
    })
    return { records, acknowledge: () => {} }
  }

  async #listenTcp(): Promise<Server> {
    const server = createServer({ allowHalfOpen: false }, (socket) => this.#connected(socket))
    server.maxConnections = this.#options.connectionsMax
    server.on('drop', () => this.#lost(`over ${this.#options.connectionsMax} connections`))
    const { host, port } = this.#address
    server.listen({ host, port })
    try {
      await once(server, 'listening')
    } catch (cause) {
      throw listenError('TCP', this.#address, cause)
    }
    server.on('error', (error) => this.#lost(`a connection failed: ${error.message}`))
    this.#port = (server.address() as AddressInfo).port
    return server
  }

  async #listenUdp(server: Server): Promise<DatagramSocket> {
    const { address, family, port } = server.address() as AddressInfo
    const socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4')
    socket.on('message', (message) => this.#datagram(message))
    socket.bind({ address, port })
    try {
      await once(socket, 'listening')
    } catch (cause) {
      throw listenError('UDP', { host: address, port }, cause)
    }
    socket.on('error', (error) => this.#lost(`a datagram failed: ${error.message}`))
    return socket
  }

  #connected(socket: Socket): void {
    const { lineBytesMax, idleAfterMs } = this.#options
    const payloads = new LinePayloads(lineBytesMax, 0, this.#surroundings.onRejection)
    this.#sockets.add(socket)
    socket.setTimeout(idleAfterMs, () => socket.destroy())
    socket.on('data', (chunk) => this.#received(payloads.push(chunk)?.bytes, socket))
    socket.on('end', () => this.#received(payloads.flush()?.bytes, socket))
    // A connection that breaks has nobody to tell; 'close' follows.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.#budget.full) socket.pause()
  }

  /** Lines of a connection: they are here already, so they are kept, and no more are read. */
  #received(lines: Uint8Array | undefined, socket: Socket): void {
    if (lines === undefined) return
    this.#budget.force(lines.length)
    this.#arrivals.add(lines)
    if (!this.#budget.full) return
    socket.pause()
    for (const other of this.#sockets) other.pause()
  }

  #datagram(message: Uint8Array): void {
    if (this.#budget.take(message.length)) this.#arrivals.add(message)
    else this.#lost(`a datagram of ${message.length} bytes was dropped`)
  }

  /** Counts what nobody can be told of. */
  #lost(detail: string): void {
    this.#surroundings.onRejection(rejection('overflow', detail, ''))
  }

  #close(): void {
    if (this.#port === undefined) return
    this.#port = undefined
    this.#server?.close()
    this.#datagrams?.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

function listenError(
  protocol: string,
  { host, port }: SourceAddress,
  cause: unknown,
): ForewarnError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port} (${protocol})`
  if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const message = `cannot listen on ${where}: another program has this address`
    return new ForewarnError('ERR_SERVER_PORT_TAKEN', message, { cause })
  }
  const message = `cannot listen on ${where}: ${(cause as Error).message}`
  return new ForewarnError('ERR_SERVER_LISTEN', message, { cause })
}
