/** What people say to the real program: it holds, also when the program is killed. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { program } from '../src/cli/program.ts'
import { keptIo } from './command-io.ts'
import { startedProgram, until, writtenReports } from './real-program.ts'
import type { RunningProgram } from './real-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-control-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** One file for everything, one that is handed what people are to be told. */
const config = `
sources: { http: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { absent: 0, keep_firing: 1h } }]
series: { idle_after: 0 }
sinks:
  page: { type: dashboard }
  all: { type: file, path: all.jsonl }
  people: { type: file, path: people.jsonl, delivery: { silenced: skip } }
server: { listen: '127.0.0.1:0' }
store: { folder: state, checkpoint_every: 1h }
`

const startS = 1_700_000_000

/** Sixty calm seconds of a series and one that is not. */
function lines(series: string): string {
  const values = Array.from({ length: 60 }, (_, i) => 40 + (i % 3))
  return [...values, 500]
    .map((value, i) => `load,host=${series} value=${value} ${startS + i}\n`)
    .join('')
}

const alarms = (name: string): Record<string, unknown>[] =>
  writtenReports(join(folder, name)).filter(({ kind }) => kind === 'alarm')

const words = (name: string): string[] =>
  alarms(name).map(({ labels, state, news, silenced }) => {
    const { host } = labels as { host: string }
    return [host, state, news, silenced === undefined ? undefined : 'silenced']
      .filter((word) => word !== undefined)
      .join(' ')
  })

async function said(running: RunningProgram, path: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const text = JSON.stringify({ who: 'ann', ...body })
  const answer = await running.ask(path, { method: 'POST', headers, body: text })
  await answer.arrayBuffer()
  return answer.status
}

async function silences(running: RunningProgram): Promise<unknown[]> {
  const answer = await running.ask('/api/v1/silences')
  return ((await answer.json()) as { silences: unknown[] }).silences
}

test('what was said survives a kill; nobody is told twice or not at all', async () => {
  let running = await startedProgram(folder, config)
  expect(await running.write(lines('a'))).toBe(204)
  await until(() => alarms('all.jsonl').length === 1)
  const alarmId = String(alarms('all.jsonl')[0]?.['alarm_id'])
  const silence = { id: 'deploy', match: '*host="b"*', durationMs: 3_600_000, comment: 'deploy' }
  expect(await said(running, '/api/v1/silences', silence)).toBe(201)
  expect(await said(running, `/api/v1/alarms/${alarmId}/acknowledge`, {})).toBe(204)
  await running.stop('SIGKILL')

  running = await startedProgram(folder, config)
  await until(async () => (await silences(running)).length === 1)
  expect(await silences(running)).toMatchObject([{ id: 'deploy', who: 'ann', comment: 'deploy' }])
  expect(await running.write(lines('b'))).toBe(204)
  await until(() => words('all.jsonl').includes('b firing silenced'))
  await running.stop('SIGKILL')

  running = await startedProgram(folder, config)
  await until(async () => (await silences(running)).length === 1)
  const answer = await running.ask('/api/v1/silences/deploy?who=bob', { method: 'DELETE' })
  expect(answer.status).toBe(204)
  await until(() => words('people.jsonl').length === 2)
  expect(await silences(running)).toEqual([])
  expect((await running.stop()).code).toBe(143)
  expect(words('people.jsonl')).toEqual(['a firing', 'b firing told'])
  expect(words('all.jsonl')).toEqual([
    'a firing',
    'a firing acknowledged',
    'b firing silenced',
    'b firing told',
  ])
  expect(running.said).toContain('"msg":"end_silence"')
})

/** A command of the program against it: exit code and what it wrote. */
async function typed(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await program([...args], io)
  return { code, out: io.out(), err: io.err() }
}

test('the commands silence, list, end and acknowledge', async () => {
  const own = mkdtempSync(join(folder, 'commands-'))
  const token = join(own, 'token')
  writeFileSync(token, 'right\n')
  const guarded = config.replace("listen: '127.0.0.1:0' }", `listen: '127.0.0.1:0', token: right }`)
  const running = await startedProgram(own, guarded)
  const to = ['--address', running.address, '--token-file', token]
  const made = await typed(['silence', '*host="b"*', '--for', '2h', '--comment', 'disk', ...to])
  expect(made.code).toBe(0)
  const id = made.out.trim()
  await until(async () => (await typed(['silence', '--list', ...to])).out.includes(id))
  const { out } = await typed(['silence', '--list', ...to])
  expect(out.split('\n')[1]).toMatch(/^\S+ +\S+Z +\S+ +\*host="b"\* +disk$/)
  expect((await typed(['silence', '--end', id, ...to])).code).toBe(0)
  await until(async () => (await typed(['silence', '--list', ...to])).err === 'no silence holds\n')
  const again = await typed(['silence', '--end', id, ...to])
  expect(again.code).toBe(1)
  expect(again.err).toContain('no silence')
  const none = await typed(['ack', '0'.repeat(16), ...to])
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('no series has an alarm')])
  expect(none.err).toContain('ERR_API_REFUSED')
  const closed = await typed(['ack', '0'.repeat(16), '--address', running.address])
  expect(closed.err).toContain('asks for its access token; name its file with --token-file')
  await running.stop()
  const dead = await typed(['silence', '--list', ...to])
  expect([dead.code, dead.err]).toEqual([1, expect.stringContaining('is forewarn running there?')])
  expect((await typed(['silence', 'x', '--for', 'soon', ...to])).code).toBe(2)
  expect((await typed(['silence', 'x', '--list', ...to])).code).toBe(2)
})

test('an alarm that nobody has, and a silence that is over, are answered 404', async () => {
  const running = await startedProgram(folder, config)
  const none = `/api/v1/alarms/${'0'.repeat(16)}/acknowledge`
  expect(await said(running, none, {})).toBe(404)
  const answer = await running.ask('/api/v1/silences/deploy', { method: 'DELETE' })
  expect(answer.status).toBe(404)
  await running.stop()
})
