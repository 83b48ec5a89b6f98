import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import type { InputRecord } from '../core/record.ts'
import { IncomingLog, incomingLogOptions } from './incoming-log.ts'
import type { IncomingLogOptions } from './incoming-log.ts'
import { segmentPath } from './log/segments.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function opened(acknowledged = -1, given: Partial<IncomingLogOptions> = {}) {
  return IncomingLog.open(folder, optionsWithDefaults(incomingLogOptions, given), acknowledged)
}

/** A data record of a text; the log gives it its offset. */
function data(text: string): InputRecord {
  const origin = { partition: 'http', offset: 0, receivedMs: 1000 }
  return { kind: 'data', bytes: Buffer.from(text), origin }
}

/** The first `count` records that the log hands out, as `offset:text`. */
async function read(log: IncomingLog, count: number): Promise<string[]> {
  const found: string[] = []
  if (count === 0) return found
  for await (const batch of log.batches(new AbortController().signal)) {
    for (const { record } of batch.records) {
      const text = record.kind === 'data' ? Buffer.from(record.bytes).toString() : record.kind
      found.push(`${record.origin.offset}:${text}`)
    }
    if (found.length >= count) return found
  }
  return found
}

const segmentNames = async (): Promise<string[]> => (await readdir(folder)).sort()

describe('the incoming log', () => {
  test('hands out what was appended, in order, at offsets that go on', async () => {
    const { log } = await opened()
    await Promise.all([log.append('a', [data('1'), data('2')]), log.append('b', [data('3')])])
    expect(await read(log, 3)).toEqual(['0:1', '1:2', '2:3'])
    await log.close()
  })

  test('keeps what was not acknowledged for the next run', async () => {
    const first = await opened()
    await first.log.append('a', [data('1'), data('2'), data('3')])
    await first.log.close()
    const second = await opened(0)
    await second.log.append('a', [data('4')])
    expect(await read(second.log, 3)).toEqual(['1:2', '2:3', '3:4'])
    await second.log.close()
  })

  test('keeps ticks and control records as they were', async () => {
    const origin = { partition: 'clock', offset: 9, receivedMs: 1234 }
    const control: InputRecord = {
      kind: 'control',
      action: 'silence',
      silenceId: 's1',
      match: 'cpu*',
      alarmId: '',
      untilMs: 99,
      who: 'ann',
      text: 'deploy ünder way',
      origin,
    }
    const { log } = await opened()
    await log.append('clock', [{ kind: 'tick', timestampMs: 1234.5, origin }, control])
    await log.close()
    const again = await opened()
    for await (const { records } of again.log.batches(new AbortController().signal)) {
      expect(records).toEqual([
        {
          input: 'clock',
          record: {
            kind: 'tick',
            timestampMs: 1234.5,
            origin: { partition: 'log', offset: 0, receivedMs: 1234 },
          },
        },
        {
          input: 'clock',
          record: { ...control, origin: { partition: 'log', offset: 1, receivedMs: 1234 } },
        },
      ])
      break
    }
    await again.log.close()
  })

  test('never gives an offset twice, even where all was acknowledged and dropped', async () => {
    const first = await opened()
    await first.log.append('a', [data('1'), data('2')])
    first.log.acknowledge(1)
    await first.log.close()
    const second = await opened(1)
    expect(await segmentNames()).toEqual([])
    await second.log.append('a', [data('3')])
    expect(await read(second.log, 1)).toEqual(['2:3'])
    await second.log.close()
  })

  test('drops whole segments once they are acknowledged', async () => {
    const { log } = await opened(-1, { segmentBytes: 1 << 16 })
    const large = 'x'.repeat(40_000)
    for (let i = 0; i < 6; i++) await log.append('a', [data(large)])
    const before = await segmentNames()
    expect(before.length).toBeGreaterThan(2)
    log.acknowledge(5)
    await log.close()
    const state = log.state()
    expect(state.diskBytes).toBeLessThan(3 * 40_100)
    await opened(5)
    expect(await segmentNames()).toEqual([])
  })

  test('tells senders to wait at its bound in memory, and goes on once it is read', async () => {
    const { log } = await opened(-1, { memoryBytes: 1 << 16 })
    await log.append('a', [data('x'.repeat(60_000))])
    await expect(log.append('a', [data('y'.repeat(10_000))])).rejects.toMatchObject({
      code: 'ERR_LOG_FULL',
    })
    const batches = log.batches(new AbortController().signal)[Symbol.asyncIterator]()
    await batches.next()
    const next = batches.next()
    await log.append('a', [data('z')])
    expect((await next).value.lastOffset).toBe(1)
    await log.close()
  })

  test('tells senders to wait at its bound on disk', async () => {
    const { log } = await opened(-1, { diskBytes: 1 << 20 })
    const large = data('x'.repeat(400_000))
    await log.append('a', [large])
    await log.append('a', [large])
    await expect(log.append('a', [large])).rejects.toMatchObject({ code: 'ERR_LOG_FULL' })
    expect(log.state().lastOffset).toBe(1)
    await log.close()
  })
})

describe('a damaged log', () => {
  async function written(texts: readonly string[]): Promise<string> {
    const { log } = await opened()
    await log.append('a', texts.map(data))
    await log.close()
    return join(folder, (await segmentNames())[0] as string)
  }

  test('loses only the torn last entry, and says how many bytes', async () => {
    const path = await written(['one', 'two', 'three'])
    const whole = (await readFile(path)).length
    for (let cut = 1; cut < 8; cut++) {
      await truncate(path, whole - cut)
      const { log, findings } = await opened()
      expect(findings.lostBytes).toBeGreaterThan(0)
      expect(await read(log, 2)).toEqual(['0:one', '1:two'])
      await log.close()
      await writeFile(path, await rebuilt(['one', 'two', 'three']))
    }
  })

  async function rebuilt(texts: readonly string[]): Promise<Buffer> {
    const before = folder
    folder = await mkdtemp(join(tmpdir(), 'forewarn-log-'))
    const bytes = await readFile(await written(texts))
    await rm(folder, { recursive: true })
    folder = before
    return bytes
  }

  test('is read up to the first changed byte, whichever it is', async () => {
    const path = await written(['one', 'two'])
    const sound = await readFile(path)
    for (let i = 0; i < sound.length; i++) {
      const changed = Buffer.from(sound)
      changed[i] = (changed[i] as number) ^ 0x40
      await writeFile(path, changed)
      const { log } = await opened()
      const entryBytes = sound.length / 2
      expect(await read(log, i < entryBytes ? 0 : 1)).toEqual(i < entryBytes ? [] : ['0:one'])
      await log.close()
    }
  })

  test('goes on with the next segment behind rubbish at the end of one', async () => {
    const path = await written(['one'])
    await appendFile(path, 'rubbish')
    const { log, findings } = await opened()
    expect(findings.lostBytes).toBe(7)
    await log.append('a', [data('two')])
    expect(await read(log, 2)).toEqual(['0:one', '1:two'])
    await log.close()
  })
})

test('a log that cannot write says so, and takes what comes once it can', async () => {
  const { log } = await opened()
  const inTheWay = segmentPath(folder, 0)
  await mkdir(inTheWay)
  const wanted = expect.objectContaining({ code: 'ERR_LOG_WRITE' })
  await expect(log.append('a', [data('1')])).rejects.toThrow(wanted)
  await rm(inTheWay, { recursive: true })
  await log.append('a', [data('2')])
  expect(await read(log, 1)).toEqual(['0:2'])
  await log.close()
})
