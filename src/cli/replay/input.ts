/**
 * The bytes of an input: a file or stdin, unpacked where they begin as gzip does.
 *
 * Read in pieces, the next one only when the one before was taken, so the size of an input does
 * not matter.
 */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ForewarnError } from '../../core/errors.ts'

/** Bytes read at once: enough that a call costs nothing for each row. */
const pieceBytes = 256 * 1024

/** An input by its name on the command line; `-` is stdin. */
export interface InputFile {
  readonly path: string
  /** NaN where it is not known. */
  readonly sizeBytes: number
}

export const stdinPath = '-'

/** The input of a path. Throws ERR_SOURCE_READ where there is no such file. */
export async function inputFile(path: string): Promise<InputFile> {
  if (path === stdinPath) return { path, sizeBytes: NaN }
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw new Error('it is a folder')
    return { path, sizeBytes: found.isFile() ? found.size : NaN }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Counts the bytes of a file as they are read, before unpacking. */
export interface ReadCount {
  bytes: number
}

/** The unpacked bytes of an input. Throws ERR_SOURCE_READ where they cannot be read or unpacked. */
export async function* inputBytes(
  input: InputFile,
  stdin: Readable,
  count: ReadCount,
): AsyncGenerator<Uint8Array> {
  const stream =
    input.path === stdinPath ? stdin : createReadStream(input.path, { highWaterMark: pieceBytes })
  try {
    yield* unpacked(counted(stream, count))
  } catch (cause) {
    throw unreadable(input.path, cause)
  } finally {
    if (stream !== stdin) stream.destroy()
  }
}

async function* counted(stream: Readable, count: ReadCount): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : (piece as Uint8Array)
    count.bytes += bytes.length
    yield bytes
  }
}

/** The first two bytes of gzip, RFC 1952 section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function* unpacked(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < 2) {
    const { value, done } = await pieces.next()
    if (done === true) break
    head = Buffer.concat([head, value])
  }
  if (!isGzip(head)) {
    if (head.length > 0) yield head
    yield* pieces
    return
  }
  const packed = async function* (): AsyncGenerator<Uint8Array> {
    yield head
    yield* pieces
  }
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  // An error destroys the last stream of the line, so the loop below throws it.
  pipeline(Readable.from(packed()), gunzip, () => undefined)
  for await (const piece of gunzip) yield piece as Uint8Array
}

/** Why an input cannot be read, with its name. */
export function unreadable(path: string, cause: unknown): ForewarnError {
  const name = path === stdinPath ? 'stdin' : path
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ForewarnError('ERR_SOURCE_READ', `cannot read ${name}: ${why}`, { cause })
}
