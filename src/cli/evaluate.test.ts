import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { evaluateCommand } from './evaluate.ts'
import { testbedCommand } from './testbed.ts'
import { trainCommand } from './train.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-evaluate-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function done(command: typeof evaluateCommand, args: readonly string[]): Promise<string> {
  const io = keptIo()
  expect(await command(args, io)).toBe(0)
  return io.out()
}

const shop = join(folder, 'shop')
const simulate = ['simulate', '--minutes', '90', '--seed', '5', '--faults', 'gradual']

describe('forewarn testbed simulate', () => {
  test('writes what agents send, and the truth; the same seed gives the same bytes', async () => {
    await done(testbedCommand, [...simulate, '--out', shop])
    await done(testbedCommand, [...simulate, '--out', join(folder, 'again')])
    for (const name of ['stats', 'responsetime', 'truth.json']) {
      expect(readFileSync(join(folder, 'again', name))).toEqual(readFileSync(join(shop, name)))
    }
    const stats = readFileSync(join(shop, 'stats'), 'utf8').trimEnd().split('\n')
    expect(stats).toHaveLength(5400)
    expect(stats.every((line, i) => line.startsWith(`${1_704_067_200 + i},`))).toBe(true)
    const lines = readFileSync(join(shop, 'responsetime'), 'utf8').trimEnd().split('\n')
    expect(lines.every((line) => /^\d+,17040\d{5}$/.test(line))).toBe(true)
    const truth = JSON.parse(readFileSync(join(shop, 'truth.json'), 'utf8')) as {
      injections: { kind: string; startSecond: number; endSecond: number; gradual: boolean }[]
      breaches: { onset: number; end: number }[]
    }
    expect(truth.breaches.length).toBeGreaterThan(5)
    // Each breach of a shop with faults of these kinds alone begins while one of them is there.
    for (const { onset } of truth.breaches) {
      const causes = truth.injections.filter(({ gradual, startSecond, endSecond }) => {
        return gradual && startSecond <= onset && onset < endSecond
      })
      expect(causes).toHaveLength(1)
    }
  })

  test('says what is wrong', async () => {
    const f = async (args: readonly string[], want: RegExp): Promise<void> => {
      await expect(testbedCommand(args, keptIo())).rejects.toThrow(want)
    }
    await f(['simulate'], /option "--out" is missing/)
    await f(['simulate', '--out', shop, '--faults', 'cpu-leek'], /no fault "cpu-leek".*cpu-leak/)
    await f(['records', '--out', shop], /no testbed "records".*record/)
    await f([], /missing argument/)
    await f(['record'], /option "--out" is missing/)
    await f(['record', '--out', shop, '--minutes', '0'], /"--minutes" needs a whole number/)
    await f(['record', '--out', shop, '--faults', 'cpu-leek'], /no fault "cpu-leek"/)
    await f(['record', '--out', shop, '--nice', '20'], /"--nice" needs a whole number from -20/)
    mkdirSync(join(folder, 'taken', 'part-1'), { recursive: true })
    await f(['record', '--out', join(folder, 'taken')], /there is a record in/)
    await f(['play', shop], /expected one of "--out", "--url" and "--brokers"/)
    await f(['play', shop, '--brokers', 'x', '--out', 'y'], /expected one of/)
    await f(['play', shop, '--url', 'ftp://127.0.0.1'], /"--url" needs an address/)
    await f(['play', shop, '--out', `${shop}/.`], /cannot be played into its own folder/)
    await f(['play', shop, '--out', 'y', '--speed', '0'], /"--speed" needs a number from/)
    await f(['play', join(folder, 'none'), '--out', join(folder, 'y')], /cannot read the record/)
  })
})

describe('forewarn evaluate', () => {
  const simulated = ['--seeds', '5', '--hours', '1.5', '--faults', 'gradual']

  test('says the same of a simulation and of the files that it writes', async () => {
    const text = await done(evaluateCommand, simulated)
    expect(await done(evaluateCommand, [shop])).toBe(text)
    for (const method of ['forewarn', 'never', '80 % of limit', 'linear']) {
      expect(text).toContain(`\n${method}`)
    }
    expect(text.toLowerCase()).not.toContain('accuracy')
    expect(text).toMatch(/^gradual +\d+ +\d+ +\d+ +\d+ +\d+ +[01]\.\d{3} \[/m)
    expect(text).toMatch(/^disk-hog +[1-9]/m)
    expect(text).toMatch(/^all breaches +-?[01]\.\d{3} \[/m)
    const sudden = [...simulated.slice(0, -1), 'sudden']
    expect(await done(evaluateCommand, sudden)).toMatch(/^surge +[1-9]\d* +[1-9]\d* +\d+ +\d+ \[/m)
  })

  test('reads further fields that the truth names, packed or not', async () => {
    const packed = join(folder, 'packed')
    mkdirSync(packed)
    const stats = readFileSync(join(shop, 'stats'), 'utf8').replaceAll('\n', ',7,9\n')
    writeFileSync(join(packed, 'stats.gz'), gzipSync(stats))
    const responses = readFileSync(join(shop, 'responsetime'))
    writeFileSync(join(packed, 'responsetime.gz'), gzipSync(responses))
    const truth = JSON.parse(readFileSync(join(shop, 'truth.json'), 'utf8')) as object
    const columns = ['host_cpu', 'heap']
    writeFileSync(join(packed, 'truth.json'), JSON.stringify({ ...truth, columns }))
    const metric = async (name: string): Promise<string> =>
      done(evaluateCommand, [packed, '--metric', name])
    expect(await metric('mean')).toMatch(/^1\.5 hours/)
    // Always 9, under the limit of 100.
    expect(await metric('heap')).toMatch(/^forewarn +0 +0 +0 /m)
    await expect(metric('heat')).rejects.toThrow(/no metric "heat".*violations, host_cpu, heap/)
    writeFileSync(join(packed, 'truth.json'), JSON.stringify({ columns: ['a', 'b', 'c'] }))
    await expect(metric('mean')).rejects.toThrow(/is no line of one/)
  })

  test('writes JSON and a page that needs nothing from outside', async () => {
    const [json, html] = [join(folder, 'r.json'), join(folder, 'r.html')]
    await done(evaluateCommand, [...simulated, '--json', json, '--html', html])
    const report = JSON.parse(readFileSync(json, 'utf8')) as {
      seconds: number
      methods: unknown[]
      faults: { gradual: { name: string }[]; margins: unknown[] }
    }
    expect(report.seconds).toBe(5400)
    expect(report.methods).toHaveLength(4)
    expect(report.faults.gradual.map(({ name }) => name)).toContain('lock-contention')
    expect(report.faults.margins).toHaveLength(2)
    const page = readFileSync(html, 'utf8')
    expect(page.match(/<svg/g)).toHaveLength(3)
    expect(page).toMatch(
      /Gradual faults, alone[^]*lock-contention[^]*Margin: forewarn minus linear/,
    )
    expect(page).not.toMatch(/<script|src=|href=/)
  })

  test('begins with what was taught', async () => {
    const state = join(folder, 'state')
    await done(trainCommand, ['--seeds', '6-7', '--hours', '1', '--state', state])
    const taught = await done(evaluateCommand, [...simulated, '--state', state])
    expect(taught).not.toBe(await done(evaluateCommand, simulated))
    const other = [...simulated, '--state', state, '--limit', '90']
    await expect(evaluateCommand(other, keptIo())).rejects.toThrow(/of other metrics, objective/)
  })

  test('learns only from what it is taught where that is asked for', async () => {
    const lesson = join(folder, 'lesson')
    const plan = ['simulate', '--minutes', '60', '--seed', '8', '--faults', 'gradual']
    await done(testbedCommand, [...plan, '--out', lesson])
    const taught = await done(evaluateCommand, [shop, '--teach', lesson])
    const still = await done(evaluateCommand, [shop, '--teach', lesson, '--learn', 'off'])
    expect(taught).not.toBe(await done(evaluateCommand, [shop]))
    expect(still).not.toBe(taught)
    const wrong = evaluateCommand([shop, '--learn', 'never'], keptIo())
    await expect(wrong).rejects.toThrow(/--learn wants on or off, found "never"/)
  })

  test('judges the models of the RUBiS study by the same rules', async () => {
    const path = join(folder, 'study.jsonl')
    // The processor repeats itself, but for one second, five before the objective breaks.
    const rows = Array.from({ length: 300 }, (_, i) => {
      const [cpu, mean] = [i === 280 ? 95 : 20 + 10 * (i % 3), i < 285 ? 10 : 90]
      return JSON.stringify({ timestamp: i, cpu, mem: 17, mean })
    })
    writeFileSync(path, rows.join('\n'))
    const rule = ['--limit', '70', '--hold', '1', '--confirm', '1', '--threshold', '0.98']
    const judged = [path, ...rule, '--teach', path, '--learn', 'off']
    for (const preset of ['rubis-1', 'rubis-2', 'rubis-3']) {
      const text = await done(evaluateCommand, [...judged, '--preset', preset])
      expect(text).toMatch(new RegExp(`^${preset} +[1-9]\\d* +1 +1 +1 `, 'm'))
    }
    const other = evaluateCommand([...judged, '--preset', 'rubis-4'], keptIo())
    await expect(other).rejects.toThrow(/no preset "rubis-4"; there are rubis-1, rubis-2, rubis-3/)
  })

  test('reads one JSON object a line, and passes over lines that lack a number', async () => {
    const path = join(folder, 'aggregate.jsonl')
    const rows = Array.from({ length: 200 }, (_, i) => {
      return JSON.stringify({ timestamp: i, cpu: i === 7 ? null : 30, mean: i < 190 ? 10 : 90 })
    })
    writeFileSync(path, rows.join('\n'))
    const text = await done(evaluateCommand, [path, '--limit', '70'])
    expect(text).toMatch(/^never +0 +0 +1 +0 /m)
    const missing = evaluateCommand([path, '--metric', 'max'], keptIo())
    await expect(missing).rejects.toThrow(/no metric "max" in .*there are cpu, mean/)
  })

  test('says which record cannot be read', async () => {
    const nowhere = evaluateCommand([join(folder, 'nowhere')], keptIo())
    await expect(nowhere).rejects.toThrow(/cannot read the record .*nowhere/)
    await expect(evaluateCommand(['--seeds', '9-1'], keptIo())).rejects.toThrow(/a range as 1-16/)
  })
})
