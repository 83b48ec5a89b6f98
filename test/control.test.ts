/** What people say to the real program: it holds, also when the program is killed. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
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

async function said(program: RunningProgram, path: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const text = JSON.stringify({ who: 'ann', ...body })
  const answer = await program.ask(path, { method: 'POST', headers, body: text })
  await answer.arrayBuffer()
  return answer.status
}

async function silences(program: RunningProgram): Promise<unknown[]> {
  const answer = await program.ask('/api/v1/silences')
  return ((await answer.json()) as { silences: unknown[] }).silences
}

test('what was said survives a kill; nobody is told twice or not at all', async () => {
  let program = await startedProgram(folder, config)
  expect(await program.write(lines('a'))).toBe(204)
  await until(() => alarms('all.jsonl').length === 1)
  const alarmId = String(alarms('all.jsonl')[0]?.['alarm_id'])
  const silence = { id: 'deploy', match: '*host="b"*', durationMs: 3_600_000, comment: 'deploy' }
  expect(await said(program, '/api/v1/silences', silence)).toBe(201)
  expect(await said(program, `/api/v1/alarms/${alarmId}/acknowledge`, {})).toBe(204)
  await program.stop('SIGKILL')

  program = await startedProgram(folder, config)
  await until(async () => (await silences(program)).length === 1)
  expect(await silences(program)).toMatchObject([{ id: 'deploy', who: 'ann', comment: 'deploy' }])
  expect(await program.write(lines('b'))).toBe(204)
  await until(() => words('all.jsonl').includes('b firing silenced'))
  await program.stop('SIGKILL')

  program = await startedProgram(folder, config)
  await until(async () => (await silences(program)).length === 1)
  const answer = await program.ask('/api/v1/silences/deploy?who=bob', { method: 'DELETE' })
  expect(answer.status).toBe(204)
  await until(() => words('people.jsonl').length === 2)
  expect(await silences(program)).toEqual([])
  expect((await program.stop()).code).toBe(143)
  expect(words('people.jsonl')).toEqual(['a firing', 'b firing told'])
  expect(words('all.jsonl')).toEqual([
    'a firing',
    'a firing acknowledged',
    'b firing silenced',
    'b firing told',
  ])
  expect(program.said).toContain('"msg":"end_silence"')
}, 60_000)

test('an alarm that nobody has, and a silence that is over, are answered 404', async () => {
  const program = await startedProgram(folder, config)
  const none = `/api/v1/alarms/${'0'.repeat(16)}/acknowledge`
  expect(await said(program, none, {})).toBe(404)
  const answer = await program.ask('/api/v1/silences/deploy', { method: 'DELETE' })
  expect(answer.status).toBe(404)
  await program.stop()
}, 60_000)
