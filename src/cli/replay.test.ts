import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { LastValueDetector } from '../../test/last-value-detector.ts'
import { programEnvironment } from '../../test/program-environment.ts'
import type { DetectorFactory, FileFacts } from '../evaluation/run.ts'
import type { CommandIo } from './command.ts'
import { replayCommand, replayOver } from './replay.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'forewarn-replay-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Runs the command over a detector that is worked out by hand. */
async function run(args: readonly string[], given: Parameters<typeof keptIo>[0] = {}) {
  const io = keptIo(given)
  const code = await replayOver(() => () => new LastValueDetector())(args, io)
  return { code, out: io.out(), err: io.err() }
}

const rows = 'timestamp,value\n1,10\n2,11\n3,12\n4,50\n'
const judged =
  'timestamp,value,score,expected,lower,upper,status,alarm\n' +
  '1,10,0,,,,probation,\n2,11,0,10,0,20,probation,\n3,12,0,11,1,21,probation,\n' +
  '4,50,0.9999,12,2,22,anomalous,firing\n'

describe('input', () => {
  test('is a file, a packed file, stdin or packed stdin, whatever the names say', async () => {
    const packed = gzipSync(rows)
    expect((await run([written('a.csv', rows)])).out).toBe(judged)
    expect((await run([written('b.csv.gz', packed)])).out).toBe(judged)
    expect((await run([written('c.txt', packed)])).out).toBe(judged)
    expect((await run(['-'], { stdin: rows })).out).toBe(judged)
    const io = { ...keptIo(), stdin: Readable.from([packed.subarray(0, 1), packed.subarray(1)]) }
    expect(await replayCommand(['-', '--output', join(folder, 'o.csv')], io)).toBe(0)
    expect(readFileSync(join(folder, 'o.csv'), 'utf8').split('\n')).toHaveLength(6)
  })

  test('in several packed members is read to the end', async () => {
    const members = Buffer.concat([gzipSync(rows.slice(0, 30)), gzipSync(rows.slice(30))])
    expect((await run([written('a.gz', members)])).out).toBe(judged)
  })

  test('with a byte order mark is read without it', async () => {
    expect((await run([written('a.csv', '\ufeff' + rows)])).out).toBe(judged)
  })

  test('that is empty gives a header and no error', async () => {
    const { code, out } = await run([written('a.csv', '')])
    expect({ code, out }).toEqual({ code: 0, out: judged.slice(0, judged.indexOf('\n') + 1) })
  })

  test('of several files has a series for each, named by the files', async () => {
    mkdirSync(join(folder, 'x'))
    const paths = [written('a.csv', rows), written('b.csv.gz', gzipSync(rows))]
    const { out } = await run(paths)
    expect(out.split('\n').map((line) => line.split(',')[0])).toEqual([
      'series',
      'a',
      'a',
      'a',
      'a',
      'b',
      'b',
      'b',
      'b',
      '',
    ])
    const alike = [paths[0] as string, written('x/a.csv', rows)]
    const names = new Set(
      (await run(alike)).out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(',')[0]),
    )
    expect(names).toEqual(new Set(alike))
  })

  test('of lines that name a series twice continues it in the next file', async () => {
    const [first, second] = [written('a.lp', 'm v=1 1\nm v=2 2\n'), written('b.lp', 'm v=3 3\n')]
    const { out, err } = await run([first, second])
    expect(out.split('\n')[3]).toBe('m:v,3,3,0,2,-8,12,probation,')
    expect(err).toContain('of 1 series')
  })

  test('whose second series comes late has a column of series all the same', async () => {
    const line = (name: string, i: number): string => `${name} v=${i % 7} ${1_700_000_000 + i}\n`
    let text = ''
    for (let i = 0; i < 20_000; i++) text += line('metric.with.a.long.name', i)
    const one = await run([written('one.lp', text)])
    expect(one.out.slice(0, 9)).toBe('timestamp')
    const two = await run([written('two.lp', text + line('other', 20_000))])
    expect(two.out.slice(0, 6)).toBe('series')
    // Only the end of stdin would tell, so it has the column in any case.
    const piped = await run(['-'], { stdin: text })
    expect(piped.out.slice(0, 6)).toBe('series')
  })
})

describe('detectors', () => {
  /** The facts that a detector was told, by what `--set` and the input say. */
  async function facts(set: readonly string[], text: string): Promise<FileFacts[]> {
    const told: FileFacts[] = []
    const factory: DetectorFactory = (file) => {
      told.push(file)
      return new LastValueDetector()
    }
    const args = [written('a.csv', text), ...set.flatMap((pair) => ['--set', pair])]
    expect(await replayOver(() => factory)(args, keptIo())).toBe(0)
    return told
  }

  test('are told the range of their series in a first pass by range=file', async () => {
    const text = 'series,timestamp,value\na,1,5\nb,1,-3\na,2,9\na,3,oops\nb,2,4\n'
    const probationSamples = undefined
    expect(await facts(['range=file'], text)).toEqual([
      { probationSamples, valueMin: 5, valueMax: 9 },
      { probationSamples, valueMin: -3, valueMax: 4 },
    ])
    const unknown = { probationSamples, valueMin: NaN, valueMax: NaN }
    expect(await facts([], text)).toEqual([unknown, unknown])
  })

  test('and their options are those of the program', async () => {
    const io = keptIo()
    const args = [written('a.csv', rows), '--detector', 'ema', '--set', 'probation=2']
    expect(await replayCommand(args, io)).toBe(0)
    expect(
      io
        .out()
        .split('\n')
        .map((line) => line.split(',')[6]),
    ).toEqual([
      'status',
      'probation',
      'probation',
      'ok',
      expect.stringMatching(/ok|anomalous/),
      undefined,
    ])
  })
})

describe('output', () => {
  test('goes to a file by its ending', async () => {
    const input = written('a.csv', rows)
    const csv = join(folder, 'out.csv')
    expect((await run([input, '--output', csv])).out).toBe('')
    expect(readFileSync(csv, 'utf8')).toBe(judged)
    const jsonl = join(folder, 'out.jsonl')
    await run([input, '-o', jsonl])
    const lines = readFileSync(jsonl, 'utf8').split('\n').slice(0, -1)
    expect(lines.map((line) => JSON.parse(line))[3]).toEqual({
      timestamp: 4,
      value: 50,
      score: 0.9999,
      expected: 12,
      lower: 2,
      upper: 22,
      status: 'anomalous',
      alarm: 'firing',
    })
  })

  test('can be replayed again', async () => {
    const input = written('a.csv', rows)
    await run([input, input.replace('a.csv', './a.csv'), '-o', join(folder, 'out.csv')])
    const { out, code } = await run([join(folder, 'out.csv')])
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe(
      'series,timestamp,value,score,expected,lower,upper,status,alarm',
    )
  })

  test('is written with the pace of its reader: nothing piles up', async () => {
    let text = 'timestamp,value\n'
    for (let i = 0; i < 120_000; i++) text += `${1_700_000_000 + i},${i % 10}\n`
    let pending = 0
    let most = 0
    let bytes = 0
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        pending += chunk.length
        most = Math.max(most, pending + this.writableLength - chunk.length)
        setImmediate(() => {
          pending -= chunk.length
          bytes += chunk.length
          done()
        })
      },
    })
    const io: CommandIo = { ...keptIo(), stdout: slow }
    expect(
      await replayOver(() => () => new LastValueDetector())([written('a.csv', text)], io),
    ).toBe(0)
    expect(bytes).toBeGreaterThan(2_000_000)
    expect(most).toBeLessThan(1_500_000)
  })
})

describe('what cannot be', () => {
  async function usage(args: readonly string[], message: string): Promise<void> {
    await expect(run(args)).rejects.toMatchObject({
      code: 'ERR_CLI_USAGE',
      message: expect.stringContaining(message),
    })
  }

  test('is an error of usage before a row is read', async () => {
    const input = written('a.csv', rows)
    await usage([], 'missing argument')
    await usage([input, '--format', 'json'], '"json"; did you mean "jsonl"?')
    await usage([input, '--output', 'out.xlsx'], '--output ends in .csv or .jsonl')
    await usage(['-', '-'], 'stdin (-) can be read once')
    await usage(['-', '--set', 'range=file'], 'range=file needs files')
    await usage([input, '--output', input], 'is read and cannot be written as well')
    await usage([input, '--set', 'alarm.hold=soon'], 'hold of the alarm')
    await usage([input, '--set', 'alarm.hodl=1s'], 'did you mean "hold"?')
    await usage([input, '--value', 'cpu'], 'no column "cpu"; there are timestamp, value')
    symlinkSync(input, join(folder, 'link.csv'))
    await usage([input, '--report', join(folder, 'link.csv')], 'cannot be written as well')
    const unknown = replayCommand([input, '--detector', 'emma'], keptIo())
    await expect(unknown).rejects.toMatchObject({ code: 'ERR_CLI_USAGE' })
  })

  async function unreadable(path: string, message: string): Promise<void> {
    await expect(run([path])).rejects.toMatchObject({
      code: 'ERR_SOURCE_READ',
      message: expect.stringContaining(message),
    })
  }

  test('to read is an error that names the input', async () => {
    await unreadable(join(folder, 'none.csv'), 'none.csv: ENOENT')
    await unreadable(folder, 'it is a folder')
    await unreadable(
      written('a.gz', gzipSync(rows).subarray(0, 30)),
      'a.gz: unexpected end of file',
    )
    await unreadable(
      written('b.gz', Buffer.from([0x1f, 0x8b, 8, 0, 9, 9, 9, 9, 9, 9, 9, 9])),
      'b.gz: ',
    )
    await unreadable(written('c.csv', Buffer.from('\ufeff' + rows, 'utf16le')), 'it is UTF-16')
    await unreadable(
      written('d.csv', 'no\x1btable\nat all\n'),
      'd.csv: no column of values among no_table',
    )
  })

  test('to read in the middle keeps the rows before it', async () => {
    let text = 'timestamp,value\n'
    for (let i = 0; i < 50_000; i++) text += `${1_700_000_000 + i},${(i * 7919) % 1000}\n`
    const cut = gzipSync(text).subarray(0, -2000)
    const output = join(folder, 'out.csv')
    const args = [written('a.gz', cut), '--output', output]
    await expect(run(args)).rejects.toMatchObject({ code: 'ERR_SOURCE_READ' })
    const lines = readFileSync(output, 'utf8').split('\n')
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines[1]).toMatch(/^1700000000,0,/)
  })

  test('to write is an error that names the output', async () => {
    const args = [written('a.csv', rows), '--output', join(folder, 'no', 'out.csv')]
    await expect(run(args)).rejects.toMatchObject({
      code: 'ERR_SINK_WRITE',
      message: expect.stringContaining('out.csv'),
    })
  })
})

test('a stop ends the replay with what was judged so far, and says so', async () => {
  const io = keptIo()
  const stdin = new PassThrough()
  const command = replayOver(() => () => new LastValueDetector())
  const code = command(['-'], { ...io, stdin })
  stdin.write(rows)
  io.stop('SIGTERM')
  stdin.end('5,51\n')
  expect(await code).toBe(143)
  expect(io.out().startsWith('timestamp,')).toBe(true)
})

/** The program as a process. */
async function forewarn(args: readonly string[], stdin = '') {
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main, 'replay', ...args], {
    cwd: folder,
    env: programEnvironment,
    stdio: 'pipe',
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  const [code] = await once(child, 'close')
  return { code, out, err }
}

describe('from outside', () => {
  test('exit codes say what happened, rows go to stdout and words to stderr', async () => {
    const good = await forewarn(['-', '--detector', 'ema'], rows)
    expect(good.code).toBe(0)
    expect(good.out.split('\n')).toHaveLength(6)
    expect(good.err).toBe('replay: 4 rows of 1 series: 0 anomalous, 0 alarms, 0 refused\n')
    const wrong = await forewarn(['-', '--detector', 'emma'])
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('unknown detector "emma"')
    const missing = await forewarn(['none.csv'])
    expect(missing.code).toBe(1)
    expect(missing.err).toContain('cannot read none.csv')
    expect((await forewarn(['--help'])).code).toBe(0)
  })

  test('bytes that are nothing are refused row by row, without a crash', async () => {
    const bytes = Array.from({ length: 5000 }, (_, i) =>
      String.fromCharCode((i * 7919) % 256),
    ).join('')
    const { code, err } = await forewarn(['-', '--format', 'carbon'], bytes)
    expect(code).toBe(1)
    expect(err).toMatch(/\d+ rows? of 0 series: 0 anomalous, 0 alarms, \d+ refused/)
    expect(err).not.toContain('fault of forewarn')
  })
})
