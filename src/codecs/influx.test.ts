import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { decoded, decoderContract, shown } from './decoder.contract.ts'
import { InfluxDecoder, influxOptions } from './influx.ts'
import type { InfluxOptions } from './influx.ts'

function decoder(options: Partial<InfluxOptions> = {}): InfluxDecoder {
  return new InfluxDecoder(optionsWithDefaults(influxOptions, options))
}

decoderContract('influx', {
  make: () => decoder(),
  goodLines: [
    'cpu,cpu=cpu-total,host=vm1 usage_user=3.5,usage_system=1.2 1592222400000000000',
    'cpu,cpu=cpu-total,host=vm2 usage_user=3.0201342281879193,usage_system=-1e-7 1592222400000001',
    'disk,host=a\\ b,path=/data\\,x used_percent=41.7,free=12345678901i,rw=true',
    'm v=1u',
    'm,t=\\=é v=.5,w=5. -1',
  ],
  alphabet: 'm,t=v 1i."\\#-+eT',
})

/** Times of receipt in tests: what a line without a timestamp gets. */
const received = 1_700_000_000_123

describe('a line gives', () => {
  function f(line: string, ...want: string[]): void {
    const { observations, rejections } = decoded(decoder(), line)
    expect(rejections).toEqual([])
    expect(observations.map(shown)).toEqual(want)
  }

  test('an observation for each field, with tags sorted', () => {
    f(
      'm,b=2,a=1 x=1,y=2 1500000000000000000',
      'm:x{a="1",b="2"} 1500000000000 1',
      'm:y{a="1",b="2"} 1500000000000 2',
    )
    f('m value=1 1500000000000000000', 'm:value 1500000000000 1')
  })

  test('floats in every form of the grammar', () => {
    f('m v=1', `m:v ${received} 1`)
    f('m v=-1.5', `m:v ${received} -1.5`)
    f('m v=1.', `m:v ${received} 1`)
    f('m v=.5', `m:v ${received} 0.5`)
    f(
      'm v=1e3,w=1E+3,x=1.5e-3',
      `m:v ${received} 1000`,
      `m:w ${received} 1000`,
      `m:x ${received} 0.0015`,
    )
    f('m v=-0', `m:v ${received} -0`)
    f('m v=1e308', `m:v ${received} 1e+308`)
    f('m v=3.0201342281879193', `m:v ${received} 3.0201342281879193`)
  })

  test('integers, unsigned integers and booleans as numbers', () => {
    f('m v=42i,w=-7i,x=7u', `m:v ${received} 42`, `m:w ${received} -7`, `m:x ${received} 7`)
    // 2⁶³ - 1 and 2⁶⁴ - 1: as doubles the powers themselves.
    f('m v=9223372036854775807i', `m:v ${received} 9223372036854776000`)
    f('m v=18446744073709551615u', `m:v ${received} 18446744073709552000`)
    for (const word of ['t', 'T', 'true', 'True', 'TRUE']) f(`m v=${word}`, `m:v ${received} 1`)
    for (const word of ['f', 'F', 'false', 'False', 'FALSE']) f(`m v=${word}`, `m:v ${received} 0`)
  })

  test('timestamps to the nanosecond, in the unit that their size tells', () => {
    f('m v=1 1465839830100400200', 'm:v 1465839830100+400200 1')
    f('m v=1 1465839830100400', 'm:v 1465839830100+400000 1')
    f('m v=1 1465839830100', 'm:v 1465839830100 1')
    f('m v=1 1465839830', 'm:v 1465839830000 1')
    f('m v=1 0', 'm:v 0 1')
    f('m v=1 -1', 'm:v -1000 1')
    // The last nanosecond of signed 64-bit time: 2262-04-11.
    f('m v=1 9223372036854775807', 'm:v 9223372036854+775807 1')
  })

  test('names with escaped separators; other backslashes are themselves', () => {
    f(
      'my\\ m\\,x,a\\ b=c\\,d,e\\=f=g\\=h my\\ v\\,w\\=x=1 1',
      '"my m,x":"my v,w=x"{"a b"="c,d","e=f"="g=h"} 1000 1',
    )
    f('a=b,c="d" v=1 1', '"a=b":v{c="\\"d\\""} 1000 1')
    f('a\\b,c=d\\e v\\w=1 1', '"a\\\\b":"v\\\\w"{c="d\\\\e"} 1000 1')
    f('m,t=a\\\\,b v=1 1', 'm:v{t="a\\\\,b"} 1000 1')
    f('\\,m v=1 1', '",m":v 1000 1')
  })

  test('what stands between and around its parts is any number of spaces', () => {
    f('  m   v=1   1000000000   ', 'm:v 1000000000000 1')
    f('m v=1 ', `m:v ${received} 1`)
  })
})

describe('timestamps in a stated unit', () => {
  function f(precision: InfluxOptions['precision'], stamp: string, want: string): void {
    const { observations } = decoded(decoder({ precision }), `m v=1 ${stamp}`)
    expect(observations.map(shown)).toEqual([`m:v ${want} 1`])
  }

  test('are read in it whatever their size', () => {
    f('ns', '1000000', '1')
    f('ns', '999999', '0+999999')
    f('ns', '-1', '-1+999999')
    f('ns', '-1000000', '-1')
    f('us', '1500', '1+500000')
    f('ms', '1500', '1500')
    f('s', '15000000000', '15000000000000')
  })
})

describe('comments', () => {
  test('are passed over, whatever they hold', () => {
    const text = '# hello\n  # v=1\nm v=1 1\n#\n# \u0001\n'
    expect(decoded(decoder(), text).observations).toHaveLength(1)
    expect(decoded(decoder(), text).rejections).toEqual([])
  })
})

describe('a field is refused alone', () => {
  function f(field: string, reason: string, text = field): void {
    const { observations, rejections } = decoded(decoder(), `m a=1,${field},b=2 1`)
    expect(observations.map(shown)).toEqual(['m:a 1000 1', 'm:b 1000 2'])
    expect(rejections).toMatchObject([{ reason, text, index: 0 }])
  }

  test('where it is a text', () => {
    f('s="x"', 'not_numeric')
    f('s=""', 'not_numeric')
    f('s="a, b=1 \\" \\\\"', 'not_numeric')
    f('s="1"', 'not_numeric')
  })

  test('where it is not finite', () => {
    for (const word of ['NaN', 'nan', 'Inf', '+Inf', '-inf', 'Infinity', '-Infinity']) {
      f(`s=${word}`, 'not_finite')
    }
    f('s=1e309', 'not_finite')
    f('s=-1e999', 'not_finite')
  })

  test('where its text is not valid UTF-8', () => {
    const bytes = Uint8Array.from([...Buffer.from('m s="'), 0xc3, ...Buffer.from('",b=2 1')])
    const { observations, rejections } = decoded(decoder(), bytes)
    expect(observations.map(shown)).toEqual(['m:b 1000 2'])
    expect(rejections).toMatchObject([{ reason: 'invalid_utf8' }])
  })
})

describe('a line is refused', () => {
  function f(line: string | Uint8Array, reason: string): void {
    const { observations, rejections } = decoded(decoder(), line)
    expect(observations).toEqual([])
    expect(rejections.map((rejection) => rejection.reason)).toEqual([reason])
  }

  test('where it does not follow the grammar', () => {
    for (const line of [
      'm',
      'm ',
      ',t=1 v=1',
      'm, v=1',
      'm,t v=1',
      'm,t= v=1',
      'm,=1 v=1',
      'm,t=1,t=2 v=1',
      'm,t=a=b v=1',
      'm v',
      'm v=',
      'm v=,w=1',
      'm =1',
      'm v=1,',
      'm v=1,w',
      'm v=1,,w=2',
      'm v=abc',
      'm v=+1',
      'm v=1x',
      'm v=1.5.5',
      'm v=--1',
      'm v=-',
      'm v=.',
      'm v=1e',
      'm v=tru',
      'm v=truee',
      'm v=1ii',
      'm v=1.5i',
      'm v=1e3i',
      'm v=-1u',
      'm v=-0u',
      'm v=9223372036854785808i',
      'm v=18446744073709651616u',
      'm v="abc',
      'm v="abc\\"',
      'm v="a"b',
      'm\tv=1',
      'm,t=a\u0000 v=1',
      'm v\u007f=1',
      'm v w=1',
      'm,__field__=x v=1',
      'm,__name__=x v=1',
      '\\',
    ])
      f(line, 'malformed')
  })

  test('where its timestamp is none', () => {
    for (const stamp of [
      'x',
      '1.5',
      '1e9',
      '1 2',
      '-',
      '+1',
      '1x',
      '99999999999999999999999',
      '1'.repeat(40),
      '2020-01-01',
    ]) {
      f(`m v=1 ${stamp}`, 'bad_timestamp')
    }
  })

  test('where a name is not valid UTF-8', () => {
    f(Uint8Array.from([0x6d, 0xff, ...Buffer.from(' v=1')]), 'invalid_utf8')
    f(Uint8Array.from([...Buffer.from('m '), 0xe2, 0x82, ...Buffer.from('=1')]), 'invalid_utf8')
  })

  test('once, without the refusals of its fields', () => {
    f('m s="x",t="y",v=abc', 'malformed')
  })

  test('where it is longer than the limit, and the next one is read', () => {
    const small = decoder({ lineBytesMax: 256 })
    const long = `m,t=${'x'.repeat(300)} v=1`
    const { observations, rejections } = decoded(small, `m v=1 1\n${long}\nm v=2 2\n`)
    expect(observations.map(shown)).toEqual(['m:v 1000 1', 'm:v 2000 2'])
    expect(rejections).toMatchObject([{ reason: 'too_long', index: 1 }])
    expect(rejections[0]?.text.length).toBeLessThanOrEqual(200)
  })
})

test('a field given twice in a line is observed twice', () => {
  const { observations } = decoded(decoder(), 'm v=1,v=2 1')
  expect(observations.map(shown)).toEqual(['m:v 1000 1', 'm:v 1000 2'])
  expect(observations[0]?.labels).toBe(observations[1]?.labels)
})

test('a line feed ends a line in a string too', () => {
  const { observations, rejections } = decoded(decoder(), 'm s="a\nb",v=1\nm v=2 1\n')
  expect(observations.map(shown)).toEqual(['m:v 1000 2'])
  expect(rejections).toHaveLength(2)
})

test('names that are members of every object are names like others', () => {
  const { observations } = decoded(decoder(), '__proto__,constructor=a,__proto__=b toString=1 1')
  expect(observations.map(shown)).toEqual([
    '__proto__:toString{__proto__="b",constructor="a"} 1000 1',
  ])
  expect(({} as Record<string, unknown>)['a']).toBeUndefined()
})

/**
 * The published grammar (line-protocol.ebnf) as regular expressions, but for strings, which end
 * with their line here.
 */
const plainChar = '[^\\\\\\x00-\\x20\\x7f,=]'
const escape = '\\\\+[^\\\\\\x00-\\x1f\\x7f]'
const key = `(?:${plainChar}|${escape})+`
const measurement = `(?!#)(?:[^\\\\\\x00-\\x20\\x7f,]|${escape})+`
const float = '-?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|\\.\\d+(?:[eE][+-]?\\d+)?)'
const truth = 't|T|true|True|TRUE|f|F|false|False|FALSE'
const value = `(?:${truth}|"(?:[^"\\\\]|\\\\.)*"|-?\\d+i|\\d+u|${float})`
const grammar = new RegExp(
  `^ *(?:${measurement}(?:,${key}=${key})* +${key}=${value}(?:,${key}=${value})*(?: +-?\\d+)? *)?$`,
  'u',
)

test('accepts what the published grammar accepts, and nothing else', () => {
  const seeds = [
    'm,t=a v=1 1',
    'm v=1.5e3i,w="x y"',
    'a\\ b,c\\==\\,d e\\ f=true',
    'm v=-.5,u=7u 12',
  ]
  const letters = 'mt=v ,1.e-+iu"\\#Ttrue'
  const random = new Random(11)
  const one = decoder()
  let accepted = 0
  for (let round = 0; round < 60_000; round++) {
    let line = seeds[random.below(seeds.length)] as string
    for (let count = random.below(4); count > 0; count--) {
      const at = random.below(line.length + 1)
      const letter = letters.charAt(random.below(letters.length))
      line =
        line.slice(0, at) + (random.below(3) > 0 ? letter : '') + line.slice(at + random.below(2))
    }
    if (line.startsWith('#') || /^ +#/.test(line)) continue
    const tags = [...line.matchAll(/t=/g)].length
    if (tags > 1) continue // A tag given twice is a rule beside the grammar.
    const { rejections } = decoded(one, line)
    const refused = rejections.some(
      ({ reason }) => reason === 'malformed' || reason === 'bad_timestamp',
    )
    if (refused === grammar.test(line)) expect(line).toBe(refused ? 'accepted' : 'refused')
    if (!refused) accepted++
  }
  expect(accepted).toBeGreaterThan(10_000)
})
