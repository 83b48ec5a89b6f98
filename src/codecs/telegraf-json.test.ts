import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { decoded, decoderContract, shown } from './decoder.contract.ts'
import { TelegrafJsonDecoder, telegrafJsonOptions } from './telegraf-json.ts'
import type { TelegrafJsonOptions } from './telegraf-json.ts'

function decoder(options: Partial<TelegrafJsonOptions> = {}): TelegrafJsonDecoder {
  return new TelegrafJsonDecoder(optionsWithDefaults(telegrafJsonOptions, options))
}

decoderContract('telegraf-json', {
  make: () => decoder(),
  goodLines: [
    '{"fields":{"idle":94.8,"user":3.5},"name":"cpu","tags":{"host":"vm1"},"timestamp":1458229140}',
    '{"fields":{"idle":3.0201342281879193,"b":0},"name":"cpu","tags":{"host":"b"},"timestamp":1}',
    '{"name":"m","timestamp":1458229140123,"tags":{"p":"\\u00e9\\"","h":""},"fields":{"f":-1e-7}}',
    '{"fields":{"v":1},"name":"m"}',
    '{"metrics":[{"fields":{"v":1},"name":"a","tags":{}},{"fields":{"v":2},"name":"b","tags":{}}]}',
    '[{"fields":{"v":1},"name":"c","tags":{},"timestamp":1}]',
  ],
  alphabet: '{}[]",:\\ue1.-tfnamgsi ',
})

describe('a payload gives', () => {
  function f(payload: string, ...want: string[]): void {
    const { observations, rejections } = decoded(decoder(), payload)
    expect(rejections).toEqual([])
    expect(observations.map(shown)).toEqual(want)
  }

  const cpu =
    '{"fields":{"idle":94.8,"user":3.5},"name":"cpu","tags":{"host":"vm1"},"timestamp":1458229140}'

  test('an observation for each field of a metric', () => {
    f(cpu, 'cpu:idle{host="vm1"} 1458229140000 94.8', 'cpu:user{host="vm1"} 1458229140000 3.5')
  })

  test('those of all metrics of a batch, of an array and of lines', () => {
    const one = (name: string) => `{"fields":{"v":1},"name":"${name}","tags":{},"timestamp":1}`
    const want = ['a:v 1000 1', 'b:v 1000 1']
    f(`{"metrics":[${one('a')},${one('b')}]}\n`, ...want)
    f(`[${one('a')} , ${one('b')}]`, ...want)
    f(`${one('a')}\n${one('b')}\n`, ...want)
    f(`${one('a')}${one('b')}`, ...want)
    f(`\ufeff${one('a')}\n\n  {"metrics": [ ${one('b')} ] }`, ...want)
    f('{"metrics":[]}')
    f('[]')
  })

  test('the same whatever the order of members and the white space', () => {
    const want = ['m:v{a="1",b="2"} 1458229140000 1.5']
    f('{"name":"m","tags":{"a":"1","b":"2"},"fields":{"v":1.5},"timestamp":1458229140}', ...want)
    f('{"tags":{"b":"2","a":"1"},"timestamp":1458229140,"name":"m","fields":{"v":1.5}}', ...want)
    f(
      '{\n "name" : "m" ,\n "fields" : { "v" : 1.5 } ,\n "timestamp" : 1458229140 ,\r\n' +
        '\t"tags" : { "a" : "1" , "b" : "2" }\n}',
      ...want,
    )
    f(
      '{"x":{"y":[1,{"z":null}]},"name":"m","tags":{"a":"1","b":"2"},"fields":{"v":1.5},' +
        '"timestamp":1458229140}',
      ...want,
    )
  })

  test('the same where metrics do not come in the order that was expected', () => {
    const one = (name: string, fields: string) =>
      `{"fields":{${fields}},"name":"${name}","tags":{"h":"1"},"timestamp":1}\n`
    const payload =
      one('a', '"x":1,"y":2') +
      one('b', '"x":3,"y":4') +
      one('a', '"x":5,"y":6') +
      one('c', '"x":7,"y":8') +
      one('b', '"y":9,"x":10') +
      one('a', '"y":11') +
      one('b', '"x":12')
    f(
      payload,
      'a:x{h="1"} 1000 1',
      'a:y{h="1"} 1000 2',
      'b:x{h="1"} 1000 3',
      'b:y{h="1"} 1000 4',
      'a:x{h="1"} 1000 5',
      'a:y{h="1"} 1000 6',
      'c:x{h="1"} 1000 7',
      'c:y{h="1"} 1000 8',
      'b:y{h="1"} 1000 9',
      'b:x{h="1"} 1000 10',
      'a:y{h="1"} 1000 11',
      'b:x{h="1"} 1000 12',
    )
  })

  test('truth values as 1 and 0, and numbers of every form', () => {
    f(
      '{"fields":{"a":true,"b":false,"c":-0,"d":1E3,"e":1.5e-3},"name":"m","timestamp":1}',
      'm:a 1000 1',
      'm:b 1000 0',
      'm:c 1000 -0',
      'm:d 1000 1000',
      'm:e 1000 0.0015',
    )
  })

  test('timestamps in any unit, as dates, and of receipt', () => {
    const one = (stamp: string) => `{"fields":{"v":1},"name":"m","timestamp":${stamp}}`
    f(one('1458229140'), 'm:v 1458229140000 1')
    f(one('1458229140123'), 'm:v 1458229140123 1')
    f(one('1458229140123456'), 'm:v 1458229140123+456000 1')
    f(one('1458229140123456789'), 'm:v 1458229140123+456789 1')
    f(one('1458229140.25'), 'm:v 1458229140250 1')
    f(one('"2016-03-17T15:39:00Z"'), 'm:v 1458229140000 1')
    f(one('"1458229140"'), 'm:v 1458229140000 1')
    f('{"fields":{"v":1},"name":"m"}', 'm:v 1700000000123 1')
  })

  test('labels of escaped texts; empty tags are none, numbers are as written', () => {
    f(
      '{"fields":{"\\u0061\\"b":1},"name":"\\u00e9",' +
        '"tags":{"\\/":"\\\\","e":"","n":1.50,"t":true,"x":null},"timestamp":1}',
      '"é":"a\\"b"{/="\\\\",n="1.50",t="true"} 1000 1',
    )
  })

  test('labels of long tags, apart from the name', () => {
    const long = 'x'.repeat(2_000)
    f(
      `{"tags":{"a":"${long}"},"fields":{"v":1},"name":"m","timestamp":1}`,
      `m:v{a="${long}"} 1000 1`,
    )
  })

  test('of a member name given twice in fields both, in tags the last', () => {
    f(
      '{"fields":{"v":1,"v":2},"name":"m","tags":{"a":"1","a":"2"},"timestamp":1}',
      'm:v{a="2"} 1000 1',
      'm:v{a="2"} 1000 2',
    )
  })
})

test('a stated unit holds whatever the size', () => {
  const { observations } = decoded(
    decoder({ timestampUnit: 'ns' }),
    '{"fields":{"v":1},"name":"m","timestamp":1500000}',
  )
  expect(observations.map(shown)).toEqual(['m:v 1+500000 1'])
})

describe('a field is refused alone', () => {
  function f(value: string, reason: string): void {
    const payload = `{"fields":{"a":1,"s":${value},"b":2},"name":"m","timestamp":1}`
    const { observations, rejections } = decoded(decoder(), payload)
    expect(observations.map(shown)).toEqual(['m:a 1000 1', 'm:b 1000 2'])
    expect(rejections).toMatchObject([{ reason, text: `"s":${value}`, index: 0 }])
  }

  test('where it is not a number', () => {
    for (const value of ['"x"', '""', 'null', '{}', '[1,2]', '{"a":1}']) f(value, 'not_numeric')
  })

  test('where it is too large', () => {
    f('1e309', 'not_finite')
    f('-1e999', 'not_finite')
  })

  test('where it is not valid UTF-8', () => {
    const bytes = Buffer.from('{"fields":{"s":"?","b":2},"name":"m","timestamp":1}')
    bytes[bytes.indexOf('?')] = 0xff
    const { observations, rejections } = decoded(decoder(), bytes)
    expect(observations.map(shown)).toEqual(['m:b 1000 2'])
    expect(rejections).toMatchObject([{ reason: 'invalid_utf8' }])
  })

  test('and a metric of nothing else gives nothing else', () => {
    const { observations, rejections } = decoded(decoder(), '{"fields":{"s":"x"},"name":"m"}')
    expect(observations).toEqual([])
    expect(rejections).toMatchObject([{ reason: 'not_numeric' }])
  })
})

describe('a metric is refused alone', () => {
  const good = '{"fields":{"v":1},"name":"good","timestamp":1}'

  function f(metric: string, reason: string): void {
    for (const payload of [
      `{"metrics":[${good},${metric},${good}]}`,
      `${good}\n${metric}\n${good}\n`,
    ]) {
      const { observations, rejections } = decoded(decoder(), payload)
      expect(observations.map(shown)).toEqual(['good:v 1000 1', 'good:v 1000 1'])
      expect(rejections).toMatchObject([{ reason, index: 1 }])
    }
  }

  test('where a part is missing, wrong or there twice', () => {
    for (const metric of [
      '{}',
      '{"name":"m"}',
      '{"fields":{"v":1}}',
      '{"fields":{},"name":"m"}',
      '{"fields":1,"name":"m"}',
      '{"fields":{"v":1},"name":1}',
      '{"fields":{"v":1},"name":""}',
      '{"fields":{"":1},"name":"m"}',
      '{"fields":{"v":1},"name":"m","tags":[]}',
      '{"fields":{"v":1},"name":"m","tags":{"a":{}}}',
      '{"fields":{"v":1},"name":"m","tags":{"__name__":"x"}}',
      '{"fields":{"v":1},"name":"m","tags":{"a":"1"},"tags":{"a":"2"}}',
      '{"tags":{"a":"1"},"fields":{"v":1},"name":"m","tags":{"a":"2"}}',
      '{"fields":{"v":1},"name":"m","name":"n"}',
      '{"fields":{"v":1},"fields":{"w":1},"name":"m"}',
      '{"fields":{"v":1},"name":"m","timestamp":1,"timestamp":2}',
      '{"fields":{"v":1},"name":"a\\u0000b"}',
      '{"fields":{"v":1},"name":"m","tags":{"a":"\\n"}}',
      '{"fields":{"v":1},"name":"m","tags":{"\\n":"a"}}',
    ])
      f(metric, 'malformed')
  })

  test('where its timestamp is none', () => {
    for (const stamp of [
      '"x"',
      'null',
      '"2016-03-17 x"',
      '{}',
      '1e40',
      '99999999999999999999999',
    ]) {
      f(`{"fields":{"v":1},"name":"m","timestamp":${stamp}}`, 'bad_timestamp')
    }
  })

  test('where a name has half of a surrogate pair', () => {
    f('{"fields":{"v":1},"name":"\\ud800"}', 'invalid_utf8')
    f('{"fields":{"\\udc00":1},"name":"m"}', 'invalid_utf8')
  })

  test('where it is too long', () => {
    const payload = `{"fields":{"v":1},"name":"${'x'.repeat(300)}"}\n${good}`
    const { observations, rejections } = decoded(decoder({ metricBytesMax: 256 }), payload)
    expect(observations.map(shown)).toEqual(['good:v 1000 1'])
    expect(rejections).toMatchObject([{ reason: 'too_long' }])
  })
})

describe('where the text is no JSON', () => {
  const good = '{"fields":{"v":1},"name":"good","timestamp":1}'

  test('the whole metrics before it and the lines behind it are kept, each once', () => {
    for (const broken of [
      '{"fields":{"v":1},"name":"m"',
      '{"fields":{"v":1,"name":"m"}',
      '{"fields":{"v":01},"name":"m"}',
      '{"fields":{"v":1.},"name":"m"}',
      '{"fields":{"v":nul},"name":"m"}',
      '{"fields":{"v":1},"name":"m","x":[1,]}',
      '{"fields":{"v":1},"name":"m}',
      '{"fields":{"v":1},"name":"\\x"}',
      '{"fields":{"v":1},"name":"\\u12"}',
      '{"fields":{v:1},"name":"m"}',
      "{'fields':{}}",
      'hello',
      '12',
      '"text"',
      'null',
      '{',
      '[',
      '[1,',
      '{"fields":{',
      '{"metrics":[',
      '{"x":',
      '\u0000',
    ]) {
      const { observations, rejections } = decoded(
        decoder(),
        `${good}\n${broken}\n${good}\n${good}\n`,
      )
      expect(observations.map(shown)).toEqual(Array(3).fill('good:v 1000 1'))
      expect(rejections.map(({ reason }) => reason)).toContain('malformed')
    }
  })

  test('the metrics of a batch in front of it are kept, with what was refused of them', () => {
    const mixed = '{"fields":{"v":1,"s":"x"},"name":"a","timestamp":1}'
    const { observations, rejections } = decoded(
      decoder(),
      `{"metrics":[${mixed},{"fields":{"s":"y"},\n${good}\n`,
    )
    expect(observations.map(shown)).toEqual(['a:v 1000 1', 'good:v 1000 1'])
    expect(rejections.map(({ reason }) => reason)).toEqual(['not_numeric', 'malformed'])
  })

  test('what is no object in an array of metrics is refused alone', () => {
    const { observations, rejections } = decoded(decoder(), `[1,${good},"x",[],${good}]`)
    expect(observations).toHaveLength(2)
    expect(rejections.map(({ reason }) => reason)).toEqual(Array(3).fill('malformed'))
  })

  test('nesting without end is refused', () => {
    const deep = '{"x":' + '['.repeat(100_000) + '\n' + good
    const { observations, rejections } = decoded(decoder(), deep)
    expect(observations).toHaveLength(1)
    expect(rejections).toHaveLength(1)
  })
})

test('a batch inside a metric is passed over', () => {
  const inner = '{"fields":{"v":1},"name":"in","timestamp":1}'
  const { observations } = decoded(
    decoder(),
    `{"metrics":[{"fields":{"v":1},"name":"out","timestamp":1,"metrics":[${inner}]}]}`,
  )
  expect(observations.map(shown)).toEqual(['out:v 1000 1'])
})

test('member names of every object mean nothing to the program', () => {
  const payload =
    '{"__proto__":{"polluted":1},"fields":{"__proto__":1,"constructor":2},"name":"toString",' +
    '"tags":{"__proto__":"x"},"timestamp":1}'
  const { observations } = decoded(decoder(), payload)
  expect(observations.map(shown)).toEqual([
    'toString:__proto__{__proto__="x"} 1000 1',
    'toString:constructor{__proto__="x"} 1000 2',
  ])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})
