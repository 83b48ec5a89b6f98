/**
 * The files of a log: segments named by the first offset in them, read oldest first.
 *
 *   0000000000000000.log   0000000000004711.log   0000000000009002.log  ◀ written to
 *   └ dropped once everything in it is acknowledged
 */

import { open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { decodedEntry } from './entry.ts'
import type { DecodedEntry } from './entry.ts'

const nameDigits = 16

/** How much is read at a time; an entry larger than it is read whole. */
const readBytes = 1 << 20

/** One file of the log. */
export interface Segment {
  readonly path: string
  readonly firstOffset: number
  /** Length of the sound part. */
  bytes: number
  lastOffset: number
}

export function segmentPath(folder: string, firstOffset: number): string {
  return join(folder, String(firstOffset).padStart(nameDigits, '0') + '.log')
}

/** The segments in a folder, oldest first; lengths as the disk says. */
export async function listedSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.log$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const firstOffset = Number(name.slice(0, nameDigits))
      return { path, firstOffset, bytes: (await stat(path)).size, lastOffset: firstOffset - 1 }
    }),
  )
}

/** What was found while reading a segment to its end. */
export interface SegmentEnd {
  /** Where the sound part ends. */
  readonly soundBytes: number
  /** Bytes after it that cannot be read. */
  readonly lostBytes: number
}

/**
 * Yields the entries of a segment in groups, as far as they are sound. Memory: one group. The
 * records own their bytes.
 */
export async function* segmentEntries(
  segment: Segment,
  partition: string,
): AsyncGenerator<DecodedEntry[], SegmentEnd> {
  const file = await open(segment.path, 'r')
  try {
    let start = 0
    let wanted = readBytes
    for (;;) {
      const buffer = Buffer.allocUnsafe(wanted)
      const { bytesRead } = await file.read(buffer, 0, wanted, start)
      const { entries, used, why } = soundEntries(buffer.subarray(0, bytesRead), partition)
      if (entries.length > 0) yield entries
      start += used
      if (entries.length === 0) {
        const more = why === 'cut' && bytesRead === wanted
        if (!more) return { soundBytes: start, lostBytes: segment.bytes - start }
        wanted *= 2
      } else wanted = readBytes
    }
  } finally {
    await file.close()
  }
}

function soundEntries(
  bytes: Buffer,
  partition: string,
): { entries: DecodedEntry[]; used: number; why: 'cut' | 'damaged' } {
  const entries: DecodedEntry[] = []
  let used = 0
  for (;;) {
    const entry = decodedEntry(bytes, used, partition)
    if (typeof entry === 'string') return { entries, used, why: entry }
    entries.push(entry)
    used = entry.end
  }
}

/** Cuts a segment to its sound part, or removes it where nothing in it is sound. */
export async function trimmed(segment: Segment, soundBytes: number): Promise<void> {
  if (soundBytes === 0) {
    await unlink(segment.path)
    return
  }
  const file = await open(segment.path, 'r+')
  try {
    await file.truncate(soundBytes)
  } finally {
    await file.close()
  }
}
