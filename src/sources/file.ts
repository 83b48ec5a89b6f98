/**
 * File: the lines of a file, to its end or for as long as it grows.
 *
 *   follow: false   reads to the end and ends; `.gz` is unpacked
 *   follow: true    waits for more, as `tail -F` does, through rotation and truncation
 *
 * A record's offset is the position of the byte behind it, so a run that is given the positions of
 * the one before goes on exactly there. In a `.gz` it is the position in the unpacked bytes.
 */

import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { followedLines } from './file/tail.ts'
import { LinePayloads } from './framing/line-payloads.ts'
import type { LinePayload } from './framing/line-payloads.ts'
import { streamedLines } from './framing/streamed-lines.ts'
import type { Source, SourceSurroundings } from './source.ts'

const mebibyte = 1024 ** 2

export const fileOptions = {
  path: {
    kind: 'text',
    default: '',
    about: 'Path of the file.',
  },
  follow: {
    kind: 'boolean',
    default: false,
    about: 'Wait for more at the end, and go on in the new file when the old one is moved away.',
  },
  from: {
    kind: 'choice',
    words: ['start', 'end'],
    default: 'start',
    about: 'With `follow`: where to begin in a file that was never read before.',
  },
  pollMs: {
    kind: 'duration',
    min: 10,
    max: 60_000,
    default: 250,
    about: 'With `follow`: how often to look for more.',
  },
  lineBytesMax: {
    kind: 'size',
    min: 256,
    max: 64 * mebibyte,
    default: mebibyte,
    about: 'A longer line is refused and what comes after it is read on.',
  },
} as const satisfies OptionSpecs

export type FileOptions = OptionsOf<typeof fileOptions>

/** Large enough that a payload holds thousands of lines, small enough to stay in the cache. */
const chunkBytes = 256 * 1024

/** See the head of the file. Throws ERR_CONFIG_INVALID where its options do not go together. */
export class FileSource implements Source {
  readonly #options: FileOptions
  readonly #surroundings: SourceSurroundings

  constructor(options: FileOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    if (options.path === '') throw invalid('a file source needs a path')
    if (options.follow && options.path.endsWith('.gz')) {
      throw invalid(`cannot follow the packed file ${options.path}`)
    }
  }

  async *batches(
    signal: AbortSignal,
    positions: ReadonlyMap<string, number> = new Map(),
  ): AsyncGenerator<Batch> {
    const { name, clock } = this.#surroundings
    const lines = this.#options.follow
      ? followedLines(this.#options, this.#surroundings, positions, signal)
      : this.#wholeFile(positions.get(name) ?? 0, signal)
    for await (const { bytes, endOffset: offset, part } of lines) {
      const partition = part === '' ? name : `${name}/${part}`
      const origin = { partition, offset, receivedMs: clock.nowMs() }
      yield { records: [{ kind: 'data', bytes, origin }], acknowledge: () => {} }
    }
  }

  async *#wholeFile(
    startOffset: number,
    signal: AbortSignal,
  ): AsyncGenerator<LinePayload & { readonly part: string }> {
    const { path, lineBytesMax } = this.#options
    const payloads = new LinePayloads(lineBytesMax, startOffset, this.#surroundings.onRejection)
    const stream = path.endsWith('.gz') ? unpacked(path, startOffset) : plain(path, startOffset)
    for await (const payload of streamedLines(stream, payloads, `the file ${path}`, signal)) {
      yield { ...payload, part: '' }
    }
  }
}

function plain(path: string, start: number): Readable {
  return createReadStream(path, { start, highWaterMark: chunkBytes })
}

/** The unpacked bytes behind a position. What comes before it is unpacked and passed over. */
function unpacked(path: string, start: number): Readable {
  const packed = createReadStream(path, { highWaterMark: chunkBytes })
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  packed.on('error', (error) => gunzip.destroy(error))
  gunzip.on('close', () => packed.destroy())
  packed.pipe(gunzip)
  let left = start
  return gunzip.flatMap((chunk: Uint8Array) => {
    const skipped = Math.min(left, chunk.length)
    left -= skipped
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)]
  })
}

function invalid(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}
