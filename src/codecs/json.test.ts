import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { decoded, decoderContract, shown } from './decoder.contract.ts'
import { JsonDecoder } from './json.ts'
import { jsonOptions } from './json/options.ts'
import type { JsonOptions } from './json/options.ts'

function decoder(options: Partial<JsonOptions> = {}): JsonDecoder {
  return new JsonDecoder(optionsWithDefaults(jsonOptions, options))
}

decoderContract('json', {
  make: () => decoder({ labelKeys: ['host'] }),
  goodLines: [
    '{"response_time": 201.25, "timestamp": 1}',
    '{"count": 75, "mem": 17, "max": 906, "timestamp": 1524619695, "cpu": 56, "mean": -1e-7}',
    '{"timestamp":"2014-04-01T00:00:00Z","value":3.0201342281879193,"host":"vm1"}',
    '{"name":"a","time":1,"value":2,"x":{"y":3,"z":"\\u00e9"},"labels":{"b":"c"}}',
    '[{"value":1},{"value":2}]',
  ],
  alphabet: '{}[]",:\\ue1.-tfnvalm ',
})

function f(options: Partial<JsonOptions>, payload: string, ...want: string[]): void {
  const { observations, rejections } = decoded(decoder(options), payload)
  expect(rejections).toEqual([])
  expect(observations.map(shown)).toEqual(want)
}

describe('without options', () => {
  test('every number of a message is a value under its own name', () => {
    f(
      {},
      '{"count": 75, "mem": 17, "timestamp": 1524619695, "cpu": 56, "mean": 371.5}',
      'count 1524619695000 75',
      'mem 1524619695000 17',
      'cpu 1524619695000 56',
      'mean 1524619695000 371.5',
    )
  })

  test('what is not a number is passed over', () => {
    f(
      {},
      '{"response_time": 201.25, "timestamp": 1, "anomaly": true, "n": null, "s": "1", "a": [1]}',
      'response_time 1000 201.25',
    )
  })

  test('numbers in objects are values under their paths', () => {
    f({}, '{"data":{"a":1,"b":{"c":2}},"time":1}', 'data.a 1000 1', 'data.b.c 1000 2')
    f({}, '{"d\\u00e9":{"\\"":1},"time":1}', '"dé.\\"" 1000 1')
  })

  test('a name and objects of labels make the series', () => {
    f(
      {},
      '{"name":"cpu","user":1,"idle":2,"tags":{"host":"vm1"},"timestamp":1}',
      'cpu:user{host="vm1"} 1000 1',
      'cpu:idle{host="vm1"} 1000 2',
    )
    f({}, '{"value":1,"labels":{ },"ts":1}', 'value 1000 1')
    f(
      {},
      '{"value":1,"labels":{"a":"b"},"tags":{"c":"d"},"metric":"m","@timestamp":1}',
      'm:value{a="b",c="d"} 1000 1',
    )
    f({}, '{"value":1,"name":7,"labels":"x","time":1}', 'value 1000 1')
  })

  test('messages come in lines, in arrays and one behind the other', () => {
    f(
      {},
      '{"v":1,"ts":1}\n{"v":2,"ts":2}\r\n[{"v":3,"ts":3},\n{"v":4,"ts":4}]{"v":5,"ts":5}',
      'v 1000 1',
      'v 2000 2',
      'v 3000 3',
      'v 4000 4',
      'v 5000 5',
    )
    f({}, '\ufeff[]')
  })

  test('a message without a time happened when it was received', () => {
    f({}, '{"v":1}', 'v 1700000000123 1')
  })

  test('times are numbers in any unit or dates', () => {
    f({}, '{"v":1,"time":1524619695123}', 'v 1524619695123 1')
    f({}, '{"v":1,"time":"2014-04-01 00:00:00.5"}', 'v 1396310400500 1')
    f({}, '{"v":1,"time":"1524619695"}', 'v 1524619695000 1')
  })
})

describe('options', () => {
  test('value_keys names the values; one alone needs no field', () => {
    const message = '{"name":"m","a":1,"b":2,"data":{"c":"3.5"},"ts":1}'
    f({ valueKeys: ['a'] }, message, 'm 1000 1')
    f({ valueKeys: ['a', 'data.c'] }, message, 'm:a 1000 1', 'm:data.c 1000 3.5')
    f({ valueKeys: ['up'] }, '{"up":true,"ts":1}{"up":false,"ts":2}', 'up 1000 1', 'up 2000 0')
  })

  test('name is the name where the message has none', () => {
    f({ name: 'rubis' }, '{"cpu":1,"mem":2,"ts":1}', 'rubis:cpu 1000 1', 'rubis:mem 1000 2')
    f({ name: 'rubis' }, '{"cpu":1,"name":"own","ts":1}', 'own:cpu 1000 1')
  })

  test('label_keys become labels, as texts or as they are written', () => {
    f(
      { labelKeys: ['host', 'at.rack'] },
      '{"host":"a","at":{"rack":7},"v":1,"ts":1}',
      'v{"at.rack"="7",host="a"} 1000 1'.replace('"at.rack"', 'at.rack'),
    )
  })

  test('time: receive takes the time of receipt, whatever the message says', () => {
    f({ time: 'receive' }, '{"v":1,"timestamp":"x"}', 'v 1700000000123 1')
  })

  test('time: tick counts ticks of the given length', () => {
    f({ time: 'tick' }, '{"v":1,"timestamp":1}{"v":2,"timestamp":604}', 'v 100 1', 'v 60400 2')
    f({ time: 'tick', tickMs: 1000 }, '{"v":1,"timestamp":2.5}', 'v 2500 1')
  })
})

describe('a value is refused alone', () => {
  function g(value: string, reason: string): void {
    const { observations, rejections } = decoded(
      decoder({ valueKeys: ['a', 'v'] }),
      `{"a":1,"v":${value},"ts":1}`,
    )
    expect(observations.map(shown)).toEqual(['a 1000 1'])
    expect(rejections).toMatchObject([{ reason, text: value }])
  }

  test('where it was asked for and is no finite number', () => {
    for (const value of ['"x"', '""', '"1 "', '[1]', '{"x":1}']) g(value, 'not_numeric')
    for (const value of ['null', '1e309', '"1e309"']) g(value, 'not_finite')
  })
})

describe('a message is refused alone', () => {
  const good = '{"v":1,"ts":1}'

  function g(options: Partial<JsonOptions>, message: string, reason: string): void {
    for (const payload of [`[${good},${message},${good}]`, `${good}\n${message}\n${good}`]) {
      const { observations, rejections } = decoded(decoder(options), payload)
      expect(observations).toHaveLength(2)
      expect(rejections).toMatchObject([{ reason, index: 1 }])
    }
  }

  test('where it has no value', () => {
    g({}, '{}', 'not_numeric')
    g({}, '{"s":"x","ts":1}', 'not_numeric')
    g({ valueKeys: ['v'] }, '{"w":1}', 'not_numeric')
  })

  test('where its time is none', () => {
    for (const time of ['"x"', 'null', '{}', '1e40']) g({}, `{"v":1,"ts":${time}}`, 'bad_timestamp')
    const ticks = { time: 'tick' } as const
    const outcome = decoded(
      decoder(ticks),
      '{"v":1}{"v":1,"ts":"x"}{"v":1,"ts":1e300}{"v":1,"ts":1}',
    )
    expect(outcome.observations).toHaveLength(1)
    expect(outcome.rejections.map(({ reason }) => reason)).toEqual(Array(3).fill('bad_timestamp'))
  })

  test('where a name is none', () => {
    g({}, '{"v":1,"name":"a\\u0000"}', 'malformed')
    g({}, '{"v":1,"labels":{"a":[]}}', 'malformed')
    g({}, '{"a\\nb":1}', 'malformed')
    g({}, '{"v":1,"name":"\\ud800"}', 'invalid_utf8')
  })

  test('where it is too long', () => {
    const { observations, rejections } = decoded(
      decoder({ messageBytesMax: 256 }),
      `{"v":1,"x":"${'x'.repeat(300)}"}\n${good}`,
    )
    expect(observations).toHaveLength(1)
    expect(rejections).toMatchObject([{ reason: 'too_long' }])
  })

  test('where it is no object', () => {
    const { observations, rejections } = decoded(decoder(), `[1,"x",${good},[{"v":1}]]`)
    expect(observations).toHaveLength(1)
    expect(rejections).toHaveLength(3)
  })
})

test('where the text is no JSON the lines behind it are read, each once', () => {
  const good = '{"v":1,"ts":1}'
  for (const broken of [
    '{',
    '[',
    '{"a":',
    '{"v":01}',
    '{"v":1',
    'x',
    '[1',
    '{"v":1}}',
    '{"v" 1}',
  ]) {
    const { observations, rejections } = decoded(
      decoder(),
      `${good}\n${broken}\n${good}\n${good}\n`,
    )
    const wanted = broken.startsWith('{"v":1}') ? 4 : 3
    expect(observations).toHaveLength(wanted)
    expect(rejections.map(({ reason }) => reason)).toContain('malformed')
  }
})

test('objects in objects are followed to a depth and passed over below it', () => {
  const nested = (depth: number): string => (depth === 0 ? '1' : `{"a":${nested(depth - 1)}}`)
  f({}, `{"v":1,"ts":1,"x":${nested(6)}}`, 'v 1000 1', 'x.a.a.a.a.a.a 1000 1')
  f({}, `{"v":1,"ts":1,"x":${nested(20)}}`, 'v 1000 1')
})

test('member names of every object mean nothing to the program', () => {
  f(
    {},
    '{"__proto__":{"polluted":1},"constructor":2,"ts":1}',
    '__proto__.polluted 1000 1',
    'constructor 1000 2',
  )
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
