/**
 * The bytes of one log entry, little-endian:
 *
 *   bodyBytes: u32 │ crc32 of the body: u32 │ body
 *   body = offset: f64 │ receivedMs: f64 │ kind: u8 │ inputBytes: u8 │ input: UTF-8 │ payload
 *
 * The payload of data is the bytes as received; of a tick its time (f64); of a control record its
 * JSON. Kinds: 0 data, 1 tick, 2 control.
 */

import { crc32 } from 'node:zlib'
import type { InputRecord, NamedRecord } from '../../core/record.ts'

const headBytes = 8
const fixedBytes = 18

/** Longest name of an input, in bytes. */
const inputBytesMax = 255

/** One whole entry. */
export function encodedEntry(input: string, record: InputRecord, offset: number): Buffer {
  const name = Buffer.from(input).subarray(0, inputBytesMax)
  const payload = payloadOf(record)
  const bodyBytes = fixedBytes + name.length + payload.length
  const entry = Buffer.allocUnsafe(headBytes + bodyBytes)
  entry.writeUInt32LE(bodyBytes, 0)
  entry.writeDoubleLE(offset, 8)
  entry.writeDoubleLE(record.origin.receivedMs, 16)
  entry.writeUInt8(kinds.indexOf(record.kind), 24)
  entry.writeUInt8(name.length, 25)
  name.copy(entry, headBytes + fixedBytes)
  entry.set(payload, headBytes + fixedBytes + name.length)
  entry.writeUInt32LE(crc32(entry.subarray(headBytes)), 4)
  return entry
}

const kinds: readonly InputRecord['kind'][] = ['data', 'tick', 'control']

function payloadOf(record: InputRecord): Uint8Array {
  if (record.kind === 'data') return record.bytes
  if (record.kind === 'tick') {
    const time = Buffer.allocUnsafe(8)
    time.writeDoubleLE(record.timestampMs)
    return time
  }
  const { kind: _kind, origin: _origin, ...words } = record
  return Buffer.from(JSON.stringify(words))
}

/** An entry read back, and where the next one begins. */
export interface DecodedEntry {
  readonly named: NamedRecord
  readonly offset: number
  readonly end: number
}

/**
 * The entry at `start`; 'cut' where bytes are missing at the end, 'damaged' where they are wrong.
 * The record's bytes are a view: copy what you keep beyond the buffer.
 */
export function decodedEntry(
  bytes: Buffer,
  start: number,
  partition: string,
): DecodedEntry | 'cut' | 'damaged' {
  if (start + headBytes > bytes.length) return 'cut'
  const bodyBytes = bytes.readUInt32LE(start)
  const end = start + headBytes + bodyBytes
  if (bodyBytes < fixedBytes) return 'damaged'
  if (end > bytes.length) return 'cut'
  const body = bytes.subarray(start + headBytes, end)
  if (crc32(body) !== bytes.readUInt32LE(start + 4)) return 'damaged'
  const offset = body.readDoubleLE(0)
  const origin = { partition, offset, receivedMs: body.readDoubleLE(8) }
  const nameEnd = fixedBytes + body.readUInt8(17)
  const input = body.toString('utf8', fixedBytes, nameEnd)
  const record = recordOf(kinds[body.readUInt8(16)], body.subarray(nameEnd), origin)
  return record === undefined ? 'damaged' : { named: { input, record }, offset, end }
}

function recordOf(
  kind: InputRecord['kind'] | undefined,
  payload: Buffer,
  origin: InputRecord['origin'],
): InputRecord | undefined {
  if (kind === 'data') return { kind, bytes: payload, origin }
  if (kind === 'tick') return { kind, timestampMs: payload.readDoubleLE(0), origin }
  if (kind === 'control') return { ...JSON.parse(payload.toString()), kind, origin }
  return undefined
}
