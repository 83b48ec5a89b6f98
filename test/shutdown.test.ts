/**
 * The end of the real program, and what its folder holds afterwards: a stop while a sink does not
 * answer, a second signal, a damaged state.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startedProgram, until, writtenReports } from './real-program.ts'

const startS = 1_700_000_000

/** Calm seconds of a series, the last one far off. */
function lines(host: string, from: number, to: number, last: number): string {
  const values = Array.from({ length: to - from }, (_, i) => 40 + ((from + i) % 3))
  return [...values, last]
    .map((value, i) => `load,host=${host} value=${value} ${startS + from + i}\n`)
    .join('')
}

/** The other side of a webhook: takes what comes, or takes it and never answers. */
class Peer {
  answering = false
  /** Ids of the alarms that were sent, by each request in turn. */
  readonly alarms: string[] = []
  /** Ids of the scores that were sent. */
  readonly scores = new Set<string>()
  requests = 0
  readonly #server: Server
  readonly #open: ServerResponse[] = []

  constructor() {
    this.#server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        this.requests++
        if (!this.answering) {
          this.#open.push(response)
          return
        }
        for (const [, id] of body.matchAll(/"kind":"alarm","id":"(\w+)"/g)) {
          this.alarms.push(String(id))
        }
        for (const [, id] of body.matchAll(/"kind":"score","id":"(\w+)"/g)) {
          this.scores.add(String(id))
        }
        response.end()
      })
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      this.#server.closeAllConnections()
      this.#server.close()
    })
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-shutdown-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const judged = `
detectors: [{ match: '*', detector: ema, probation: 30, alarm: { absent: 0, keep_firing: 1h } }]
series: { idle_after: 0 }
server: { listen: '127.0.0.1:0' }
store: { folder: state, checkpoint_every: 1h, delivery_wait: 300ms }
sources: { http: { type: http, codec: influx } }
`

describe('a stop while a sink does not answer', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`a second ${signal} ends it at once with ${code}; nothing is lost`, async () => {
      const folder = newFolder()
      const peer = new Peer()
      const url = await peer.listen()
      const config = `${judged}
sinks:
  file: { type: file, path: out.jsonl }
  hook: { type: webhook, url: '${url}' }
`
      const first = await startedProgram(folder, config)
      expect(await first.write(lines('a', 0, 60, 500))).toBe(204)
      await until(() => peer.requests > 0)
      first.kill(signal)
      await until(() => first.said.includes('"msg":"stopping"'))
      first.kill(signal)
      expect(await first.ended).toEqual({ code, signal: null })

      peer.answering = true
      const second = await startedProgram(folder, config)
      await until(() => peer.alarms.length > 0)
      expect(await second.write(lines('a', 61, 70, 40))).toBe(204)
      const out = join(folder, 'out.jsonl')
      await until(() => writtenReports(out).filter(({ kind }) => kind === 'score').length === 71)
      expect((await second.stop()).code).toBe(143)
      const reports = writtenReports(out)
      const times = reports.filter(({ kind }) => kind === 'score').map((r) => r['timestamp'])
      expect(times).toEqual(Array.from({ length: 71 }, (_, i) => (startS + i) * 1000))
      expect(reports.filter(({ kind }) => kind === 'alarm')).toHaveLength(1)
      expect(new Set(peer.alarms).size).toBe(1)
    })
  }
})

test('a sink that must have every score has it, also after a kill while it is silent', async () => {
  const folder = newFolder()
  const peer = new Peer()
  const url = await peer.listen()
  const config = `${judged.replace('checkpoint_every: 1h', 'checkpoint_every: 50ms')}
sinks:
  hook:
    type: webhook
    url: '${url}'
    scores: true
    delivery: { when_full: wait, timeout: 100ms }
`
  const first = await startedProgram(folder, config)
  expect(await first.write(lines('a', 0, 60, 500))).toBe(204)
  await until(() => first.said.includes('hook must have every score'))
  first.kill('SIGKILL')
  await first.ended
  expect(peer.scores.size).toBe(0)
  peer.answering = true
  const second = await startedProgram(folder, config)
  await until(() => peer.scores.size === 61)
  expect((await second.stop()).code).toBe(143)
})

test('a damaged state of one series starts that series anew, loudly, and no other', async () => {
  const folder = newFolder()
  const config = `${judged}
sinks: { file: { type: file, path: out.jsonl } }
`
  const first = await startedProgram(folder, config)
  expect(await first.write(lines('a', 0, 60, 41) + lines('b', 0, 60, 41))).toBe(204)
  expect((await first.stop()).code).toBe(143)
  const database = new DatabaseSync(join(folder, 'state', 'state.db'))
  const keys = database.prepare('SELECT key FROM owners WHERE key LIKE \'%host="a"%\'').all()
  expect(keys).toHaveLength(1)
  const key = String(keys[0]?.['key'])
  const { state } = database.prepare('SELECT state FROM owners WHERE key = ?').get(key) as {
    state: Uint8Array
  }
  const damaged = Uint8Array.from(state)
  damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] as number) ^ 1
  database.prepare('UPDATE owners SET state = ? WHERE key = ?').run(damaged, key)
  database.close()

  const second = await startedProgram(folder, config)
  expect(await second.write(lines('a', 61, 61, 41) + lines('b', 61, 61, 41))).toBe(204)
  const out = join(folder, 'out.jsonl')
  await until(() => writtenReports(out).length >= 124)
  expect((await second.stop()).code).toBe(143)
  const statuses = writtenReports(out)
    .filter(({ timestamp }) => timestamp === (startS + 61) * 1000)
    .map(({ labels, status }) => `${(labels as { host: string }).host} ${String(status)}`)
  expect(statuses.toSorted()).toEqual(['a probation', 'b ok'])
  const loud = second.said.split('\n').filter((line) => line.includes('the series starts anew'))
  expect(loud).toHaveLength(1)
  expect(loud[0]).toContain('"level":"error"')
  expect(JSON.parse(String(loud[0]))).toMatchObject({ series: key })
  expect(loud[0]).toContain('checksum')
})

test('an option that does not shape the state keeps it; one that does starts it anew', async () => {
  const folder = newFolder()
  const sinks = '\nsinks: { file: { type: file, path: out.jsonl } }\n'
  const average = judged.replace(
    'ema, probation: 30',
    'sma, window: 20, deviation_window: 20, probation: 30',
  )
  const first = await startedProgram(folder, average + sinks)
  expect(await first.write(lines('a', 0, 60, 41))).toBe(204)
  expect((await first.stop()).code).toBe(143)
  const out = join(folder, 'out.jsonl')
  const next = async (second: number, config: string): Promise<string> => {
    const program = await startedProgram(folder, config)
    expect(await program.write(lines('a', second, second, 41))).toBe(204)
    const timestamp = (startS + second) * 1000
    await until(() => writtenReports(out).some((report) => report['timestamp'] === timestamp))
    expect((await program.stop()).code).toBe(143)
    const said = writtenReports(out).find((report) => report['timestamp'] === timestamp)
    return String(said?.['status'])
  }
  const threshold = average.replace('keep_firing: 1h', 'keep_firing: 2h, threshold: 0.99')
  expect(await next(61, threshold + sinks)).toBe('ok')
  const shaped = average.replace('window: 20', 'window: 30')
  expect(await next(62, shaped + sinks)).toBe('probation')
})
