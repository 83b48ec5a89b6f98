/** The readers of rows, over whole inputs and over inputs cut into pieces. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tables } from '../../config/tables.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import type { Decoder } from '../../codecs/codec.ts'
import { csvLayout } from './csv-layout.ts'
import { CsvRows } from './csv-rows.ts'
import { JsonRows } from './json-rows.ts'
import { lastWordTime, LineRows, onlyTimestamp } from './line-rows.ts'
import type { Row, RowReader } from './row.ts'
import { RowFeed } from './row-feed.ts'

const noChoice = { time: undefined, value: [], series: [] }
const source = { name: 'file', alone: true }

function decoderOf(codec: string): Decoder {
  const row = tables.decoders[codec]
  if (row === undefined) throw new RangeError(codec)
  return row.create(optionsWithDefaults(row.options))
}

const readers: Readonly<Record<string, (text: string) => RowReader>> = {
  csv: (text) => new CsvRows(csvLayout(Buffer.from(text), noChoice), source),
  jsonl: () => new JsonRows(noChoice, source),
  influx: () => new LineRows(decoderOf('influx'), lastWordTime),
  carbon: () => new LineRows(decoderOf('graphite'), lastWordTime),
  telegraf: () => new LineRows(decoderOf('telegraf-json'), onlyTimestamp),
}

/** `series timeText=ms+ns value` of a row, or `timeText reason`. */
function told(row: Row): string {
  const part = (start: number, end: number): string =>
    Buffer.from(row.bytes.subarray(start, end)).toString()
  const time = part(row.timeStart, row.timeEnd)
  if (row.fault !== undefined) return `${time} ${row.fault.reason}`.trim()
  const text = part(row.valueStart, row.valueEnd)
  if (text !== '') expect(Number(text)).toBe(row.value)
  return `${row.labels?.key} ${time}=${row.timestampMs}+${row.remainderNs} ${row.value}`
}

/** What the rows of some pieces are. */
function rowsOf(format: string, text: string, pieces: readonly Uint8Array[]): string[] {
  const rows: string[] = []
  const feed = new RowFeed((readers[format] as (t: string) => RowReader)(text), (row) => {
    rows.push(told(row))
  })
  for (const piece of pieces) feed.push(piece)
  feed.end()
  return rows
}

function f(format: string, text: string, ...want: string[]): void {
  expect(rowsOf(format, text, [Buffer.from(text)])).toEqual(want)
}

describe('CSV', () => {
  test('times are read in every usual form, and kept as they are written', () => {
    const noon = 1_740_830_400_000
    f(
      'csv',
      'timestamp,value\n' +
        '2025-03-01 12:00:00,1\n"2025-03-01T12:00:00Z",2\n1740830400,3\n1740830400000,4\n' +
        '1740830400000000123,5\n2025-03-01T13:00:00+01:00,6\n1740830400.25,7\n',
      `file 2025-03-01 12:00:00=${noon}+0 1`,
      `file 2025-03-01T12:00:00Z=${noon}+0 2`,
      `file 1740830400=${noon}+0 3`,
      `file 1740830400000=${noon}+0 4`,
      `file 1740830400000000123=${noon}+123 5`,
      `file 2025-03-01T13:00:00+01:00=${noon}+0 6`,
      `file 1740830400.25=${noon + 250}+0 7`,
    )
  })

  test('what is no sample says why, and the rows around it are kept', () => {
    f(
      'csv',
      'timestamp,value\n1,5\n2,\n3,abc\n3,5abc\n3x,5\n4,NaN\n5,inf\n6,1e999\nsoon,7\n8\n\n9,9\n',
      'file 1=1000+0 5',
      '2 not_numeric',
      '3 not_numeric',
      '3 not_numeric',
      '3x bad_timestamp',
      '4 not_finite',
      '5 not_finite',
      '6 not_finite',
      'soon bad_timestamp',
      'malformed',
      'file 9=9000+0 9',
    )
  })

  test('a column of series names them; further ones are labels', () => {
    f(
      'csv',
      'series,ts,value\n"a ""b""",1,5\nc,2,6\n,3,7\n',
      '"a \\"b\\"" 1=1000+0 5',
      'c 2=2000+0 6',
      '3 malformed',
    )
    f('csv', 'ts,metric,host,value\n1,cpu,x,5\n', 'cpu{host="x"} 1=1000+0 5')
  })

  test('columns of numbers are series of their own', () => {
    f(
      'csv',
      'ts,cpu,mem\n1,5,6\n2,x,7\n',
      'cpu 1=1000+0 5',
      'mem 1=1000+0 6',
      '2 not_numeric',
      'mem 2=2000+0 7',
    )
  })

  test('values alone have no times', () => {
    f('csv', '5\n6\n', 'file =NaN+0 5', 'file =NaN+0 6')
  })
})

describe('JSON Lines', () => {
  test('keys mean what columns mean', () => {
    f(
      'jsonl',
      '{"timestamp":"2025-03-01T12:00:00Z","value":1.5}\n',
      'file 2025-03-01T12:00:00Z=1740830400000+0 1.5',
    )
    f('jsonl', '{"response_time": 201.5, "timestamp": 17}\n', 'response_time 17=17000+0 201.5')
    f('jsonl', '{"series":"cpu","ts":1,"value":"3","label":0}\n', 'cpu 1=1000+0 3')
    f(
      'jsonl',
      '{"count": 75, "mem": 17, "timestamp": 1524619695}\n',
      'count 1524619695=1524619695000+0 75',
      'mem 1524619695=1524619695000+0 17',
    )
  })

  test('nanoseconds that no double holds are kept', () => {
    f('jsonl', '{"t":1740830400000000123,"v":1}', 'file 1740830400000000123=1740830400000+123 1')
  })

  test('the timestamp is the one of the object, wherever its name stands', () => {
    f(
      'jsonl',
      '{"note":"timestamp","in":{"timestamp":5},"timestamp":7,"value":1}',
      'file 7=7000+0 1',
    )
  })

  test('what is no sample says why', () => {
    f('jsonl', '{"ts":1,"value":null}\n', '1 not_numeric')
    f('jsonl', '{"ts":1,"value":"NaN"}\n', '1 not_finite')
    f('jsonl', '{"ts":"soon","value":1}\n', 'soon bad_timestamp')
    f(
      'jsonl',
      '{"ts":1,"value":1\n[1]\n"x"\n{"ts":1}\n',
      'malformed',
      'malformed',
      'malformed',
      '1 malformed',
    )
    f('jsonl', '{"value":1}\n', 'file =NaN+0 1')
  })
})

describe('Influx and Carbon lines', () => {
  test('each field is a row, with the timestamp of its line', () => {
    f(
      'influx',
      '# comment\ncpu,host=a user=1.5,idle=98i 1740830400000000123\ncpu,host=a user=2\n',
      'cpu:user{host="a"} 1740830400000000123=1740830400000+123 1.5',
      'cpu:idle{host="a"} 1740830400000000123=1740830400000+123 98',
      'cpu:user{host="a"} =NaN+0 2',
    )
  })

  test('a text among the fields is passed over; a line of nothing else is refused', () => {
    f(
      'influx',
      'cpu v=1,s="x 5" 7\ncpu s="x" 8\ncpu v= 9\n',
      'cpu:v 7=7000+0 1',
      '8 not_numeric',
      '9 malformed',
    )
  })

  test('a Carbon time of -1 is none', () => {
    f(
      'carbon',
      'a.b 1.5 1740830400\na.b 2 -1\na.b x 5\n',
      'a.b 1740830400=1740830400000+0 1.5',
      'a.b =NaN+0 2',
      '5 not_numeric',
    )
  })
})

test('a message of Telegraf keeps its timestamp, a batch has it as a date', () => {
  const metric = (fields: string, time: string): string =>
    `{"fields":{${fields}},"name":"m","tags":{},"timestamp": ${time}}`
  f('telegraf', metric('"a":1,"b":2', '17') + '\n', 'm:a 17=17000+0 1', 'm:b 17=17000+0 2')
  const batch = `{"metrics":[${metric('"a":1', '17')},${metric('"a":2', '18')}]}\n`
  f('telegraf', batch, 'm:a =17000+0 1', 'm:a =18000+0 2')
})

describe('an input in pieces', () => {
  const texts: Readonly<Record<string, string>> = {
    csv: 'timestamp,value,label\r\n1,5,"a\nb"\r\n2,6,"c ""d"" é"\n\n3,x,\n4,7,z',
    jsonl: '{"ts":1,"value":5}\r\n{"ts":2,"value":"é"}\n\n{"ts":3,"value":6}',
    influx: 'cpu,h=é v=1,w=2 1740830400000000000\r\n\n# no\ncpu v=3 5\nbad\ncpu v=4 6',
    telegraf:
      '{"fields":{"v":1},"name":"é","timestamp":5}\r\n\n{"fields":{},"name":"m","timestamp":6}\n' +
      '{"bad\n{"fields":{"v":2},"name":"m","timestamp":7}',
    carbon: 'a.b 1 5\r\na.é 2 6\n\nbad\na.b 3 7',
  }

  test.each(Object.keys(texts))('%s: pieces make no difference', (format) => {
    const text = texts[format] as string
    const bytes = Buffer.from(text)
    const whole = rowsOf(format, text, [bytes])
    expect(whole.length).toBeGreaterThan(2)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
        expect(rowsOf(format, text, pieces)).toEqual(whole)
      }),
    )
  })

  test.each(Object.keys(texts))(
    '%s: a row over a mebibyte is one fault, and what follows is read',
    (format) => {
      const line = (texts[format] as string).split('\n').at(-1) as string
      const long = Buffer.from('x'.repeat(700_000))
      const after = Buffer.from(`${long.toString()}\n${line}\n`)
      const rows = rowsOf(format, '1,2\n', [long, long, long, after])
      expect(rows[0]).toBe('too_long')
      expect(rows).toHaveLength(2)
    },
  )

  test.each(Object.keys(texts))('%s: any bytes are read without an exception', (format) => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .constantFrom(...(texts[format] as string).split(/(?<=[,\n ])/))
        .map((part) => Buffer.from(part)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
        expect(rowsOf(format, '1,2\n', pieces).length).toBeLessThanOrEqual(bytes + 1)
      }),
    )
  })
})
