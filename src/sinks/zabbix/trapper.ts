/**
 * Zabbix' trapper protocol: one request a connection.
 *
 *   "ZBXD" · flags · length uint32 LE · reserved uint32 LE · JSON
 *
 * Flags: 1 protocol (always), 2 compressed, 4 large. With flag 2 the JSON is zlib's and `reserved`
 * is its length before; with flag 4 both lengths are 8 bytes. The answer says `success` also where
 * nothing was stored: what counts is in its text,
 * `processed: 2; failed: 0; total: 2; seconds spent: 0.000060`.
 * Source: https://www.zabbix.com/documentation/6.0/en/manual/appendix/protocols/header_datalen
 */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { deflateSync, inflateSync } from 'node:zlib'
import { tlsPeer } from '../../connections/tls.ts'
import type { ZabbixSinkOptions } from './options.ts'

const protocolFlag = 1
const compressedFlag = 2
const largeFlag = 4
/** An answer is a line of numbers; whatever is longer than this is none. */
const answerBytesMax = 64 * 1024

/** One value of one item. */
export interface TrapperValue {
  readonly host: string
  readonly key: string
  readonly value: string
  /** Seconds and nanoseconds of the sample. */
  readonly clock: number
  readonly ns: number
}

/** How many of the values the server took. */
export interface TrapperAnswer {
  readonly processed: number
  readonly failed: number
}

/** A request of these values. */
export function trapperRequest(values: readonly TrapperValue[], compress: boolean): Buffer {
  const json = Buffer.from(JSON.stringify({ request: 'sender data', data: values }))
  const body = compress ? deflateSync(json, { level: 1 }) : json
  const head = Buffer.alloc(13)
  head.write('ZBXD', 'latin1')
  head[4] = compress ? protocolFlag | compressedFlag : protocolFlag
  head.writeUInt32LE(body.length, 5)
  head.writeUInt32LE(compress ? json.length : 0, 9)
  return Buffer.concat([head, body])
}

/** The JSON in a whole frame; undefined while bytes are missing. Throws where it is no frame. */
export function trapperBody(bytes: Buffer): string | undefined {
  const magic = Buffer.from('ZBXD')
  const seen = Math.min(4, bytes.length)
  if (!bytes.subarray(0, seen).equals(magic.subarray(0, seen))) throw new Error('no Zabbix answer')
  if (bytes.length < 13) return undefined
  const flags = bytes[4] as number
  if ((flags & protocolFlag) === 0 || (flags & largeFlag) !== 0) {
    throw new Error(`an answer with flags ${flags}`)
  }
  const length = bytes.readUInt32LE(5)
  const plainLength = bytes.readUInt32LE(9)
  if (length > answerBytesMax || plainLength > answerBytesMax) {
    throw new Error(`an answer of ${Math.max(length, plainLength)} bytes`)
  }
  if (bytes.length < 13 + length) return undefined
  const body = bytes.subarray(13, 13 + length)
  if ((flags & compressedFlag) === 0) return body.toString('utf8')
  return inflateSync(body, { maxOutputLength: answerBytesMax }).toString('utf8')
}

/** What an answer says. Throws, with the server's own words, where it is no success. */
export function trapperAnswer(json: string): TrapperAnswer {
  const { response, info } = JSON.parse(json) as { response?: unknown; info?: unknown }
  const counts = /processed: (\d{1,10}); failed: (\d{1,10});/.exec(String(info))
  if (response !== 'success' || counts === null) {
    throw new Error(`the answer ${json.slice(0, 200)}`)
  }
  return { processed: Number(counts[1]), failed: Number(counts[2]) }
}

/** Sends one request and reads its answer, over a connection of its own. */
export function exchanged(
  options: ZabbixSinkOptions,
  request: Buffer,
  signal: AbortSignal,
): Promise<TrapperAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error('broken off'))
      return
    }
    const socket = opened(options)
    let read = Buffer.alloc(0)
    const ended = (error: unknown): void => {
      signal.removeEventListener('abort', cut)
      socket.destroy()
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    const cut = (): void => ended(new Error('broken off'))
    signal.addEventListener('abort', cut, { once: true })
    socket.on('error', ended)
    socket.on('close', () => ended(new Error('the connection was closed before the answer')))
    socket.on('data', (bytes: Buffer) => {
      try {
        read = Buffer.concat([read, bytes])
        const body = trapperBody(read)
        if (body === undefined) return
        resolve(trapperAnswer(body))
        ended(undefined)
      } catch (error) {
        ended(error)
      }
    })
    socket.write(request)
  })
}

function opened(options: ZabbixSinkOptions): Socket {
  const { host, port, tls } = options
  return tls ? connectTls({ host, port, ...tlsPeer(options, host) }) : connect({ host, port })
}
