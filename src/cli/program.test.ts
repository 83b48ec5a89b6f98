import { describe, expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { program } from './program.ts'

const commands = [
  'run',
  'demo',
  'replay',
  'generate',
  'check',
  'detectors',
  'bench',
  'silence',
  'ack',
  'state',
]

describe('help', () => {
  test.each(commands)(
    '%s --help says how it is used, on stdout, and exits with 0',
    async (name) => {
      const io = keptIo()
      expect(await program([name, '--help'], io)).toBe(0)
      expect(io.out()).toMatch(new RegExp(`^Usage: forewarn ${name}`))
      expect(io.out()).toContain('--help')
      expect(io.err()).toBe('')
    },
  )

  test.each([['--help'], ['-h'], ['help']])('%s lists every command', async (flag) => {
    const io = keptIo()
    expect(await program([flag], io)).toBe(0)
    for (const name of commands) expect(io.out()).toContain(`\n  ${name} `)
  })

  test('help NAME is NAME --help', async () => {
    const [one, other] = [keptIo(), keptIo()]
    await program(['help', 'check'], one)
    await program(['check', '--help'], other)
    expect(one.out()).toBe(other.out())
  })

  test('no line of it is over 80 columns where the terminal has 80', async () => {
    for (const name of commands) {
      const io = keptIo()
      await program([name, '--help'], io)
      const long = io
        .out()
        .split('\n')
        .filter((line) => line.length > 80 && !line.startsWith('  forewarn'))
      expect(long).toEqual([])
    }
  })
})

test('--version prints the version and nothing else', async () => {
  const io = keptIo()
  expect(await program(['--version'], io)).toBe(0)
  expect(io.out()).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?\n$/)
})

describe('a command line that cannot be understood', () => {
  function f(args: string[], want: string): void {
    test(`forewarn ${args.join(' ')}`, async () => {
      const io = keptIo()
      expect(await program(args, io)).toBe(2)
      expect(io.out()).toBe('')
      expect(io.err().split('\n')[0]).toBe(want)
    })
  }

  f([], 'Usage: forewarn COMMAND [options]')
  f(['rnu'], 'forewarn: unknown command "rnu"; did you mean "run"?')
  f(['constructor'], 'forewarn: unknown command "constructor"')
  f(['--versoin'], 'forewarn: unknown option "--versoin"; did you mean "--version"?')
  f(['check', '--confg', 'x'], 'forewarn check: unknown option "--confg"; did you mean "--config"?')
  f(['check', '--constructor'], 'forewarn check: unknown option "--constructor"')
  f(['check', '-c'], 'forewarn check: option "-c" needs a value: -c FILE')
  f(['check', '--schema=x'], 'forewarn check: option "--schema" takes no value, found "x"')
  f(['check', 'forewarn.yaml'], 'forewarn check: unexpected argument "forewarn.yaml"')
  f(['demo', 'emaa'], 'forewarn demo: no detector "emaa"; did you mean "ema"?')
  f(
    ['detectors', 'emaa'],
    'forewarn detectors: no detector or score filter "emaa"; did you mean "ema"?',
  )
  f(
    ['generate', '--count', '1.5'],
    'forewarn generate: option "--count" needs a whole number from 1 to 1000000000000000: "1.5"',
  )
  f(
    ['generate', '--preset', 'penus'],
    'forewarn generate: no preset "penus"; did you mean "pensu"?',
  )
  f(
    ['generate', '--start', 'soon'],
    'forewarn generate: option "--start" needs a time, found "soon"',
  )
})

describe('check', () => {
  test('prints what holds on stdout, and on stderr that it is right', async () => {
    const io = keptIo()
    expect(await program(['check', '-c', 'examples/demo.yaml', '--listen', ':1'], io)).toBe(0)
    expect(io.out()).toMatch(/^ {4}type: host +# examples\/demo\.yaml:\d+$/m)
    expect(io.out()).toMatch(/^ {2}listen: ":1" +# --set server\.listen$/m)
    expect(io.err()).toMatch(/^examples\/demo\.yaml is right: 4 sources, /)
  })

  test('of a file with faults prints them on stderr and exits with 78', async () => {
    const io = keptIo({ env: { FOREWARN_SERVER__LISTN: 'x' } })
    expect(await program(['check', '-c', 'examples/demo.yaml'], io)).toBe(78)
    expect(io.out()).toBe('')
    expect(io.err()).toContain('unknown key "listn"; did you mean "listen"?')
    expect(io.err()).toContain('(ERR_CONFIG_INVALID)')
  })

  test('of a file that is not there exits with 78', async () => {
    const io = keptIo()
    expect(await program(['check', '-c', 'no-such-file.yaml'], io)).toBe(78)
    expect(io.err()).toContain('ERR_CONFIG_UNREADABLE')
  })

  test('never prints a secret', async () => {
    const io = keptIo({ env: { FOREWARN_SERVER__TOKEN: 'hunter2' } })
    expect(await program(['check', '-c', 'examples/demo.yaml'], io)).toBe(0)
    expect(io.out()).toMatch(/token: "\*\*\*" +# FOREWARN_SERVER__TOKEN/)
    expect(io.out() + io.err()).not.toContain('hunter2')
  })
})

describe('detectors', () => {
  test('lists each with one sentence', async () => {
    const io = keptIo()
    expect(await program(['detectors'], io)).toBe(0)
    expect(io.out()).toMatch(/^ {2}ema +\S/m)
  })

  test('of a name says what each option takes, by default has, and does', async () => {
    const io = keptIo()
    expect(await program(['detectors', 'ema'], io)).toBe(0)
    expect(io.out()).toMatch(/^ {2}probation +a whole number from 1 to 1000000000; default \d+$/m)
  })
})
