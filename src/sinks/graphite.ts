/**
 * The Graphite sink: scores, forecasts and alarms as numbers, to Carbon over TCP.
 *
 *   plaintext (port 2003)   a line each
 *   pickle    (port 2004)   frames of pickled lists
 *
 * Names are made by Pensu's template; see the encoder graphite-scores. Carbon answers nothing, so a
 * batch is taken once the operating system has all of it. Where the connection breaks before that,
 * the batch is sent again in whole over a new one; Carbon keeps one number for a path and a time,
 * so that does no harm. What was handed over just before Carbon died is lost unseen: the protocol
 * has no answer by which that could be known.
 *
 * Source: https://graphite.readthedocs.io/en/latest/feeding-carbon.html
 */

import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Encoder } from '../codecs/codec.ts'
import { isPlace } from '../connections/place.ts'
import { carbonNumbers, carbonOptions } from '../core/carbon-options.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ReportKind } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { fault } from './posting/address.ts'
import { trustOptions } from './posting/http-place.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the Graphite sink. */
export const graphiteSinkOptions = {
  host: {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Name or address of Carbon.',
  },
  port: {
    kind: 'integer',
    min: 0,
    max: 65_535,
    default: 0,
    about: 'Its port. 0: 2003 for plaintext, 2004 for pickle.',
  },
  ...carbonOptions,
  numbers: {
    kind: 'text-list',
    default: carbonNumbers,
    about: 'Which numbers are written.',
  },
  tls: {
    kind: 'boolean',
    default: false,
    about: 'Speak TLS, for a proxy in front of Carbon: Carbon itself speaks none.',
  },
  ...trustOptions,
} as const satisfies OptionSpecs

export type GraphiteSinkOptions = OptionsOf<typeof graphiteSinkOptions>

const usualPorts = { plaintext: 2003, pickle: 2004 } as const
/** As long as a connection that carries nothing is kept alive by the operating system. */
const keepAliveMs = 15_000

/** Throws ERR_CONFIG_INVALID where these options name nothing to be written. */
export function checkGraphite({ host, template, numbers }: GraphiteSinkOptions): void {
  if (!isPlace(host)) throw fault(`host: expected a name or an address, found "${host}"`)
  if (!/^[^\s;]+$/.test(template)) {
    throw fault(`template: expected no spaces and no semicolons, found "${template}"`)
  }
  if (numbers.length === 0) throw fault('numbers: expected at least one, found none')
  const known: readonly string[] = graphiteSinkOptions.numbers.default
  for (const name of numbers) {
    if (!known.includes(name)) throw fault(`numbers: no "${name}"; there are ${known.join(', ')}`)
  }
}

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkGraphite` does. */
export class GraphiteSink implements Sink {
  readonly takesRuns = true
  readonly accepts: ReadonlySet<ReportKind> = new Set(['score', 'forecast', 'alarm'])
  readonly #options: GraphiteSinkOptions
  readonly #encoder: Encoder
  readonly #port: number
  /** Set while the connection stands. */
  #socket: Socket | undefined

  constructor(options: GraphiteSinkOptions, encoder: Encoder) {
    checkGraphite(options)
    this.#options = options
    this.#encoder = encoder
    this.#port = options.port === 0 ? usualPorts[options.form] : options.port
  }

  async write(reports: Reports, signal: AbortSignal): Promise<void> {
    const bytes = this.#encoder.encode(reports)
    if (bytes.length === 0) return
    const abort = (): void => void this.#socket?.destroy(new Error('given up: it took too long'))
    try {
      signal.throwIfAborted()
      const socket = this.#socket ?? this.#connecting()
      signal.addEventListener('abort', abort, { once: true })
      await handedOver(socket, bytes)
    } catch (cause) {
      this.#socket?.destroy()
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `cannot write to ${this.#options.host}:${this.#port}: ${why}`
      throw new SinkError(message, { retryable: true, cause })
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  close(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      socket.once('close', () => resolve())
      socket.end(() => socket.destroy())
    })
  }

  /** What is written to it waits until it is connected. */
  #connecting(): Socket {
    const { host, tls, tlsCa } = this.#options
    const place = { host, port: this.#port, noDelay: true }
    const alive = { keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    const trust = tlsCa === '' ? {} : { ca: tlsCa }
    const socket = tls
      ? connectTls({ ...place, ...alive, ...trust })
      : connectPlain({ ...place, ...alive })
    // Read, so that the end of the other side is seen; Carbon says nothing.
    socket.resume()
    socket.on('error', () => undefined)
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    this.#socket = socket
    return socket
  }
}

/** Resolves once the operating system has the bytes; rejects where the connection ends first. */
function handedOver(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure = new Error('the other side ended the connection')
    const failed = (error: Error): void => void (failure = error)
    const closed = (): void => reject(failure)
    socket.once('error', failed)
    socket.once('close', closed)
    socket.write(bytes, (error) => {
      socket.off('close', closed)
      socket.off('error', failed)
      if (error) reject(error)
      else resolve()
    })
  })
}

/** The row of the Graphite sink. */
export const graphiteSink = {
  about:
    'Writes scores, forecasts and alarms to Graphite’s Carbon, under names by Pensu’s template.',
  options: graphiteSinkOptions,
  encoderName: () => 'graphite-scores',
  encoderOptions: (options: AnyOptions): AnyOptions => {
    const { template, numbers, form, direction } = options as GraphiteSinkOptions
    return { template, numbers, form, direction }
  },
  check: (options: AnyOptions) => checkGraphite(options as GraphiteSinkOptions),
  create: (options: AnyOptions, { name, encoder }: SinkSurroundings) => {
    if (encoder === undefined) throw new TypeError(`the graphite sink ${name} has no encoder`)
    return new GraphiteSink(options as GraphiteSinkOptions, encoder)
  },
} satisfies SinkRow
