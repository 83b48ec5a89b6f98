/** `forewarn explain` on files, and on what the real program left. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { program } from '../src/cli/program.ts'
import { Random } from '../src/core/random.ts'
import { keptIo } from './command-io.ts'
import { startedProgram } from './real-program.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-explain-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

async function typed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await program(['explain', ...args], io)
  return { code, out: io.out(), err: io.err() }
}

/** What stands behind a name in the output. */
function fact(out: string, name: string): string | undefined {
  const line = out.split('\n').find((each) => each.startsWith(`  ${name}  `))
  return line?.slice(name.length + 2).trim()
}

/** Four days of five minutes, with a rhythm of six hours and a giant on the last. */
function rhythm(): string {
  const random = new Random(1)
  const rows = Array.from({ length: 1152 }, (_, i) => {
    const value = 50 + 20 * Math.sin((2 * Math.PI * i) / 72) + random.gaussian(0, 1)
    return `${1_700_000_000 + 300 * i},${i === 1100 ? 500 : value}\n`
  })
  return 'timestamp,value\n' + rows.join('')
}

describe('forewarn explain', () => {
  test('tells the cadence and period that were found, and which alarm came why', async () => {
    const file = join(newFolder(), 'rhythm.csv')
    writeFileSync(file, rhythm())
    const { code, out } = await typed(file, '--detector', 'seasonal')
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe('rhythm')
    expect(fact(out, 'detector')).toBe('seasonal')
    expect(fact(out, 'cadence')).toBe('5m')
    expect(fact(out, 'period')).toBe('6h')
    expect(out).toMatch(/2023-11-18T17:53:20.000Z {2}500 {2}score 1 {2}500, expected/)
  })

  test('tells which window or rate suits the series, with the errors that say so', async () => {
    const random = new Random(2)
    const file = join(newFolder(), 'noise.csv')
    writeFileSync(
      file,
      Array.from({ length: 2000 }, (_, i) => `${300 * i},${random.gaussian(50, 5)}\n`).join(''),
    )
    const ema = await typed(file, '--detector', 'ema', '--set', 'alpha=auto')
    expect(fact(ema.out, 'alpha')).toBe('0.01')
    const errors = ['0.25', '0.01'].map((rate) =>
      fact(ema.out, `one-step error with alpha ${rate}`),
    )
    expect(Number(errors[0])).toBeGreaterThan(Number(errors[1]))
    const sma = await typed(file, '--detector', 'sma', '--set', 'window=auto')
    expect(Number(fact(sma.out, 'window'))).toBeGreaterThanOrEqual(67)
    const auto = await typed(file)
    expect(fact(auto.out, 'detector')).toBe('auto')
    expect(fact(auto.out, 'weight of the last value')).toMatch(/^-?\d/)
  })

  test('says how far learning is, and what a budget has made of the threshold', async () => {
    const file = join(newFolder(), 'short.csv')
    writeFileSync(file, Array.from({ length: 40 }, (_, i) => `${300 * i},${i % 7}\n`).join(''))
    expect(fact((await typed(file)).out, 'status')).toMatch(/^learning 40\/288/)
    const budget = await typed(file, '--set', 'alarm.budget=1 per week')
    expect(fact(budget.out, 'alarms from')).toMatch(/by its budget of 1 per week$/)
    const wrong = await typed(file, '--set', 'alarm.budget=1 a week')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('such as "1 per week"')])
  })

  test('tells of a series what the running program makes of it, with its token', async () => {
    const folder = newFolder()
    const token = 'a-token-of-enough-characters'
    const running = await startedProgram(
      folder,
      `
sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { absent: 0 } }]
sinks: { page: { type: dashboard } }
server: { listen: '127.0.0.1:0', token: '${token}' }
store: { folder: state }
`,
    )
    onTestFinished(async () => void (await running.stop()))
    const at = (i: number, value: number): string => {
      return `load,host=a\\ b value=${value} ${1_700_000_000 + i}\n`
    }
    const lines = Array.from({ length: 50 }, (_, i) => at(i, 40 + (i % 2))).join('') + at(50, 400)
    const headers = { authorization: `Bearer ${token}` }
    const sent = await running.ask('/api/v2/write?precision=s', {
      method: 'POST',
      body: lines,
      headers,
    })
    expect(sent.status).toBe(204)
    const file = join(folder, 'token')
    writeFileSync(file, token + '\n')
    const where = ['--address', running.address, '--token-file', file]
    const key = 'load:value{host="a b"}'
    await expect.poll(async () => (await typed(key, ...where)).out).toContain('last alarm')
    const { code, out } = await typed(key, ...where)
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe(key)
    expect(fact(out, 'detector')).toBe('ema')
    expect(fact(out, 'status')).toBe('anomalous, probation 30 samples')
    expect(fact(out, 'last alarm')).toMatch(
      /^firing, since 2023-11-14T22:14:10.000Z: 400, expected/,
    )
    const refused = async (args: readonly string[], want: RegExp): Promise<void> => {
      const { code: failed, err } = await typed(...args)
      expect([failed > 0, err]).toEqual([true, expect.stringMatching(want)])
    }
    await refused([key, '--address', running.address], /asks for its access token/)
    await refused(['none', ...where], /answers 404: no series "none"/)
    await refused(['none', ...where, '--folder', folder], /have no meaning with -c and --folder/)
    await refused(['none', '--address', 'http://127.0.0.1:1'], /nothing answers at/)
  })

  test('tells of a series what a program that was stopped had learned', async () => {
    const folder = newFolder()
    const config = `
sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { absent: 0 } }]
series: { idle_after: 0 }
sinks: { file: { type: file, path: out.jsonl } }
server: { listen: '127.0.0.1:0' }
store: { folder: state, checkpoint_every: 1h }
`
    const running = await startedProgram(folder, config)
    const lines = Array.from({ length: 50 }, (_, i) => {
      return `load,host=a value=40 ${1_700_000_000 + i}\n`
    })
    expect(await running.write(lines.join(''))).toBe(204)
    await running.stop()
    const path = join(folder, 'explained.yaml')
    writeFileSync(path, config)
    const where = ['-c', path, '--folder', join(folder, 'state')]
    const { code, out } = await typed('load:value{host="a"}', ...where)
    expect(code).toBe(0)
    expect(fact(out, 'detector')).toBe('ema')
    expect(fact(out, 'level')).toBe('40')
    expect(fact(out, 'status')).toBe('ok, probation 30 samples')
    const none = await typed('load:value{host="b"}', ...where)
    expect(none.code).toBe(1)
    expect(none.err).toContain('there is neither a file "load:value{host="b"}" nor a series')
  })
})
