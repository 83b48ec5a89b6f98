/**
 * The incoming log: a record is answered for only once it is in here.
 *
 *   append ──▶ waiting ──one write for all──▶ segment file ──▶ answered ──▶ in memory ──▶ reader
 *                                                  │
 *   start:   segments, from the acknowledged offset on ──────────────────────────────────▶ reader
 *
 * Group commit: while one write is under way, what comes in waits and goes out with the next one.
 * After a write the records are handed to the reader from memory; the files are read only at the
 * start. Both memory and disk have a bound; at it `append` throws ERR_LOG_FULL and the source tells
 * its sender to wait. A process that is killed loses nothing that was answered; with `sync: full`
 * neither does a machine that loses power.
 *
 * Cost: one copy and one CRC-32 a record, one system call a group.
 */

import { mkdir, open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { InputRecord, NamedRecord } from '../core/record.ts'
import { encodedEntry } from './log/entry.ts'
import { listedSegments, segmentEntries, segmentPath, trimmed } from './log/segments.ts'
import type { Segment } from './log/segments.ts'
import type { LogBatch, LogState, RecordLog } from './store.ts'

/** Options of the incoming log. */
export const incomingLogOptions = {
  sync: {
    kind: 'choice',
    words: ['process', 'full'],
    default: 'process',
    about:
      'process: what was answered survives a kill of the process. full: each group is forced to ' +
      'the disk before it is answered, so it survives a loss of power too; slower.',
  },
  diskBytes: {
    kind: 'size',
    min: 1 << 20,
    max: 2 ** 50,
    default: 4 * 2 ** 30,
    about: 'Bound on disk. At it senders are told to wait (429, 503); nothing is dropped.',
  },
  memoryBytes: {
    kind: 'size',
    min: 1 << 16,
    max: 2 ** 34,
    default: 64 * 2 ** 20,
    about: 'Bound on records received but not scored yet. At it senders are told to wait.',
  },
  segmentBytes: {
    kind: 'size',
    min: 1 << 16,
    max: 2 ** 31,
    default: 32 * 2 ** 20,
    about: 'Size at which a new file is begun; whole files are dropped once acknowledged.',
  },
} as const satisfies OptionSpecs

export type IncomingLogOptions = OptionsOf<typeof incomingLogOptions>

/** Records handed to the reader at once, at most. */
const batchRecordsMax = 1024

interface Waiting {
  readonly input: string
  readonly records: readonly InputRecord[]
  readonly bytes: number
  readonly safe: () => void
  readonly refused: (error: unknown) => void
}

/** What opening found. */
export interface LogFindings {
  /** Bytes at the ends of segments that could not be read; a torn last write, or damage. */
  readonly lostBytes: number
}

/** See the head of the file. */
export class IncomingLog implements RecordLog {
  readonly partition = 'log'
  readonly #folder: string
  readonly #options: IncomingLogOptions
  readonly #segments: Segment[]
  #file: FileHandle | undefined
  #nextOffset: number
  #acknowledgedOffset: number
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** Records on disk and not read yet, in order. */
  #fresh: { named: NamedRecord; bytes: number }[] = []
  #memoryBytes = 0
  #diskBytes: number
  /** Segments of an earlier run that the reader must read first. */
  readonly #old: readonly Segment[]
  #wake: (() => void) | undefined
  #closed = false

  private constructor(folder: string, options: IncomingLogOptions, start: LogStart) {
    this.#folder = folder
    this.#options = options
    this.#segments = start.segments
    this.#old = [...start.segments]
    this.#acknowledgedOffset = start.acknowledgedOffset
    this.#nextOffset = start.nextOffset
    this.#diskBytes = start.segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /**
   * Opens the log in a folder, making it where missing. Torn ends are cut off and counted;
   * segments that hold nothing beyond `acknowledgedOffset` (-1: nothing acknowledged) are dropped.
   */
  static async open(
    folder: string,
    options: IncomingLogOptions,
    acknowledgedOffset: number,
  ): Promise<{ log: IncomingLog; findings: LogFindings }> {
    await mkdir(folder, { recursive: true })
    const kept: Segment[] = []
    let lostBytes = 0
    let nextOffset = acknowledgedOffset + 1
    for (const segment of await listedSegments(folder)) {
      const sound = await measured(segment)
      lostBytes += segment.bytes - sound.bytes
      nextOffset = Math.max(nextOffset, sound.lastOffset + 1)
      if (sound.bytes < segment.bytes) await trimmed(segment, sound.bytes)
      else if (sound.lastOffset <= acknowledgedOffset) await unlink(segment.path)
      if (sound.bytes > 0 && sound.lastOffset > acknowledgedOffset) kept.push(sound)
    }
    const start = { segments: kept, nextOffset, acknowledgedOffset }
    return { log: new IncomingLog(folder, options, start), findings: { lostBytes } }
  }

  append(input: string, records: readonly InputRecord[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
    if (this.#closed) return Promise.reject(refusal('ERR_LOG_FULL', 'it is closing'))
    if (this.#memoryBytes > 0 && this.#memoryBytes + bytes > this.#options.memoryBytes) {
      return Promise.reject(refusal('ERR_LOG_FULL', `${this.#memoryBytes} bytes wait in memory`))
    }
    if (this.#diskBytes + bytes > this.#options.diskBytes) {
      return Promise.reject(refusal('ERR_LOG_FULL', `${this.#diskBytes} bytes are on disk`))
    }
    this.#memoryBytes += bytes
    return new Promise((safe, refused) => {
      this.#waiting.push({ input, records, bytes, safe, refused })
      this.#writing ??= this.#writeAll()
    })
  }

  /** Writes groups until nothing waits. */
  async #writeAll(): Promise<void> {
    // One turn of the event loop gathers what comes in together.
    await new Promise((turn) => setImmediate(turn))
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      await this.#writeGroup(group)
    }
    this.#writing = undefined
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const firstOffset = this.#nextOffset
    const fresh: { named: NamedRecord; bytes: number }[] = []
    const entries: Buffer[] = []
    for (const { input, records } of group) {
      for (const record of records) {
        const offset = firstOffset + fresh.length
        entries.push(encodedEntry(input, record, offset))
        fresh.push({
          named: { input, record: relocated(record, this.partition, offset) },
          bytes: recordBytes(record),
        })
      }
    }
    try {
      await this.#writeEntries(entries, firstOffset, fresh.length)
    } catch (error) {
      for (const { bytes, refused } of group) {
        this.#memoryBytes -= bytes
        refused(refusal('ERR_LOG_WRITE', String(error), error))
      }
      return
    }
    this.#nextOffset = firstOffset + fresh.length
    for (const entry of fresh) this.#fresh.push(entry)
    for (const { safe } of group) safe()
    this.#wake?.()
  }

  async #writeEntries(entries: readonly Buffer[], firstOffset: number, count: number) {
    const segment = await this.#writable(firstOffset)
    const file = this.#file as FileHandle
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0)
    try {
      await writtenWhole(file, entries, segment.bytes)
      if (this.#options.sync === 'full') await file.datasync()
    } catch (error) {
      // What was half written must not stand between sound entries: a new file begins, and the
      // torn end of this one is passed over when it is read.
      this.#file = undefined
      if (segment.bytes === 0) this.#segments.pop()
      await file.truncate(segment.bytes).catch(() => {})
      await file.close().catch(() => {})
      throw error
    }
    segment.bytes += bytes
    segment.lastOffset = firstOffset + count - 1
    this.#diskBytes += bytes
  }

  /** The segment to write to; a new one where there is none or it is full. */
  async #writable(firstOffset: number): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (this.#file !== undefined && last !== undefined && last.bytes < this.#options.segmentBytes) {
      return last
    }
    await this.#file?.close()
    const path = segmentPath(this.#folder, firstOffset)
    this.#file = await open(path, 'w')
    const segment = { path, firstOffset, bytes: 0, lastOffset: firstOffset - 1 }
    this.#segments.push(segment)
    return segment
  }

  async *batches(signal: AbortSignal): AsyncIterable<LogBatch> {
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    yield* this.#oldBatches(signal)
    while (!signal.aborted) {
      if (this.#fresh.length === 0) {
        if (this.#closed) return
        await new Promise<void>((wake) => (this.#wake = wake))
        continue
      }
      const taken = this.#fresh.splice(0, batchRecordsMax)
      yield batchOf(taken.map(({ named }) => named))
      for (const { bytes } of taken) this.#memoryBytes -= bytes
    }
  }

  /** What an earlier run received and did not come to acknowledge. */
  async *#oldBatches(signal: AbortSignal): AsyncIterable<LogBatch> {
    for (const segment of this.#old) {
      for await (const entries of segmentEntries(segment, this.partition)) {
        if (signal.aborted) return
        const records = entries
          .filter(({ offset }) => offset > this.#acknowledgedOffset)
          .map(({ named }) => named)
        if (records.length > 0) yield batchOf(records)
      }
    }
  }

  acknowledge(offset: number): void {
    this.#acknowledgedOffset = Math.max(this.#acknowledgedOffset, offset)
    const writable = this.#file === undefined ? undefined : this.#segments.at(-1)
    while (this.#segments.length > 0) {
      const segment = this.#segments[0] as Segment
      if (segment === writable || segment.lastOffset > this.#acknowledgedOffset) return
      this.#segments.shift()
      this.#diskBytes -= segment.bytes
      // A file that stays is dropped at the next start.
      unlink(segment.path).catch(() => {})
    }
  }

  state(): LogState {
    return {
      diskBytes: this.#diskBytes,
      memoryBytes: this.#memoryBytes,
      lastOffset: this.#nextOffset - 1,
      acknowledgedOffset: this.#acknowledgedOffset,
    }
  }

  /** Refuses what comes from now on, writes what waits, lets the reader come to its end. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
    this.#wake?.()
  }
}

interface LogStart {
  readonly segments: Segment[]
  readonly nextOffset: number
  readonly acknowledgedOffset: number
}

/** A segment with its sound length and last offset. */
async function measured(segment: Segment): Promise<Segment> {
  const entries = segmentEntries(segment, '')
  let lastOffset = segment.firstOffset - 1
  for (;;) {
    const step = await entries.next()
    if (step.done) return { ...segment, bytes: step.value.soundBytes, lastOffset }
    lastOffset = step.value.at(-1)?.offset ?? lastOffset
  }
}

function batchOf(records: readonly NamedRecord[]): LogBatch {
  return { records, lastOffset: (records.at(-1) as NamedRecord).record.origin.offset }
}

/** The same record at its place in the log. */
function relocated(record: InputRecord, partition: string, offset: number): InputRecord {
  const origin = { partition, offset, receivedMs: record.origin.receivedMs }
  return { ...record, origin }
}

function recordBytes(record: InputRecord): number {
  return record.kind === 'data' ? record.bytes.length : 64
}

/** `writev` may write less than it was given; the rest goes out in further calls. */
async function writtenWhole(file: FileHandle, entries: readonly Buffer[], position: number) {
  let left = [...entries]
  let at = position
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left, at)
    at += bytesWritten
    left = rest(left, bytesWritten)
  }
}

function rest(buffers: readonly Buffer[], skippedBytes: number): Buffer[] {
  let skip = skippedBytes
  const left: Buffer[] = []
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length
    else {
      left.push(buffer.subarray(skip))
      skip = 0
    }
  }
  return left
}

function refusal(code: 'ERR_LOG_FULL' | 'ERR_LOG_WRITE', why: string, cause?: unknown): Error {
  return new ForewarnError(code, `the incoming log takes nothing: ${why}`, { cause })
}
