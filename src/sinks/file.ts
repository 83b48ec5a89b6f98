/**
 * The file sink: reports appended to a file, one JSON object a line.
 *
 *   scores.jsonl      the file that grows
 *   scores.jsonl.1    the one before, where files are rotated by size
 *   scores.jsonl.2    …
 *
 * A batch is in the file as a whole or not at all: what a failed write left behind is cut off
 * before the batch is tried again, and a last line without its end (a crash, a full disk) is cut
 * off at the start. So every line in the file is whole. A file that was moved away or deleted by
 * another program (logrotate) is made anew with the next batch.
 *
 * Batches are read back by any reader of lines; reports that were written twice after a crash have
 * the same id.
 */

import { mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Encoder } from '../codecs/codec.ts'
import { ForewarnError } from '../core/errors.ts'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ReportKind } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the file sink. */
export const fileSinkOptions = {
  path: {
    kind: 'text',
    default: 'forewarn-reports.jsonl',
    about: 'The file to append to. Folders that are missing are made.',
  },
  format: {
    kind: 'choice',
    words: ['json-lines', 'log-line', 'aggregate'],
    default: 'json-lines',
    about:
      'json-lines: one JSON object a line. log-line: a log line for every scored sample. ' +
      'aggregate: samples of groups alone, as JSON with a member a field.',
  },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Write every warning of a broken objective, and what became of it.',
  },
  scores: {
    kind: 'boolean',
    default: true,
    about: 'Write every scored sample.',
  },
  rejections: {
    kind: 'boolean',
    default: true,
    about: 'Write every refused sample or line.',
  },
  forecasts: {
    kind: 'boolean',
    default: true,
    about: 'Write every forecast.',
  },
  rotateBytes: {
    kind: 'size',
    min: 0,
    max: 2 ** 50,
    default: 0,
    about: 'A file that has grown to this size is put aside under a number. 0: never.',
  },
  keptFiles: {
    kind: 'integer',
    min: 1,
    max: 1_000,
    default: 5,
    about: 'This many files that were put aside are kept; older ones are deleted.',
  },
  sync: {
    kind: 'choice',
    words: ['none', 'batch'],
    default: 'none',
    about:
      'none: the operating system writes to the disk when it likes. batch: each batch is on the ' +
      'disk before the next one, so that it outlives a loss of power.',
  },
} as const satisfies OptionSpecs

export type FileSinkOptions = OptionsOf<typeof fileSinkOptions>

/** Bytes read at once in search of the last line end. */
const blockBytes = 65_536

const newline = 10

/** See the head of the file. `open` may be called first, to learn early whether it can be. */
export class FileSink implements Sink {
  readonly takesRuns = true
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: FileSinkOptions
  readonly #encoder: Encoder
  #file: FileHandle | undefined
  #lengthBytes = 0
  #resumeAt: number

  /** `resumeAt`: the length that the last checkpoint left; what lies beyond is written anew. */
  constructor(options: FileSinkOptions, encoder: Encoder, resumeAt = Infinity) {
    const kinds: ReportKind[] = ['alarm']
    if (options.scores) kinds.push('score')
    if (options.rejections) kinds.push('rejection')
    if (options.warnings) kinds.push('warning')
    if (options.forecasts) kinds.push('forecast')
    this.accepts = new Set(kinds)
    this.#options = options
    this.#encoder = encoder
    this.#resumeAt = resumeAt
  }

  position(): number {
    return this.#lengthBytes
  }

  async write(reports: Reports, signal: AbortSignal): Promise<void> {
    const bytes = this.#encoder.encode(reports)
    if (bytes.length === 0) return
    try {
      signal.throwIfAborted()
      await this.#reopenIfMoved()
      await this.#rotateIfFull()
      const file = (this.#file ??= await this.open())
      await this.#append(file, bytes)
      if (this.#options.sync === 'batch') await file.datasync()
    } catch (cause) {
      throw refusal(this.#options.path, cause)
    }
  }

  /** Opens the file, cuts off a torn last line and takes its length. */
  async open(): Promise<FileHandle> {
    const { path } = this.#options
    await mkdir(dirname(path), { recursive: true })
    // 'a+' makes the file where it is missing, appends wherever another program cut it, and reads.
    const file = await open(path, 'a+')
    const { size } = await file.stat()
    this.#lengthBytes = await wholeLinesBytes(file, Math.min(size, this.#resumeAt))
    this.#resumeAt = Infinity
    if (this.#lengthBytes < size) await file.truncate(this.#lengthBytes)
    this.#file = file
    return file
  }

  /** All of the bytes, or none: what a failure left behind is cut off. */
  async #append(file: FileHandle, bytes: Uint8Array): Promise<void> {
    const { size } = await file.stat()
    try {
      await file.appendFile(bytes)
    } catch (error) {
      await file.truncate(size)
      throw error
    }
    this.#lengthBytes = size + bytes.length
  }

  /** The path may lead to another file by now, or to none. */
  async #reopenIfMoved(): Promise<void> {
    if (this.#file === undefined) return
    const held = await this.#file.stat()
    const named = await stat(this.#options.path).catch(absent)
    if (named !== undefined && named.ino === held.ino && named.dev === held.dev) return
    await this.#release()
  }

  async #rotateIfFull(): Promise<void> {
    const { path, rotateBytes, keptFiles } = this.#options
    if (rotateBytes === 0 || this.#file === undefined || this.#lengthBytes < rotateBytes) return
    await this.#release()
    await unlink(`${path}.${keptFiles}`).catch(absent)
    for (let age = keptFiles - 1; age >= 1; age--) {
      await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(absent)
    }
    await rename(path, `${path}.1`).catch(absent)
  }

  async #release(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async close(): Promise<void> {
    await this.#release()
  }
}

/** Bytes up to the last line end. Reads backwards, so a whole file costs one block. */
async function wholeLinesBytes(file: FileHandle, sizeBytes: number): Promise<number> {
  const block = new Uint8Array(blockBytes)
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - blockBytes)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    const last = block.subarray(0, bytesRead).lastIndexOf(newline)
    if (last >= 0) return start + last + 1
    end = start
  }
  return 0
}

/** Nothing where there is no such file; any other error goes on. */
function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** A full disk or a missing right can be put right by somebody, so everything is tried again. */
function refusal(path: string, cause: unknown): SinkError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new SinkError(`cannot append to ${path}: ${why}`, { retryable: true, cause })
}

/** The row of the file sink. */
export const fileSink: SinkRow = {
  about: 'Appends reports to a file, one JSON object a line.',
  options: fileSinkOptions,
  encoderName: (options: AnyOptions) => (options as FileSinkOptions).format,
  create: async (options: AnyOptions, surroundings: SinkSurroundings) => {
    const { name, encoder, resumeAt } = surroundings
    const chosen = options as FileSinkOptions
    if (encoder === undefined) throw new TypeError(`the file sink ${name} was given no encoder`)
    const sink = new FileSink(chosen, encoder, resumeAt)
    await sink.open().catch((cause: unknown) => {
      throw new ForewarnError('ERR_SINK_WRITE', `sink ${name}: cannot open ${chosen.path}`, {
        cause,
      })
    })
    return sink
  },
}
