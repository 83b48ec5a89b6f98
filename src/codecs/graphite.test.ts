import { describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { decoded, decoderContract, shown } from './decoder.contract.ts'
import { GraphiteDecoder, graphiteOptions } from './graphite.ts'
import type { GraphiteOptions } from './graphite.ts'

function decoder(options: Partial<GraphiteOptions> = {}): GraphiteDecoder {
  return new GraphiteDecoder(optionsWithDefaults(graphiteOptions, options))
}

decoderContract('graphite', {
  make: () => decoder(),
  goodLines: [
    'webservers.main-website.perf.cpu.usage 59 1587617182',
    'webservers.main-website.perf.cpu.idle 41.5 1587617182',
    'cpu.usage_user;cpu=cpu-total;host=tars 0.89 1455320690',
    'a.b -1.5e-3 1455320690.25',
    'é\t7 -1',
  ],
  alphabet: 'a.b;=1 \t-+e.5n',
})

describe('a line gives an observation', () => {
  function f(line: string, want: string): void {
    const { observations, rejections } = decoded(decoder(), line)
    expect(rejections).toEqual([])
    expect(observations.map(shown)).toEqual([want])
  }

  test('of its path', () => {
    f('webservers.perf.cpu.usage 59 1587617182', 'webservers.perf.cpu.usage 1587617182000 59')
    f('a 1 1', 'a 1000 1')
    f('a=b,c 1 1', '"a=b,c" 1000 1')
  })

  test('with its tags as labels; of two with one name the last holds', () => {
    f(
      'cpu.user;host=tars;cpu=0 0.89 1455320690',
      'cpu.user{cpu="0",host="tars"} 1455320690000 0.89',
    )
    f('a;t=1;t=2 3 1', 'a{t="2"} 1000 3')
    f('a;t=b=c 3 1', 'a{t="b=c"} 1000 3')
  })

  test('with its parts between white space of any kind and length', () => {
    f('  a \t 1\t\v1 \f', 'a 1000 1')
  })

  test('with values as programs print them', () => {
    f('a -0 1', 'a 1000 -0')
    f('a +5 1', 'a 1000 5')
    f('a 1e308 1', 'a 1000 1e+308')
    f('a .5 1', 'a 1000 0.5')
    f('a 12345678901234567890 1', 'a 1000 12345678901234567000')
  })

  test('with timestamps in seconds and their fractions', () => {
    f('a 1 1455320690', 'a 1455320690000 1')
    f('a 1 1455320690.25', 'a 1455320690250 1')
    f('a 1 1455320690.123456789', 'a 1455320690123+456789 1')
    f('a 1 1.5e9', 'a 1500000000000 1')
    f('a 1 0', 'a 0 1')
  })

  test('at the time of receipt where the timestamp is -1', () => {
    f('a 1 -1', 'a 1700000000123 1')
    f('a 1 -1.0', 'a 1700000000123 1')
    f('a 1 -2', 'a -2000 1')
    f('a 1 -10', 'a -10000 1')
  })
})

test('timestamps in other units are told by their size, unless the option says seconds', () => {
  const line = 'a 1 1455320690250'
  expect(decoded(decoder(), line).observations.map(shown)).toEqual(['a 1455320690250 1'])
  const seconds = decoded(decoder({ timestampUnit: 's' }), line).observations
  expect(seconds.map(shown)).toEqual(['a 1455320690250000 1'])
})

describe('a line is refused', () => {
  function f(line: string | Uint8Array, reason: string): void {
    const { observations, rejections } = decoded(decoder(), line)
    expect(observations).toEqual([])
    expect(rejections.map((rejection) => rejection.reason)).toEqual([reason])
  }

  test('where it has not three parts', () => {
    for (const line of ['a', 'a ', 'a 1', 'a 1 ', 'a 1 1 1', 'a 1 1 x']) f(line, 'malformed')
  })

  test('where its path is none', () => {
    for (const path of [
      ';',
      ';t=1',
      'a;',
      'a;t',
      'a;t=',
      'a;=1',
      'a;;t=1',
      'a\u0000b',
      'a;t=\u007f',
    ]) {
      f(path + ' 1 1', 'malformed')
    }
    for (const name of ['__name__', '__field__']) f(`a;${name}=x 1 1`, 'malformed')
    f(Uint8Array.from([0x61, 0xff, ...Buffer.from(' 1 1')]), 'invalid_utf8')
  })

  test('where its value is no finite number', () => {
    for (const word of ['nan', 'NaN', 'inf', '-inf', 'Infinity', '1e309']) {
      f(`a ${word} 1`, 'not_finite')
    }
    for (const word of ['x', '1x', '0x10', '1_000', '1,5', '--1', '.', 'true', 'x'.repeat(50)]) {
      f(`a ${word} 1`, 'not_numeric')
    }
  })

  test('where its timestamp is none', () => {
    for (const stamp of ['x', '1x', 'N', '2020-01-01', '1e40', '9'.repeat(25)]) {
      f(`a 1 ${stamp}`, 'bad_timestamp')
    }
  })

  test('where it is longer than the limit, and the next one is read', () => {
    const payload = `${'a'.repeat(300)} 1 1\nb 2 1\n`
    const { observations, rejections } = decoded(decoder({ lineBytesMax: 256 }), payload)
    expect(observations.map(shown)).toEqual(['b 1000 2'])
    expect(rejections).toMatchObject([{ reason: 'too_long' }])
  })
})

test('reads what splitting at white space reads', () => {
  const random = new Random(3)
  const one = decoder()
  for (let round = 0; round < 20_000; round++) {
    const value = (random.uniform() - 0.5) * 10 ** (random.below(30) - 15)
    const seconds = random.below(2 ** 31)
    const blank = ' '.repeat(1 + random.below(3))
    const line = `s.${random.below(50)}${blank}${value}${blank}${seconds}`
    const [path, number, stamp] = line.split(/\s+/)
    const { observations } = decoded(one, line)
    expect(observations[0]?.labels.name).toBe(path)
    expect(observations[0]?.value).toBe(Number(number))
    expect(observations[0]?.timestampMs).toBe(Number(stamp) * 1000)
  }
})
