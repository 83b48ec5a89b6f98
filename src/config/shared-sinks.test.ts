import { describe, expect, test } from 'vitest'
import { alarmReport } from '../../test/sample-reports.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import type { Sink, SinkRow } from '../sinks/sink.ts'
import { SharedSinks } from './shared-sinks.ts'

/** A sink that says when its writes begin and end, and refuses the second one. */
class Slow implements Sink {
  readonly accepts = new Set(['alarm'] as const)
  readonly said: string[] = []
  closed = 0
  #writes = 0

  async write(): Promise<void> {
    const write = ++this.#writes
    this.said.push(`begins ${write}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
    this.said.push(`ends ${write}`)
    if (write === 2) throw new Error('refused')
  }

  position(): number {
    return 1
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

const around = { name: 'out', clock: systemClock }
const never = new AbortController().signal

describe('a shared sink', () => {
  test('is made once for a name, written to by one at a time, and ended by its owner', async () => {
    const made: Slow[] = []
    const row: SinkRow = { about: '', options: {}, create: () => (made.push(new Slow()), made[0]!) }
    const shared = new SharedSinks()
    const create = shared.table({ slow: row })['slow']?.create
    const shares = [await create?.({}, around), await create?.({}, around)] as Sink[]
    expect(made).toHaveLength(1)
    const writes = [0, 1, 0].map((i) => shares[i]?.write([alarmReport('firing')], never))
    const outcomes = await Promise.allSettled(writes)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const said = [1, 2, 3].flatMap((write) => [`begins ${write}`, `ends ${write}`])
    expect(made[0]?.said).toEqual(said)
    expect(shares[0]?.position).toBeUndefined()
    await shares[0]?.close()
    expect(made[0]?.closed).toBe(0)
    await shared.close()
    expect(made[0]?.closed).toBe(1)
    expect(await shared.made()).toEqual(made)
  })

  test('makes room for another one of its name, which goes where that is taken back', async () => {
    const made: Slow[] = []
    const row: SinkRow = {
      about: '',
      options: {},
      create: () => (made.push(new Slow()), made.at(-1)!),
    }
    const shared = new SharedSinks()
    const create = shared.table({ slow: row })['slow']?.create
    await create?.({}, around)
    const first = shared.replace(['out', 'new'])
    await create?.({}, around)
    await create?.({}, { ...around, name: 'new' })
    await first.undo()
    expect(made.map(({ closed }) => closed)).toEqual([0, 1, 1])
    expect(await shared.made()).toEqual([made[0]])
    const second = shared.replace(['out'])
    await create?.({}, around)
    await second.confirm()
    expect(made.map(({ closed }) => closed)).toEqual([1, 1, 1, 0])
    expect(await shared.made()).toEqual([made[3]])
  })

  test('that could not be made is tried again', async () => {
    let tries = 0
    const row: SinkRow = {
      about: '',
      options: {},
      create: () => (++tries === 1 ? Promise.reject(new Error('no disk')) : new Slow()),
    }
    const create = new SharedSinks().table({ slow: row })['slow']?.create
    await expect(create?.({}, around)).rejects.toThrow('no disk')
    expect(await create?.({}, around)).toBeDefined()
  })
})
