/**
 * Following a file that grows, is moved away, or is cut short.
 *
 *   app.log (inode 7) ──▶ app.log.1 (inode 7)        read to its end, then
 *                         app.log   (inode 9)        from its start
 *
 * Each inode is a part of its own (`7`), so offsets grow inside a part. A file that becomes shorter
 * than what was read was cut; what is in it now is a new part (`7.1`, `7.2`, …).
 *
 * After a restart the positions of the last run say which inodes were read and how far. If the path
 * has another inode by then, the old one is looked for in the same folder and read to its end
 * first. One that was packed or removed meanwhile is lost: keep the newest rotated file unpacked.
 *
 * Cost: one read and at most one stat each `poll`; memory of one chunk and one line.
 */

import { lstat, open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ForewarnError } from '../../core/errors.ts'
import { LinePayloads } from '../framing/line-payloads.ts'
import type { LinePayload } from '../framing/line-payloads.ts'
import { passed } from '../pacing/beats.ts'
import type { SourceSurroundings } from '../source.ts'

export interface TailOptions {
  readonly path: string
  readonly from: 'start' | 'end'
  readonly pollMs: number
  readonly lineBytesMax: number
}

/** A payload and the part of the file's history that it is from. */
export interface PartPayload extends LinePayload {
  readonly part: string
}

const chunkBytes = 256 * 1024

/** See the head of the file. Ends when the signal aborts. */
export async function* followedLines(
  options: TailOptions,
  surroundings: SourceSurroundings,
  positions: ReadonlyMap<string, number>,
  signal: AbortSignal,
): AsyncGenerator<PartPayload, void, undefined> {
  const read = new ReadParts(surroundings.name, positions)
  const tail = { options, surroundings, read, signal }
  for (const path of await movedAway(options.path, read)) {
    const handle = await opened(path)
    if (handle !== undefined) yield* toItsEnd(handle, tail, async () => 'moved')
  }
  let from = read.some ? 'start' : options.from
  while (!signal.aborted) {
    const handle = await opened(options.path)
    if (handle === undefined) {
      await passed(options.pollMs, surroundings.clock, signal)
    } else {
      if (from === 'end') await read.skipToEnd(handle)
      yield* toItsEnd(handle, tail, (part) => fateOf(options.path, part))
    }
    from = 'start'
  }
}

interface Tail {
  readonly options: TailOptions
  readonly surroundings: SourceSurroundings
  readonly read: ReadParts
  readonly signal: AbortSignal
}

/** An open file's identity and how far it was read. */
interface Part {
  readonly inode: bigint
  readonly offset: number
}

type Fate = 'same' | 'moved' | 'cut'

/** Reads one open file until it has been moved away or cut and nothing is left in it. */
async function* toItsEnd(
  handle: FileHandle,
  tail: Tail,
  fate: (part: Part) => Promise<Fate>,
): AsyncGenerator<PartPayload, void, undefined> {
  const { options, surroundings, read, signal } = tail
  try {
    const { part, inode, startOffset } = await read.partOf(handle)
    const payloads = new LinePayloads(options.lineBytesMax, startOffset, surroundings.onRejection)
    const buffer = new Uint8Array(chunkBytes)
    let offset = startOffset
    let last: Fate = 'same'
    while (!signal.aborted) {
      const bytesRead = await bytesInto(buffer, handle, offset, options.path)
      offset += bytesRead
      const payload = payloads.push(buffer.subarray(0, bytesRead))
      if (payload !== undefined) {
        read.taken(part, payload.endOffset)
        yield { ...payload, part }
      }
      if (bytesRead > 0) continue
      if (last !== 'same') break
      last = await fate({ inode, offset })
      if (last === 'same') await passed(options.pollMs, surroundings.clock, signal)
    }
    if (signal.aborted) return
    const rest = payloads.flush()
    read.taken(part, last === 'cut' ? Infinity : offset)
    if (rest !== undefined) yield { ...rest, part }
  } finally {
    await handle.close()
  }
}

async function bytesInto(
  buffer: Uint8Array,
  handle: FileHandle,
  offset: number,
  path: string,
): Promise<number> {
  try {
    return (await handle.read(buffer, 0, buffer.length, offset)).bytesRead
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** What became of the file that we have read to its end. */
async function fateOf(path: string, { inode, offset }: Part): Promise<Fate> {
  try {
    const now = await stat(path, { bigint: true })
    if (now.ino !== inode) return 'moved'
    return Number(now.size) < offset ? 'cut' : 'same'
  } catch (cause) {
    if (isMissing(cause)) return 'moved'
    throw unreadable(path, cause)
  }
}

/** How far each part has been read, by this run and the one before. */
class ReadParts {
  readonly #offsets = new Map<string, number>()

  constructor(name: string, positions: ReadonlyMap<string, number>) {
    for (const [partition, offset] of positions) {
      if (partition.startsWith(name + '/')) {
        this.#offsets.set(partition.slice(name.length + 1), offset)
      }
    }
  }

  /** True if anything was read before. */
  get some(): boolean {
    return this.#offsets.size > 0
  }

  /** An offset of Infinity: what is in that file by now is not what was read. */
  taken(part: string, offset: number): void {
    this.#offsets.set(part, offset)
  }

  /** Inodes that have been read. */
  inodes(): Set<string> {
    return new Set([...this.#offsets.keys()].map((part) => part.split('.')[0] as string))
  }

  /** The part that an open file goes on with: the newest of its inode, or a new one if cut. */
  async partOf(handle: FileHandle): Promise<{ part: string; inode: bigint; startOffset: number }> {
    const { ino: inode, size } = await handle.stat({ bigint: true })
    let cuts = 0
    let part = inode.toString()
    while (this.#offsets.has(`${inode}.${cuts + 1}`)) part = `${inode}.${++cuts}`
    const startOffset = this.#offsets.get(part) ?? 0
    if (startOffset <= Number(size)) return { part, inode, startOffset }
    return { part: `${inode}.${cuts + 1}`, inode, startOffset: 0 }
  }

  /** Counts all that is in an open file as read. */
  async skipToEnd(handle: FileHandle): Promise<void> {
    const { ino, size } = await handle.stat({ bigint: true })
    this.taken(ino.toString(), Number(size))
  }
}

/** Files of the same folder that the last run had not read to the end, oldest first. */
async function movedAway(path: string, read: ReadParts): Promise<string[]> {
  const inodes = read.inodes()
  if (inodes.size === 0) return []
  const folder = dirname(path)
  const found: { path: string; modifiedMs: number }[] = []
  for (const name of await readdir(folder)) {
    const other = join(folder, name)
    if (name === basename(path)) continue
    const { ino, mtimeMs } = await lstat(other, { bigint: true })
    if (inodes.has(ino.toString())) found.push({ path: other, modifiedMs: Number(mtimeMs) })
  }
  return found.sort((a, b) => a.modifiedMs - b.modifiedMs).map((file) => file.path)
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw unreadable(path, cause)
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function unreadable(path: string, cause: unknown): ForewarnError {
  return new ForewarnError('ERR_SOURCE_READ', `cannot read the file ${path}`, { cause })
}
