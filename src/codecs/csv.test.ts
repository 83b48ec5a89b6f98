import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { CsvDecoder, csvOptions } from './csv.ts'
import type { CsvOptions } from './csv.ts'
import { decoded, decoderContract, shown, testOrigin } from './decoder.contract.ts'

function decoder(options: Partial<CsvOptions> = {}): CsvDecoder {
  return new CsvDecoder(optionsWithDefaults(csvOptions, options))
}

decoderContract('csv', {
  make: () => decoder(),
  head: 'timestamp,series,value',
  goodLines: [
    '2014-04-01 00:00:00,a,20.0',
    '2014-04-01 00:05:00,b,-1e-7',
    '"2014-04-01T00:10:00.5Z","c ""d""",3.0201342281879193',
    '1467302400,a,1',
    ' 1467302400123 , é , 2 ',
  ],
  alphabet: '",a1.-:TZ 0e',
})

decoderContract('csv without a header', {
  make: () => decoder(),
  goodLines: ['1467302400,0.84,0', '1467302460,0.85,1', '"1467302520",1,0', '1467302580,2'],
  alphabet: '",1.-e0',
})

function f(options: Partial<CsvOptions>, payload: string, ...want: string[]): void {
  const { observations, rejections } = decoded(decoder(options), payload)
  expect(rejections).toEqual([])
  expect(observations.map(shown)).toEqual(want)
}

describe('with a header', () => {
  test('the value is under the name of its column, a label is passed over', () => {
    f({}, 'timestamp,value\n2014-04-01 00:00:00,20.0\n', 'value 1396310400000 20')
    f({}, 'timestamp,value,label\n1396310400,20,1\n', 'value 1396310400000 20')
    f({}, 'TimeStamp,Value,Label\n"2018-06-13T00:00:00Z",482,0\n', 'Value 1528848000000 482')
    f({}, '\ufeff# time, value\n1, 2\n', 'value 1000 2')
  })

  test('columns may come in any order, and others stand between', () => {
    f({}, 'value,x,date\n1,y,2020-01-02\n', 'value 1577923200000 1')
  })

  test('without a column called value every column of numbers is one', () => {
    f(
      {},
      'epoch,cpu,mem,note,is_anomaly\n1524619695,33,17,x,0\n1524619696,34,18,3,1\n',
      'cpu 1524619695000 33',
      'mem 1524619695000 17',
      'cpu 1524619696000 34',
      'mem 1524619696000 18',
    )
  })

  test('a column that is empty or NaN in the first row may be one', () => {
    const { observations } = decoded(decoder(), 'ts,a,b\n1,,NaN\n2,3,4\n')
    expect(observations.map(shown)).toEqual(['a 2000 3', 'b 2000 4'])
  })

  test('without a usual name the first column is the time', () => {
    f({}, 'when,what\n1,2\n', 'what 1000 2')
  })

  test('a series column names the series', () => {
    f(
      {},
      'series,timestamp,value\na,1,2\n"b,c",1,3\na,2,4\n,2,5\n',
      'a 1000 2',
      '"b,c" 1000 3',
      'a 2000 4',
      'value 2000 5',
    )
  })

  test('is found again where files come one behind the other', () => {
    f(
      {},
      'timestamp,value\n1,2\ntimestamp,value\n2,3\nvalue,time\n4,5\n',
      'value 1000 2',
      'value 2000 3',
      'value 5000 4',
    )
  })
})

describe('without a header', () => {
  test('a row is time, value, whatever else', () => {
    f(
      {},
      '1467302400,0.84,0\n1467302460,0.85,0\n',
      'value 1467302400000 0.84',
      'value 1467302460000 0.85',
    )
    f({ name: 'kpi' }, '1467302400,0.84,0\n', 'kpi 1467302400000 0.84')
  })

  test('columns gives the names', () => {
    f(
      { columns: ['epoch', 'cpu', 'mem'] },
      '1524619695,33,17\n',
      'cpu 1524619695000 33',
      'mem 1524619695000 17',
    )
    f(
      { columns: ['epoch', 'cpu', 'mem'], name: 'host' },
      '1524619695,33,17\n',
      'host:cpu 1524619695000 33',
      'host:mem 1524619695000 17',
    )
    f(
      { columns: ['millis', 'epoch'], valueColumns: ['millis'] },
      '12,1524619695\n',
      'millis 1524619695000 12',
    )
  })

  test('a header that says the same as columns is passed over', () => {
    f({ columns: ['epoch', 'cpu'] }, 'epoch,cpu\n1524619695,33\n', 'cpu 1524619695000 33')
    const { rejections } = decoded(decoder({ columns: ['time', 'value'] }), 'time,mem\n1,2\n')
    expect(rejections).toMatchObject([{ reason: 'bad_timestamp' }])
  })

  test('cells behind the named columns are passed over', () => {
    f({ columns: ['epoch', 'cpu'] }, '1524619695,33,7,8\n', 'cpu 1524619695000 33')
  })

  test('header: absent takes the first line as data', () => {
    const { rejections } = decoded(decoder({ header: 'absent' }), 'timestamp,value\n')
    expect(rejections).toMatchObject([{ reason: 'bad_timestamp' }])
  })
})

describe('options', () => {
  test('name columns by what they are', () => {
    f(
      { timestampColumn: 'b', valueColumns: ['c'], seriesColumn: 'a' },
      'a,b,c,d\nx,1,2,3\n',
      'x 1000 2',
    )
    f(
      { valueColumns: ['c', 'd'], seriesColumn: 'a' },
      'a,time,c,d\nx,1,2,3\n',
      'x:c 1000 2',
      'x:d 1000 3',
    )
  })

  test('label columns are labels', () => {
    f(
      { labelColumns: ['host', 'core'] },
      'time,host,core,value\n1,a,0,2\n1,b,,3\n1,"c ""d""",1,4\n',
      'value{core="0",host="a"} 1000 2',
      'value{host="b"} 1000 3',
      'value{core="1",host="c \\"d\\""} 1000 4',
    )
    f(
      { labelColumns: ['host'], seriesColumn: 's' },
      'time,host,s,value\n1,a,m,2\n',
      'm{host="a"} 1000 2',
    )
  })

  test('labels may be as long as a line', () => {
    const long = 'x'.repeat(2_000)
    f(
      { labelColumns: ['host', 'core'] },
      `time,host,core,value\n1,${long},0,2\n`,
      `value{core="0",host="${long}"} 1000 2`,
    )
  })

  test('header: present takes the first line as names, numbers too', () => {
    f({ header: 'present' }, 'time,1,2\n1,3,4\n', '1 1000 3', '2 1000 4')
  })

  test('delimiter stands between cells; a tab is no blank then', () => {
    f({ delimiter: 'semicolon' }, 'time;value\n1;2\n', 'value 1000 2')
    f({ delimiter: 'tab' }, 'time\tvalue\n1\t2\n', 'value 1000 2')
    f({ delimiter: 'pipe' }, 'time | value\n 1 | 2 \n', 'value 1000 2')
  })

  test('timestamp_unit holds whatever the size', () => {
    f({ timestampUnit: 'ms' }, '1500,2\n', 'value 1500 2')
  })
})

test('the layout is that of the partition, in the payloads behind it too', () => {
  const one = decoder()
  const of = (partition: string, payload: string) =>
    decoded(one, payload, { ...testOrigin, partition }).observations.map(shown)
  expect(of('a', 'value,time\n')).toEqual([])
  expect(of('b', '1,2\n')).toEqual(['value 1000 2'])
  expect(of('a', '1,2\n')).toEqual(['value 2000 1'])
  expect(of('c', 'time,x,y\n')).toEqual([])
  expect(of('c', '1,2,3\n')).toEqual(['x 1000 2', 'y 1000 3'])
})

test('layouts of many partitions are forgotten, and found again at the next header', () => {
  const one = decoder()
  const of = (partition: string, payload: string) =>
    decoded(one, payload, { ...testOrigin, partition }).observations.map(shown)
  for (let i = 0; i < 3000; i++) expect(of(`p${i}`, 'value,time\n1,2\n')).toEqual(['value 2000 1'])
  expect(of('p0', 'value,time\n1,2\n')).toEqual(['value 2000 1'])
})

test('series of equal names in different files have their own labels', () => {
  const one = decoder({ labelColumns: ['host'] })
  const of = (partition: string, payload: string) =>
    decoded(one, payload, { ...testOrigin, partition }).observations.map(shown)
  expect(of('a', 'time,host,value\n1,x,2\n')).toEqual(['value{host="x"} 1000 2'])
  expect(of('b', 'time,host,val,series\n1,x,2,s\n')).toEqual(['s{host="x"} 1000 2'])
  expect(of('a', '2,x,3\n')).toEqual(['value{host="x"} 2000 3'])
})

describe('a value is refused alone', () => {
  function g(cell: string, reason: string): void {
    const { observations, rejections } = decoded(decoder(), `time,a,b\n1,1,2\n2,${cell},3\n`)
    expect(observations.map(shown)).toEqual(['a 1000 1', 'b 1000 2', 'b 2000 3'])
    expect(rejections).toMatchObject([{ reason, text: `2,${cell},3`, index: 2 }])
  }

  test('where it is no finite number', () => {
    for (const cell of ['', ' ', '""', 'x', '1x', '1 2', 'true', '"1""2"']) g(cell, 'not_numeric')
    for (const cell of ['NaN', '-inf', '1e309', '"nan"']) g(cell, 'not_finite')
  })
})

describe('a row is refused', () => {
  function g(row: string | Uint8Array, reason: string): void {
    const payload = Buffer.concat([Buffer.from('time,series,value\n'), Buffer.from(row as string)])
    const { observations, rejections } = decoded(decoder(), payload)
    expect(observations).toEqual([])
    expect(rejections.map((rejection) => rejection.reason)).toEqual([reason])
  }

  test('where a quote is not closed or has something behind it', () => {
    for (const row of ['"1,a,2', '1,"a"b,2', '1,"a""', '"']) g(row, 'malformed')
  })

  test('where a column is missing', () => {
    for (const row of ['1', '1,a', 'x']) g(row, 'malformed')
  })

  test('where its time is none', () => {
    for (const time of ['', 'x', '2014-13-01', '2014-04-01 25:00', '1x', '"1"" "']) {
      g(`${time},a,1`, 'bad_timestamp')
    }
  })

  test('where its series is no text', () => {
    g(Uint8Array.from([...Buffer.from('1,'), 0xff, ...Buffer.from(',2')]), 'invalid_utf8')
    g('1,a\u0000,2', 'malformed')
  })
})

describe('a header is refused', () => {
  function g(options: Partial<CsvOptions>, payload: string | Uint8Array, reason: string): void {
    const { observations, rejections } = decoded(decoder(options), payload)
    expect(observations).toEqual([])
    expect(rejections[0]).toMatchObject({ reason })
  }

  test('where a column that is asked for is missing', () => {
    g({ valueColumns: ['x'] }, 'time,value\n1,2\n', 'malformed')
    g({ timestampColumn: 'x' }, '1,2\n', 'malformed')
  })

  test('where it has one column, or none with a number', () => {
    g({}, 'hello\n', 'malformed')
    g({}, 'time,label\n1,0\n', 'malformed')
  })

  test('where it is no text', () => {
    g({}, Uint8Array.from([...Buffer.from('time,'), 0xff, 10]), 'invalid_utf8')
    g({}, 'time,a\u0001\n', 'malformed')
    g({}, 'time,"a\n', 'malformed')
  })

  test('and the next line is tried in its place', () => {
    const { observations } = decoded(
      decoder(),
      'some words\n\nother,words\nhello\ntime,value\n1,2\n',
    )
    expect(observations.map(shown)).toEqual(['value 1000 2'])
  })
})

test('reads what a reader of RFC 4180 by regular expression reads', () => {
  const random = new Random(9)
  const pieces = ['a', '""', ',', ' ', '1', 'é', ';', "'"]
  const one = decoder({
    header: 'absent',
    columns: ['time', 'a', 'b', 'value'],
    labelColumns: ['a', 'b'],
  })
  for (let round = 0; round < 5_000; round++) {
    const cell = (): string => {
      const text = Array.from(
        { length: random.below(5) },
        () => pieces[random.below(pieces.length)],
      )
      const raw = text.join('')
      return /[",]/.test(raw) || random.below(3) === 0 ? `"${raw}"` : raw
    }
    const row = `${random.below(1e9)},${cell()},${cell()},${random.below(100)}`
    const cells = [...row.matchAll(/(?:^|,) *("(?:[^"]|"")*"|[^,]*?) *(?=,|$)/g)].map(([, text]) =>
      text?.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text,
    )
    const { observations } = decoded(one, row)
    expect(observations[0]?.labels.get('a') ?? '').toBe(cells[1])
    expect(observations[0]?.labels.get('b') ?? '').toBe(cells[2])
    expect(observations[0]?.value).toBe(Number(cells[3]))
  }
})
