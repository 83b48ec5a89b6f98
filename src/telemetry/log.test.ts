import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../test/virtual-clock.ts'
import { ForewarnError } from '../core/errors.ts'
import { Log } from './log.ts'
import type { LogLine, LogParts } from './log.ts'

const noonMs = 1_740_830_400_000

/** A log with what it wrote. */
function logWith(parts: Partial<LogParts> = {}) {
  const texts: string[] = []
  const clock = new VirtualClock(noonMs)
  const stream = { write: (text: string) => texts.push(text) }
  const log = new Log({ level: 'info', style: 'json', clock, stream, ...parts })
  return { log, clock, texts }
}

/** The one text that a log with these parts writes for a line. */
function written(line: Partial<LogLine>, parts: Partial<LogParts> = {}): string {
  const { log, texts } = logWith(parts)
  log.write({ level: 'info', component: 'sink', message: 'wrote', ...line })
  expect(texts).toHaveLength(1)
  return texts[0] as string
}

describe('a line of JSON', () => {
  test('has level, time, component, message and facts', () => {
    expect(written({ facts: { sink: 'page', reports: 3 } })).toBe(
      '{"level":"info","time":"2025-03-01T12:00:00.000Z","component":"sink",' +
        '"sink":"page","reports":3,"msg":"wrote"}\n',
    )
  })

  test('has an error with its type, code, causes and stack', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: new Error('no route') })
    const error = new ForewarnError('ERR_SOURCE_READ', 'cannot read source a', { cause })
    const { err } = JSON.parse(written({ level: 'error', error }))
    expect(err).toEqual({
      type: 'ForewarnError',
      code: 'ERR_SOURCE_READ',
      message: 'cannot read source a',
      causes: ['connect ECONNREFUSED', 'no route'],
      stack: error.stack,
    })
  })

  test('has the errors that one stands for, each message once', () => {
    const tries = [1, 2, 3].map(() => new Error('no broker', { cause: new Error('SASL: wrong') }))
    const error = new AggregateError(tries, 'failed 3 times')
    const { err } = JSON.parse(written({ level: 'error', error }))
    expect(err.causes).toEqual(['no broker', 'SASL: wrong'])
  })

  test('takes anything that was thrown', () => {
    expect(JSON.parse(written({ error: 'just a text' })).err).toEqual({ message: 'just a text' })
  })

  test('never shows a secret, bare or inside other text', () => {
    const secrets = ['hunter2!', 'two"parts\\', 'abc']
    const error = new Error('401 for https://me:hunter2!@example.org/')
    const text = written({ facts: { said: 'two"parts\\ and abc' }, error }, { secrets })
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('parts')
    expect(JSON.parse(text).err.message).toBe('401 for https://me:***@example.org/')
    // Texts too short to be a secret stay: they would blot out ordinary words.
    expect(JSON.parse(text).said).toBe('*** and abc')
  })
})

test('lines below the level of the log are not written', () => {
  const { log, texts } = logWith({ level: 'warn' })
  log.write({ level: 'info', component: 'sink', message: 'wrote' })
  log.write({ level: 'debug', component: 'sink', message: 'wrote' })
  log.write({ level: 'warn', component: 'sink', message: 'late' })
  log.write({ level: 'error', component: 'sink', message: 'lost' })
  expect(texts.map((text) => JSON.parse(text).msg)).toEqual(['late', 'lost'])
  const silent = logWith({ level: 'silent' })
  silent.log.write({ level: 'error', component: 'sink', message: 'lost' })
  expect(silent.texts).toEqual([])
})

describe('lines that repeat', () => {
  const line: LogLine = {
    level: 'warn',
    component: 'source',
    message: 'refused',
    atMostOnce: { key: 'a', everyMs: 10_000 },
  }

  test('are written once in a while, with the number held back', async () => {
    const { log, clock, texts } = logWith()
    for (let second = 0; second < 25; second++) {
      log.write(line)
      await clock.advance(1000)
    }
    const lines = texts.map((text) => JSON.parse(text))
    expect(lines.map(({ time, repeated }) => [time.slice(17, 19), repeated])).toEqual([
      ['00', undefined],
      ['10', 9],
      ['20', 9],
    ])
  })

  test('are told apart by their key', () => {
    const { log, texts } = logWith()
    for (const key of ['a', 'b', 'a', 'b']) {
      log.write({ ...line, facts: { key }, atMostOnce: { key, everyMs: 10_000 } })
    }
    expect(texts.map((text) => JSON.parse(text).key)).toEqual(['a', 'b'])
  })

  test('are remembered for a bounded number of keys', () => {
    const { log, texts } = logWith()
    for (let i = 0; i <= 1000; i++) {
      log.write({ ...line, atMostOnce: { key: `key ${i}`, everyMs: 10_000 } })
    }
    texts.length = 0
    log.write({ ...line, atMostOnce: { key: 'key 1000', everyMs: 10_000 } })
    expect(texts).toHaveLength(0)
    log.write({ ...line, atMostOnce: { key: 'key 0', everyMs: 10_000 } })
    expect(texts).toHaveLength(1)
  })
})

describe('a line for people', () => {
  const pretty = { style: 'pretty' } as const

  test('shows time, level, component, message and facts', () => {
    const facts = { sink: 'page', reports: 3, text: 'a b "c"' }
    expect(written({ facts }, pretty)).toBe(
      '2025-03-01T12:00:00.000Z  info   sink  wrote  sink=page reports=3 text="a b \\"c\\""\n',
    )
  })

  test('shows the message of an error with a code, and its causes', () => {
    const cause = new Error('connect ECONNREFUSED')
    const error = new ForewarnError('ERR_SOURCE_READ', 'cannot read', { cause })
    expect(written({ error }, pretty)).toBe(
      '2025-03-01T12:00:00.000Z  info   sink  wrote: cannot read; connect ECONNREFUSED\n',
    )
  })

  test('shows the stack of an error without one: a fault of the program', () => {
    const text = written({ error: new TypeError('x is not a function') }, pretty)
    expect(text).toMatch(/wrote: x is not a function\nTypeError: x is not a function\n +at /)
  })

  test('colours the level where asked to', () => {
    const text = written({ level: 'error' }, { style: 'coloured' })
    expect(text).toContain('\x1b[31merror\x1b[0m')
  })

  test('keeps control characters of what others sent off the terminal', () => {
    const error = new ForewarnError('ERR_SOURCE_READ', 'a\x1b[2Jb')
    const text = written({ facts: { text: '\x1b[31m\x9b31m\r' }, error }, pretty)
    expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })
})
