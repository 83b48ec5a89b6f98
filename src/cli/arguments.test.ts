import { describe, expect, test } from 'vitest'
import { commandArguments, numberOf } from './arguments.ts'
import type { CommandPage } from './command.ts'
import { helpText, wrapped } from './help.ts'

const flags = {
  detector: { value: 'NAME', about: 'Which detector.' },
  set: { value: 'A=B', many: true, about: 'One option.' },
  json: { short: 'j', about: 'For programs.' },
} as const

const page: CommandPage<typeof flags> = {
  name: 'forewarn test',
  usage: 'FILE… [options]',
  summary: 'Tests.',
  about: ['One paragraph.'],
  flags,
  examples: [{ line: 'forewarn test a', does: 'Something.' }],
  operandsMin: 1,
  operandsMax: 2,
}

describe('arguments', () => {
  function f(args: string[], want: unknown): void {
    test(args.join(' '), () => expect(commandArguments(page, args)).toEqual(want))
  }

  const none = { detector: undefined, set: [], json: false }
  f(['a'], { values: none, operands: ['a'] })
  f(['a', '-'], { values: none, operands: ['a', '-'] })
  f(['a', '--detector', 'ema'], { values: { ...none, detector: 'ema' }, operands: ['a'] })
  f(['--detector=ema', 'a'], { values: { ...none, detector: 'ema' }, operands: ['a'] })
  f(['a', '--set', 'x=1', '--set=y=2'], {
    values: { ...none, set: ['x=1', 'y=2'] },
    operands: ['a'],
  })
  f(['-j', 'a'], { values: { ...none, json: true }, operands: ['a'] })
  f(['--', '--json'], { values: none, operands: ['--json'] })
  f(['--help'], 'help')
  f(['a', 'b', 'c', '-h'], 'help')
})

describe('arguments that cannot be understood', () => {
  function f(args: string[], want: string): void {
    test(want, () => {
      const error = expect.objectContaining({ code: 'ERR_CLI_USAGE', message: want })
      expect(() => commandArguments(page, args)).toThrow(error)
    })
  }

  f([], 'missing argument; usage: FILE… [options]')
  f(['a', 'b', 'c'], 'unexpected argument "c"')
  f(['a', '--detecter', 'x'], 'unknown option "--detecter"; did you mean "--detector"?')
  f(['a', '-x'], 'unknown option "-x"')
  f(['a', '--__proto__'], 'unknown option "--__proto__"')
  f(['a', '--detector'], 'option "--detector" needs a value: --detector NAME')
  f(['a', '--json=yes'], 'option "--json" takes no value, found "yes"')
})

describe('a number behind a flag', () => {
  const range = { min: 1, max: 10, whole: true }

  test('is read where it is one', () => {
    expect(numberOf('n', '7', range)).toBe(7)
    expect(numberOf('n', '.5', { min: 0, max: 1, whole: false })).toBe(0.5)
  })

  test.each(['', ' ', '0', '11', '1.5', 'x', 'NaN'])('is refused: "%s"', (text) => {
    const message = `option "--n" needs a whole number from 1 to 10: "${text}"`
    expect(() => numberOf('n', text, range)).toThrow(message)
  })
})

describe('help', () => {
  test('is the page, from top to bottom', () => {
    expect(helpText(page, 80)).toBe(`Usage: forewarn test FILE… [options]

One paragraph.

Options:
      --detector NAME         Which detector.
      --set A=B…              One option.
  -j, --json                  For programs.
  -h, --help                  Print this page and exit.

Examples:
  forewarn test a
      Something.
`)
  })

  test('is broken at spaces, and indented', () => {
    expect(wrapped('one two three', 9, 2)).toBe('  one two\n  three')
    expect(wrapped('unbreakable', 5, 0)).toBe('unbreakable')
  })
})
