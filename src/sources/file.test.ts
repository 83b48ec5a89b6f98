import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { FileSource, fileOptions } from './file.ts'
import type { FileOptions } from './file.ts'
import { TestSurroundings, iterated, nextBatch, sourceContract, textOf } from './source.contract.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-file-'))
  path = join(folder, 'metrics.log')
})

afterEach(() => rm(folder, { recursive: true }))

function source(
  given: Partial<FileOptions> = {},
  surroundings = new TestSurroundings(),
): FileSource {
  return new FileSource(optionsWithDefaults(fileOptions, { path, ...given }), surroundings)
}

/** All batches of a source that ends, from the positions of an earlier run. */
async function all(made: FileSource, positions?: ReadonlyMap<string, number>): Promise<Batch[]> {
  const batches: Batch[] = []
  const signal = new AbortController().signal
  for await (const batch of made.batches(signal, positions)) batches.push(batch)
  return batches
}

/** What a run that took these batches leaves for the next one. */
function positionsAfter(batches: readonly Batch[]): Map<string, number> {
  const origins = batches.flatMap(({ records }) => records.map(({ origin }) => origin))
  return new Map(origins.map(({ partition, offset }) => [partition, offset]))
}

sourceContract('file', {
  batches: 1,
  async make(surroundings) {
    await writeFile(path, 'a 1\nb 2\n')
    return source({}, surroundings as TestSurroundings)
  },
})

sourceContract('file that is followed', {
  batches: 1,
  async make(surroundings) {
    await writeFile(path, 'a 1\nb 2\n')
    return source({ follow: true }, surroundings as TestSurroundings)
  },
})

describe('a file', () => {
  test('is read to its end, the last line without a line end included', async () => {
    await writeFile(path, 'a 1\nb 2\nc 3')
    const batches = await all(source())
    expect(textOf(batches)).toBe('a 1\nb 2\nc 3')
    expect(batches.flatMap(({ records }) => records.map(({ origin }) => origin.offset))).toEqual([
      8, 11,
    ])
  })

  test('comes in pieces that end with a line, whatever its size', async () => {
    const line = 'cpu,host=vm1 usage_user=3.5 1592222400000000000\n'
    await writeFile(path, line.repeat(30_000))
    const batches = await all(source())
    expect(batches.length).toBeGreaterThan(3)
    expect(batches.every((batch) => textOf([batch]).endsWith('\n'))).toBe(true)
    expect(textOf(batches) === line.repeat(30_000)).toBe(true)
    expect(batches.at(-1)?.records[0]?.origin.offset).toBe(line.length * 30_000)
  })

  test('is gone on with where the last run stopped', async () => {
    await writeFile(path, 'a 1\nb 2\n')
    const positions = positionsAfter(await all(source()))
    expect(await all(source(), positions)).toEqual([])
    await appendFile(path, 'c 3\n')
    expect(textOf(await all(source(), positions))).toBe('c 3\n')
  })

  test('is unpacked where its name ends in .gz, also in several members', async () => {
    path += '.gz'
    await writeFile(path, Buffer.concat([gzipSync('a 1\nb'), gzipSync(' 2\nc 3\n')]))
    const batches = await all(source())
    expect(textOf(batches)).toBe('a 1\nb 2\nc 3\n')
    expect(positionsAfter(batches).get('under-test')).toBe(12)
    expect(textOf(await all(source(), new Map([['under-test', 4]])))).toBe('b 2\nc 3\n')
  })

  test('that is damaged, missing or a folder is an error that names it', async () => {
    path += '.gz'
    await writeFile(path, gzipSync('a 1\n'.repeat(10_000)).subarray(0, 40))
    const named = { code: 'ERR_SOURCE_READ', message: `cannot read the file ${path}` }
    await expect(all(source())).rejects.toMatchObject(named)
    await expect(all(source({ path: join(folder, 'none') }))).rejects.toMatchObject({
      code: 'ERR_SOURCE_READ',
      cause: { code: 'ENOENT' },
    })
    await expect(all(source({ path: folder }))).rejects.toMatchObject({ code: 'ERR_SOURCE_READ' })
  })

  test('refuses a line over the limit and reads on behind it', async () => {
    await writeFile(path, 'a 1\n' + 'x'.repeat(400_000) + '\nb 2\n')
    const surroundings = new TestSurroundings()
    expect(textOf(await all(source({ lineBytesMax: 1000 }, surroundings)))).toBe('a 1\nb 2\n')
    expect(surroundings.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
  })

  test('needs a path, and cannot be followed where it is packed', () => {
    expect(() => source({ path: '' })).toThrow('a file source needs a path')
    expect(() => source({ path: 'a.gz', follow: true })).toThrow(
      'cannot follow the packed file a.gz',
    )
  })
})

describe('a file that is followed', () => {
  /** A source under way, and what it gave. */
  class Following {
    readonly surroundings = new TestSurroundings()
    readonly taken: Batch[] = []
    readonly #stop = new AbortController()
    readonly #batches: AsyncIterator<Batch>

    constructor(given: Partial<FileOptions> = {}, positions?: ReadonlyMap<string, number>) {
      const made = source({ follow: true, ...given }, this.surroundings)
      this.#batches = iterated(made, this.#stop.signal, positions)
    }

    async next(): Promise<string> {
      const batch = await nextBatch(this.#batches, this.surroundings.clock)
      if (batch === undefined) return ''
      this.taken.push(batch)
      return textOf([batch])
    }

    async stop(): Promise<Map<string, number>> {
      this.#stop.abort()
      await this.#batches.return?.()
      return positionsAfter(this.taken)
    }
  }

  test('gives what is appended, whole lines only', async () => {
    await writeFile(path, 'a 1\nb')
    const following = new Following()
    expect(await following.next()).toBe('a 1\n')
    await appendFile(path, ' 2\nc')
    expect(await following.next()).toBe('b 2\n')
    await following.stop()
  })

  test('is waited for where it is not there yet', async () => {
    const following = new Following()
    const pending = following.next()
    await writeFile(path, 'a 1\n')
    expect(await pending).toBe('a 1\n')
    await following.stop()
  })

  test('may begin at its end', async () => {
    await writeFile(path, 'old 1\n')
    const following = new Following({ from: 'end' })
    const pending = following.next()
    await following.surroundings.clock.advance(1000)
    await appendFile(path, 'new 2\n')
    expect(await pending).toBe('new 2\n')
    await following.stop()
  })

  test('is read to its end after it was moved away, and the new one from its start', async () => {
    await writeFile(path, 'a 1\n')
    const following = new Following()
    expect(await following.next()).toBe('a 1\n')
    await rename(path, path + '.1')
    await appendFile(path + '.1', 'late 2\nunended')
    await writeFile(path, 'b 3\n')
    expect(await following.next()).toBe('late 2\n')
    expect(await following.next()).toBe('unended')
    expect(await following.next()).toBe('b 3\n')
    const partitions = new Set(following.taken.map(({ records }) => records[0]?.origin.partition))
    expect(partitions.size).toBe(2)
    await following.stop()
  })

  test('is begun anew where it was cut short, with offsets in a part of their own', async () => {
    await writeFile(path, 'a 1\nb 2\n')
    const following = new Following()
    expect(await following.next()).toBe('a 1\nb 2\n')
    await truncate(path, 0)
    await following.surroundings.clock.advance(1000)
    const pending = following.next()
    await following.surroundings.clock.advance(1000)
    await appendFile(path, 'c 3\n')
    expect(await pending).toBe('c 3\n')
    const [first, second] = following.taken.map(({ records }) => records[0]?.origin)
    expect(second).toMatchObject({ partition: `${first?.partition}.1`, offset: 4 })
    const positions = await following.stop()
    await appendFile(path, 'd 4\n')
    const again = new Following({}, positions)
    expect(await again.next()).toBe('d 4\n')
    await again.stop()
  })

  test('is gone on with where the last run stopped', async () => {
    await writeFile(path, 'a 1\n')
    const first = new Following()
    await first.next()
    const positions = await first.stop()
    await appendFile(path, 'b 2\n')
    const second = new Following({ from: 'end' }, positions)
    expect(await second.next()).toBe('b 2\n')
    await second.stop()
  })

  test('is found under its new name where it was moved away between two runs', async () => {
    await writeFile(path, 'a 1\n')
    const first = new Following()
    await first.next()
    const positions = await first.stop()
    await appendFile(path, 'b 2\n')
    await rename(path, path + '.1')
    await writeFile(path, 'c 3\n')
    await writeFile(path + '.other', 'x 9\n')
    const second = new Following({}, positions)
    expect(await second.next()).toBe('b 2\n')
    expect(await second.next()).toBe('c 3\n')
    await second.stop()
  })

  test('that turns out to be a folder is an error', async () => {
    const following = new Following({ path: folder })
    await expect(following.next()).rejects.toMatchObject({ code: 'ERR_SOURCE_READ' })
  })
})
