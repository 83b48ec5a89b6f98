import { describe, expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { ResponseTimeStream } from '../stats/streams/response-times.ts'
import { generateCommand } from './generate.ts'

async function generated(...args: string[]): Promise<string[]> {
  const io = keptIo()
  expect(await generateCommand(args, io)).toBe(0)
  expect(io.err()).toBe('')
  expect(io.out().endsWith('\n')).toBe(true)
  return io.out().slice(0, -1).split('\n')
}

test('the same seed gives the same text, another seed another one', async () => {
  const one = await generated('--count', '100', '--seed', '7')
  expect(await generated('--count', '100', '--seed', '7')).toEqual(one)
  expect(await generated('--count', '100', '--seed', '8')).not.toEqual(one)
})

test('the values and labels are those of the stream that the generator source sends', async () => {
  const [header, ...rows] = await generated('--count', '1000', '--seed', '3')
  expect(header).toBe('timestamp,value,label,anomaly')
  const stream = new ResponseTimeStream(3)
  const wanted = rows.map((_, i) => {
    const { valueMs, spikeMs } = stream.next()
    const time = new Date(1_704_067_200_000 + 100 * i).toISOString()
    return `${time},${valueMs},${spikeMs > 0 ? '1,spike' : '0,'}`
  })
  expect(rows).toEqual(wanted)
  expect(rows.filter((row) => row.endsWith('1,spike')).length).toBeGreaterThan(0)
})

describe('formats', () => {
  test('csv of several metrics has the series first', async () => {
    const rows = await generated('--preset', 'pensu', '--count', '2')
    expect(rows[0]).toBe('series,timestamp,value,label,anomaly')
    expect(rows).toHaveLength(11)
    expect(rows[1]).toMatch(/^my_stats\.pensu_test_metrics\.[\w.]+,2024-01-01T00:00:00\.000Z,/)
  })

  test('jsonl has the same names', async () => {
    const rows = await generated('--count', '3', '--format', 'jsonl')
    const names = Object.keys(JSON.parse(rows[0] ?? '') as object)
    expect(names.join(' ')).toBe('series timestamp value label anomaly')
  })

  test('influx has nanoseconds, and the truth in comments', async () => {
    const rows = await generated('--count', '1000', '--format', 'influx')
    expect(rows[0]).toMatch(/^response_time value=[\d.]+ 1704067200000000000$/)
    expect(rows).toContain('# anomaly: spike')
  })

  test('graphite has seconds', async () => {
    const rows = await generated('--count', '2', '--format', 'graphite')
    expect(rows[1]).toMatch(/^response_time [\d.]+ 1704067200\.1$/)
  })
})

test('the time of the first step and between two can be given', async () => {
  const args = ['--count', '2', '--start', '2025-03-01T00:00:00Z', '--every', '60000']
  const rows = await generated(...args)
  expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual([
    '2025-03-01T00:00:00.000Z',
    '2025-03-01T00:01:00.000Z',
  ])
})

test('a stop ends a stream without end', async () => {
  const io = keptIo()
  const done = generateCommand(['--rate', '1000'], io)
  await new Promise<void>((resolve) => {
    const watch = (): void => (io.out() === '' ? void setImmediate(watch) : resolve())
    watch()
  })
  io.stop('SIGINT')
  expect(await done).toBe(0)
})
