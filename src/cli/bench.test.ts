import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { benchCommand } from './bench.ts'
import { speedBench } from './bench-speed.ts'
import type { CommandIo } from './command.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const rows = Array.from({ length: 20 }, (_, row) => `2020-01-01 00:${row + 10}:00,${row % 3}`)
  const window = ['2020-01-01 00:20:00.000000', '2020-01-01 00:23:00.000000']
  write('nab/labels/combined_windows.json', JSON.stringify({ 'a/one.csv': [window] }))
  write('nab/data/a/one.csv', 'timestamp,value\n' + rows.join('\n') + '\n')
  const scores = rows.map((_, row) => (row === 11 ? 0.9 : 0.1))
  write('scores/theirs/a/one.csv', 'anomaly_score\n' + scores.join('\n') + '\n')
  const labelled = rows.map((_, row) => `${60 * row},${row % 3},${row >= 10 && row < 14 ? 1 : 0}`)
  write('kpi/one.csv', labelled.join('\n') + '\n')
  write('scores/theirs/one.csv', 'anomaly_score\n' + scores.join('\n') + '\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(path: string, content: string): void {
  const full = join(folder, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, content)
}

/** Streams that keep what was written to them. */
function testIo(env: Readonly<Record<string, string>> = {}) {
  const written = { stdout: '', stderr: '' }
  const output = (name: keyof typeof written): PassThrough => {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => (written[name] += chunk.toString()))
    return stream
  }
  const io: CommandIo = {
    stdin: new PassThrough(),
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
    signal: new AbortController().signal,
    onHangUp: () => {},
    clock: { nowMs: () => 0, after: () => () => {} },
  }
  return { io, written }
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { io, written } = testIo(env)
  const code = await benchCommand(args, io)
  await new Promise((resolve) => setImmediate(resolve))
  return { code, ...written }
}

describe('bench nab', () => {
  test('scores result files and prints one JSON object', async () => {
    const args = ['nab', '--data', folder, '--results', join(folder, 'scores/theirs'), '--json']
    const { code, stdout, stderr } = await run(args)
    expect(code).toBe(0)
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as Record<string, unknown>
    // One window of 4 rows, found in its second row: worth .9669890878000605 of 1.
    expect(Object.keys(report)).toEqual([
      'detector',
      'standard',
      'reward_low_FP_rate',
      'reward_low_FN_rate',
      'files',
      'microseconds_per_sample',
    ])
    const standard = {
      raw: 0.9669890878000605,
      score: expect.closeTo(98.349454390003, 9) as number,
      threshold: 0.9,
    }
    expect(report['standard']).toEqual({ ...standard, default_threshold_score: 0 })
    expect(report).toMatchObject({ detector: 'theirs', microseconds_per_sample: null })
    expect(report['files']).toHaveLength(3)
    expect(report['files']).toContainEqual({
      profile: 'standard',
      file: 'a/one.csv',
      threshold: 0.9,
      score: 0.9669890878000605,
      tp: 1,
      tn: 13,
      fp: 0,
      fn: 3,
      total_count: 17,
    })
  })

  test('finds a detector’s folder among results, and the data by the environment', async () => {
    const results = ['--results', join(folder, 'scores'), '--detector', 'theirs']
    const { stdout } = await run(['nab', ...results], { FOREWARN_DATA: join(folder, 'nab') })
    expect(stdout).toContain('theirs on NAB: 1 files, 20 rows, 1 windows')
    expect(stdout).toMatch(/standard +98\.3495 +0\.9 +0\.9670 +0\.0000/)
    expect(stdout).toMatch(/a\/one\.csv +0\.9670 +1 +13 +0 +3/)
  })

  test('runs a detector, with its options by --set, and says what it cost', async () => {
    const args = ['nab', '--data', folder, '--detector', 'ema', '--set', 'alpha=.5', '--json']
    const report = JSON.parse((await run(args)).stdout) as Record<string, unknown>
    expect(report['detector']).toBe('ema')
    expect(report['microseconds_per_sample']).toBeGreaterThan(0)
  })
})

test('bench generator needs no data and names its stream', async () => {
  const args = ['generator', '--detector', 'ema', '--set', 'alpha=.1']
  const { code, stdout } = await run(args)
  expect(code).toBe(0)
  expect(stdout).toContain('ema on the stream response-times: recall is of spikes of 10 ms')
  const report = JSON.parse((await run([...args, '--json'])).stdout) as Record<string, unknown>
  expect(report).toMatchObject({ detector: 'ema', stream: 'response-times', recall_min: 0.85 })
  expect(report['best']).toHaveProperty('precision')
  expect(report['default_threshold']).toHaveProperty('recall')
})

test('bench accuracy writes the same report whenever it runs, detector by detector', async () => {
  const label = (_: unknown, row: number): string =>
    `2020-01-01 ${String(row).padStart(2, '0')}:00:00,${row % 3},${row === 12 ? 1 : 0}`
  const rows = Array.from({ length: 20 }, label)
  write('cloud-monitoring/a/one.csv', 'TimeStamp,Value,Label\n' + rows.join('\n') + '\n')
  const reportOf = async (
    name: string,
    detector = 'ema',
  ): Promise<{ file: string; stdout: string }> => {
    const output = join(folder, 'out', name)
    const args = ['accuracy', '--data', folder, '--detector', detector, '--output', output]
    const { stdout } = await run(args)
    return { file: readFileSync(output, 'utf8'), stdout }
  }
  const first = await reportOf('first.json')
  const second = await reportOf('second.json')
  expect(second.file).toBe(first.file)
  expect(first.stdout).toMatch(/NAB standard +-?\d+\.\d \(/)
  const report = JSON.parse(first.file) as Record<string, unknown>
  expect(report['corpora']).toEqual({
    nab: { series: 1, rows: 20, ranges: 1 },
    kpi: { series: 1, rows: 20, ranges: 1 },
    cloud: { series: 1, rows: 20, ranges: 1 },
  })
  expect(Object.keys(report['detectors'] as object)).toEqual(['ema'])
  expect(first.file).not.toContain('microseconds')
  const both = await reportOf('first.json', 'sma')
  const kept = JSON.parse(both.file) as { detectors: Record<string, unknown> }
  expect(Object.keys(kept.detectors)).toEqual(['sma', 'ema'])
  expect(kept.detectors['ema']).toEqual((report['detectors'] as Record<string, unknown>)['ema'])
})

test('bench kpi prints F1 in three ways', async () => {
  const args = ['kpi', '--data', folder, '--results', join(folder, 'scores/theirs')]
  const report = JSON.parse((await run([...args, '--json'])).stdout) as Record<string, unknown>
  expect(report).toMatchObject({
    corpus: 'kpi',
    delay_rows: 7,
    best_f1: 1,
    default_threshold_f1: 0,
    alarm_stream_f1: 0,
    best: { threshold: 0.9, tp: 4, fp: 0, fn: 0, segments_found: 1, segments: 1 },
  })
  const { stdout } = await run(args)
  expect(stdout).toMatch(/best threshold +1\.0000 +1\.0000 +1\.0000 +0\.9 +1/)
})

describe('bench budget', () => {
  test('in two parts that are added is as the whole', async () => {
    const asked = ['budget', '--series', '16', '--json']
    for (const part of ['1/2', '2/2']) {
      const { stdout } = await run([...asked, '--shard', part])
      write(`parts/${part.slice(0, 1)}.json`, stdout)
    }
    const added = await run(['budget', '--results', join(folder, 'parts')])
    const whole = await run(asked.slice(0, -1))
    expect(added.stdout).toBe(whole.stdout)
    expect(whole.stdout).toMatch(/bursty +2 /)
  })

  test('refuses parts that cannot be, and files that are no parts', async () => {
    const refused = async (args: readonly string[], want: RegExp): Promise<void> => {
      await expect(run(['budget', ...args])).rejects.toThrow(want)
    }
    await refused(['--shard', '3/2'], /wants such as 2\/8/)
    await refused(['--shard', '0/2'], /wants such as 2\/8/)
    await refused(['--results', folder, '--series', '8'], /takes --results alone/)
    write('none/a.json', '{"detector":"ema"}')
    await refused(['--results', join(folder, 'none')], /no report of bench budget/)
    write('none/a.json', 'alarms')
    await refused(['--results', join(folder, 'none')], /it is no JSON/)
  })
})

describe('bench refuses', () => {
  const f = async (args: readonly string[], code: string, want: string): Promise<void> => {
    const message = expect.stringContaining(want) as string
    await expect(run(args)).rejects.toMatchObject({ code, message })
  }

  test('what it cannot understand', async () => {
    const usage = 'ERR_CLI_USAGE'
    await f(['nba', '--data', folder], usage, 'unknown bench "nba"; did you mean "nab"?')
    await f(['nab'], usage, 'name the folder of the data sets with --data DIR or FOREWARN_DATA')
    const nab = ['nab', '--data', folder]
    await f([...nab, '--detector', 'emma'], usage, 'unknown detector "emma"; did you mean "ema"?')
    await f([...nab, '--results', folder, '--set', 'a=1'], usage, '--set has no meaning')
  })

  test('data that is not there', async () => {
    const missing = 'ERR_EVALUATION_DATA'
    await f(['cloud', '--data', folder], missing, 'cannot evaluate on the cloud-monitoring corpus')
    await f(['nab', '--data', join(folder, 'none')], missing, 'labels/combined_windows.json')
  })
})

describe('bench speed', () => {
  test('runs each program by itself and puts their JSON under their names', async () => {
    const program = `const json = process.argv.includes('--json')\n`
    write('speed/one.ts', program + `console.log(json ? '{"a":1}' : 'table one')\n`)
    write('speed/two.ts', program + `console.log(json ? '[2]' : 'table two')\n`)
    write('speed/two.test.ts', `throw new Error('not a program')\n`)
    const tables = testIo()
    const programs = join(folder, 'speed')
    expect(await speedBench({ format: 'tables', folder: programs }, tables.io)).toBe(0)
    expect(tables.written.stdout).toBe('table one\ntable two\n')
    const json = testIo()
    expect(await speedBench({ format: 'json', folder: programs }, json.io)).toBe(0)
    expect(JSON.parse(json.written.stdout)).toEqual({ one: { a: 1 }, two: [2] })
  })

  test('says which program failed, or that there is none', async () => {
    const { io, written } = testIo()
    expect(await speedBench({ format: 'json', folder }, io)).toBe(1)
    write('speed/bad.ts', `console.error('why'); process.exit(3)\n`)
    expect(await speedBench({ format: 'json', folder: join(folder, 'speed') }, io)).toBe(1)
    expect(written.stderr).toContain(`no programs in "${folder}"`)
    expect(written.stderr).toContain('why\ncannot measure speed: bad.ts ended with exit code 3')
  })
})
