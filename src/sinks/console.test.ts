import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  forecastReport,
  noonMs,
  rejectionReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { ConsoleSink, consoleOptions, consoleSink } from './console.ts'
import type { ConsoleOptions } from './console.ts'
import { SinkError } from './sink.ts'
import { sinkContract } from './sink.contract.ts'

/** A stream that keeps what is written, until it is told to refuse. */
class KeptStream extends Writable {
  text = ''
  broken = false
  isTTY = false
  hasColors = (): boolean => this.isTTY

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.broken) {
      done(new Error('write EPIPE'))
      return
    }
    this.text += chunk.toString()
    done()
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1)
  }
}

const everything = { scores: true, rejections: true, forecasts: true }

sinkContract('console', {
  open: async () => {
    const stream = new KeptStream()
    const sink = new ConsoleSink(optionsWithDefaults(consoleOptions, everything), stream)
    return {
      sink,
      received: async () => stream.lines,
      breakOtherSide: async () => {
        stream.broken = true
      },
    }
  },
})

const patience = new AbortController().signal

/** What a report looks like, as a line. */
async function line(report: Report, stream = new KeptStream()): Promise<string> {
  const sink = new ConsoleSink(optionsWithDefaults(consoleOptions, everything), stream)
  await sink.write([report], patience)
  expect(stream.lines).toHaveLength(1)
  return stream.lines[0] as string
}

describe('lines for people', () => {
  test('an alarm says when, what state, how bad, which series and why', async () => {
    expect(await line(alarmReport('firing'))).toBe(
      '2025-03-01T12:00:00Z  firing     warning  cpu{host="a"}  ' +
        '412, expected 180 to 260; once in 2000 samples  since 2025-03-01T11:59:55Z',
    )
  })

  test('a score says status, score, value and band', async () => {
    const report = scoreReport({ status: 'anomalous', score: 0.99951234567, value: 412 })
    expect(await line(report)).toBe(
      '2025-03-01T12:00:00Z  anomalous  score 0.999512  cpu{host="a"}  412  expected 180 to 260',
    )
  })

  test('a score without a band says none, and in probation how far learning is', async () => {
    const unknown = { expected: NaN, lower: NaN, upper: NaN }
    const report = scoreReport({ status: 'probation', learnedSamples: 12, ...unknown })
    expect(await line(report)).toBe(
      '2025-03-01T12:00:00Z  probation  learning 12/120  cpu{host="a"}  200',
    )
  })

  test('a rejection names its reason and where it came from', async () => {
    expect(await line(rejectionReport())).toBe(
      '2025-03-01T12:00:00Z  rejected   not_numeric  test  ' +
        'value is not a number: "abc"  cpu,host=a usage=abc',
    )
  })

  test('a forecast says for when and how sure', async () => {
    expect(await line(forecastReport())).toBe(
      '2025-03-01T12:00:00Z  forecast   cpu{host="a"}  ' +
        '230 at 2025-03-01T12:01:00Z  likely 190 to 270',
    )
  })

  test('milliseconds are shown where there are some, odd times as numbers', async () => {
    expect(await line(alarmReport('firing', { timestampMs: 5 }))).toContain(
      '1970-01-01T00:00:00.005Z ',
    )
    expect(await line(alarmReport('firing', { timestampMs: 9e15 }))).toMatch(
      /^9000000000000000 {2}/,
    )
  })

  test('a label with control characters stays on its line and colours nothing', async () => {
    const labels = Labels.named('a\nb\x1b[31m\x9b31m')
    const text = await line(alarmReport('firing', { labels, reason: 'x\r\ny\x1b[2J' }))
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(text).toContain('x\\x0d\\x0ay\\x1b[2J')
  })

  test('a silenced alarm says by whom and until when, and is not red', async () => {
    const silenced = { silenceId: 's1', who: 'ann', untilMs: noonMs + 7_200_000 }
    const acknowledged = { who: 'bob', atMs: noonMs, text: '' }
    const report = alarmReport('firing', { silenced, acknowledged, reason: '412' })
    expect(await line(report)).toBe(
      '2025-03-01T12:00:00Z  firing     warning  cpu{host="a"}  412  since 2025-03-01T11:59:55Z  ' +
        'silenced by ann until 2025-03-01T14:00:00Z  acknowledged by bob',
    )
    const stream = new KeptStream()
    stream.isTTY = true
    expect(await line(report, stream)).toContain('\x1b[2mfiring   \x1b[0m')
  })

  test('a terminal gets colours: red for a firing alarm', async () => {
    const stream = new KeptStream()
    stream.isTTY = true
    expect(await line(alarmReport('firing'), stream)).toContain('\x1b[31mfiring   \x1b[0m')
  })
})

describe('options', () => {
  /** Kinds that a console with these options accepts. */
  function kinds(options: Partial<ConsoleOptions>, want: string[]): void {
    const sink = new ConsoleSink(optionsWithDefaults(consoleOptions, options), new KeptStream())
    expect([...sink.accepts]).toEqual(want)
  }

  test('alarms are always accepted, the rest if asked for', () => {
    kinds({}, ['alarm', 'warning'])
    kinds({ scores: true }, ['alarm', 'score', 'warning'])
    kinds({ rejections: true }, ['alarm', 'rejection', 'warning'])
    kinds({ forecasts: true }, ['alarm', 'warning', 'forecast'])
  })

  test('the log of the response-time program has a line for every sample', () => {
    kinds({ format: 'log-line' }, ['alarm', 'score', 'warning'])
  })

  test('formats other than text are asked of an encoder by name', () => {
    const name = (format: string) => consoleSink.encoderName?.({ format })
    expect([name('text'), name('json-lines'), name('log-line')]).toEqual([
      undefined,
      'json-lines',
      'log-line',
    ])
  })

  test('an encoder writes the whole batch', async () => {
    const stream = new KeptStream()
    const encoder = {
      contentType: 'text/plain',
      encode: (reports: readonly Report[]) => Buffer.from(`${reports.length} reports\n`),
    }
    const options = optionsWithDefaults(consoleOptions, { format: 'json-lines' })
    await new ConsoleSink(options, stream, { encoder }).write(
      [scoreReport(), scoreReport()],
      patience,
    )
    expect(stream.text).toBe('2 reports\n')
  })
})

test('a stream closed by its reader refuses for good', async () => {
  const stream = new KeptStream()
  const sink = new ConsoleSink(optionsWithDefaults(consoleOptions), stream)
  stream.broken = true
  const refusal = await sink.write([alarmReport('firing')], patience).catch((error) => error)
  expect(refusal).toBeInstanceOf(SinkError)
  expect(refusal.retryable).toBe(false)
  expect(refusal.message).toBe('cannot write to the console: write EPIPE')
})
