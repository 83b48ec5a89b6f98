import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { TestSurroundings, firstBatches, sourceContract, textOf } from './source.contract.ts'
import { StdinSource, stdinOptions } from './stdin.ts'

const options = optionsWithDefaults(stdinOptions)

function stream(chunks: readonly string[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
}

/** Chunks one by one, then silence without an end, as a terminal. */
function terminal(chunks: readonly string[]): Readable {
  const left = [...chunks]
  return new Readable({
    objectMode: true,
    read() {
      const chunk = left.shift()
      if (chunk !== undefined) this.push(Buffer.from(chunk))
    },
  })
}

sourceContract('stdin', {
  batches: 3,
  make: (surroundings) => {
    return new StdinSource(options, surroundings, terminal(['a 1\n', 'b 2\n', 'c 3\nd']))
  },
})

test('hands out whole lines with the position of the byte behind them, and the rest', async () => {
  const surroundings = new TestSurroundings()
  const source = new StdinSource(options, surroundings, stream(['a 1\nb ', '2\nc 3\n', 'd', ' 4']))
  const batches = await firstBatches(source, surroundings.clock, 10)
  const records = batches.flatMap((batch) => batch.records)
  expect(records.map((record, i) => [textOf([batches[i]!]), record.origin.offset])).toEqual([
    ['a 1\n', 4],
    ['b 2\nc 3\n', 12],
    ['d 4', 15],
  ])
})

test('refuses a line over the limit once, and reads on behind it', async () => {
  const surroundings = new TestSurroundings()
  const small = { lineBytesMax: 10 }
  const long = 'x'.repeat(30)
  const source = new StdinSource(small, surroundings, stream(['a 1\n' + long, long, '\nb 2\n']))
  const batches = await firstBatches(source, surroundings.clock, 10)
  expect(textOf(batches)).toBe('a 1\nb 2\n')
  expect(batches.at(-1)?.records[0]?.origin.offset).toBe(4 + 60 + 1 + 4)
  expect(surroundings.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
})

test('is an error where it breaks', async () => {
  const surroundings = new TestSurroundings()
  const cause = new Error('gone')
  const broken = new Readable({
    read() {
      this.destroy(cause)
    },
  })
  const source = new StdinSource(options, surroundings, broken)
  await expect(firstBatches(source, surroundings.clock, 1)).rejects.toMatchObject({
    code: 'ERR_SOURCE_READ',
    cause,
  })
})

test('ends with its input', async () => {
  const surroundings = new TestSurroundings()
  const source = new StdinSource(options, surroundings, stream([]))
  expect(await firstBatches(source, surroundings.clock, 1)).toEqual([])
})
