import { expect, test } from 'vitest'
import { sniffedFormat } from './sniff.ts'

test('the format is found in the text', () => {
  function f(head: string, want: string): void {
    expect(sniffedFormat(head)).toBe(want)
  }
  f('timestamp,value\n2014-04-01 00:00:00,20.0\n', 'csv')
  f('2014-04-01 00:00:00,20.0', 'csv')
  f('1;2\n3;4\n', 'csv')
  f('20.5\n', 'csv')
  f('', 'csv')
  f('{"timestamp":1,"value":2}\n', 'jsonl')
  f('{"response_time": 201.5, "timestamp": 17}\n', 'jsonl')
  f('{"fields":{"a":1},"name":"cpu","tags":{},"timestamp":1}\n', 'telegraf')
  f('{"metrics":[{"fields":{"a":1},"name":"cpu"}]}\n', 'telegraf')
  f('servers.a.cpu 0.5 1465839830\n', 'carbon')
  f('cpu;host=a 0.5 1465839830.5\n', 'carbon')
  f('cpu,host=a usage=1.5 1465839830100400200\n', 'influx')
  f('# comment\ncpu usage=1i\n', 'influx')
  f('disk\\ io,path=/my\\ disk read=5i,write=2i\n', 'influx')
  f('m,t=a s="text with 1 2",v=3\n', 'influx')
})

test('a broken line does not decide, and a cut last one does not count', () => {
  const lines = 'garbage\n' + 'cpu 1 1465839830\n'.repeat(5) + '{"half'
  expect(sniffedFormat(lines)).toBe('carbon')
})
