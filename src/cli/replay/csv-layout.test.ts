import { expect, test } from 'vitest'
import { csvLayout } from './csv-layout.ts'
import type { ColumnChoice } from './csv-layout.ts'

const noChoice: ColumnChoice = { time: undefined, value: [], series: [] }

/** `delimiter header? time; values; series` of a head, in a few words. */
function layoutOf(head: string, choice: Partial<ColumnChoice> = {}): string {
  const layout = csvLayout(Buffer.from(head), { ...noChoice, ...choice })
  const { delimiter, hasHeader, timeColumn, values, series, wide } = layout
  return [
    JSON.stringify(String.fromCharCode(delimiter)),
    hasHeader ? 'header' : 'no header',
    `time ${timeColumn}`,
    `${wide ? 'each of' : 'value'} ${values.map(({ column }) => column).join(' ')}`,
    ...series.map(
      ({ column, label }) => `series ${column}${label === undefined ? '' : ` ${label}`}`,
    ),
  ].join(', ')
}

test('a header names timestamp and value; a label column is passed over', () => {
  function f(head: string, want: string): void {
    expect(layoutOf(head)).toBe(want)
  }
  f('timestamp,value\n2014-04-01 00:00:00,20.0\n', '",", header, time 0, value 1')
  f('timestamp,value,label\n1,2,0\n', '",", header, time 0, value 1')
  f('TimeStamp,Value,Label\n2018-07-03 14:00:00,1,0\n', '",", header, time 0, value 1')
  f('value,is_anomaly,date\n1,0,2014-04-01\n', '",", header, time 2, value 0')
  f('"timestamp","value"\n"1","2"\n', '",", header, time 0, value 1')
  f('# timestamp;value\n1;2\n', '";", header, time 0, value 1')
  f('time\tvalue\n1\t2\n', '"\\t", header, time 0, value 1')
  f('timestamp,value\n', '",", header, time 0, value 1')
})

test('without a column called value, every other column of numbers is a series', () => {
  function f(head: string, want: string): void {
    expect(layoutOf(head)).toBe(want)
  }
  f('ts,cpu,mem,label\n1,2,3,0\n', '",", header, time 0, each of 1 2')
  f('response_time,timestamp\n200.5,1\n', '",", header, time 1, each of 0')
  f('when,what,load\n2014-04-01,text,1\n', '",", header, time 0, each of 2')
})

test('a column tells the series apart', () => {
  function f(head: string, want: string): void {
    expect(layoutOf(head)).toBe(want)
  }
  f('series,timestamp,value\na,1,2\n', '",", header, time 1, value 2, series 0')
  f('timestamp,value,label,KPI ID\n1,2,0,x\n', '",", header, time 0, value 1, series 3')
  f('time,metric,host,value\n1,cpu,a,2\n', '",", header, time 0, value 3, series 1, series 2 host')
})

test('without a header the places tell', () => {
  function f(head: string, want: string): void {
    expect(layoutOf(head)).toBe(want)
  }
  f('2014-04-01 00:00:00,20.0\n', '",", no header, time 0, value 1')
  f('1472918400,0.23,0\n', '",", no header, time 0, value 1')
  f('cpu,1472918400,0.23\n', '",", no header, time 1, value 2, series 0')
  f('20.5\n21\n', '",", no header, time -1, value 0')
  f('2014-04-01T00:00:00Z,oops\n', '",", no header, time 0, value 1')
})

test('what was chosen holds, by name or number', () => {
  function f(choice: Partial<ColumnChoice>, want: string): void {
    expect(layoutOf('a,b,c,d\n1,2,3,4\n', choice)).toBe(want)
  }
  f({ time: 'b', value: ['d'] }, '",", header, time 1, value 3')
  f({ time: 'B', value: ['4'] }, '",", header, time 1, value 3')
  f({ time: 'a', value: ['b', 'c'] }, '",", header, time 0, each of 1 2')
  f(
    { time: 'a', value: ['b'], series: ['c', 'd'] },
    '",", header, time 0, value 1, series 2 c, series 3 d',
  )
  expect(layoutOf('1,2,3\n', { time: '2', value: ['3'] })).toBe('",", no header, time 1, value 2')
})

test('a column that is not there is an error that lists those that are', () => {
  expect(() => layoutOf('a,b\n1,2\n', { value: ['c'] })).toThrow('no column "c"; there are a, b')
  expect(() => layoutOf('timestamp,name\n1,x\n')).toThrow(
    'no column of values among timestamp, name',
  )
})
