import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { HttpPeer } from '../../test/http-peer.ts'
import { program } from './program.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-notify-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What the command says with these sinks. */
async function notified(sinks: string, ...args: string[]) {
  rmSync(folder, { recursive: true, force: true })
  const made = mkdtempSync(folder)
  const file = join(made, 'forewarn.yaml')
  const page = `server: { public_url: 'https://fw.example.org/' }\n`
  writeFileSync(file, `${page}sources: { c: { type: clock } }\nsinks: { ${sinks} }\n`)
  const io = keptIo()
  const code = await program(['notify', ...args, '-c', file], io)
  rmSync(made, { recursive: true })
  return { code, out: io.out(), err: io.err() }
}

async function withPeer(work: (peer: HttpPeer) => Promise<void>): Promise<void> {
  const peer = await HttpPeer.started()
  await work(peer).finally(() => peer.stop())
}

test('sends an alarm that fires and its end, with a link', () =>
  withPeer(async (peer) => {
    peer.way = (response) => response.writeHead(200).end('ok')
    const slack = `chat: { type: slack, url: '${peer.url}' }`
    const { code, out } = await notified(slack, 'test', 'chat')
    expect(out).toMatch(/^firing: taken in \d+ ms\nresolved: taken in \d+ ms\n$/)
    expect(code).toBe(0)
    expect(peer.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text)).toEqual([
      expect.stringMatching(/^Firing: forewarn_test\{sink="chat"\}: a test of this sink/),
      expect.stringMatching(/^Resolved: forewarn_test/),
    ])
    expect(peer.requests[0]?.body).toContain('https://fw.example.org/#forewarn_test')
  }))

test('what is not taken is printed, with what a running program would do', () =>
  withPeer(async (peer) => {
    const hook = `hook: { type: webhook, url: '${peer.url}' }`
    peer.way = (response) => response.writeHead(429, { 'retry-after': '7' }).end('slow down')
    const busy = await notified(hook, 'test', 'hook')
    expect(busy.out).toMatch(/^firing: not taken: .*answered 429: slow down; a running program/)
    expect(busy.out).toMatch(/would try it again, not before 7 s\n$/)
    expect(busy.code).toBe(1)
    peer.way = (response) => response.writeHead(400).end('what is this')
    const wrong = await notified(hook, 'test', 'hook')
    expect(wrong.out).toMatch(/answered 400: what is this; a running program would give it up\n$/)
    expect(wrong.code).toBe(1)
  }))

test('a sink that is not there, or takes no alarms', async () => {
  const hook = 'hook: { type: webhook, url: "http://127.0.0.1:1" }'
  const missing = await notified(hook, 'test', 'hok')
  expect(missing).toMatchObject({ code: 2, out: '' })
  expect(missing.err).toMatch(/no sink "hok" in the configuration.*hook/)
  expect(await notified(hook, 'tst', 'hook')).toMatchObject({ code: 2 })
  expect(await notified(hook, 'test')).toMatchObject({ code: 2 })
  const kafka = await notified('k: { type: kafka, alarms: false }', 'test', 'k')
  expect(kafka).toMatchObject({ code: 1, err: 'sink k takes no alarms as it is configured\n' })
  expect(await notified('hook: { type: webhook }', 'test', 'hook')).toMatchObject({ code: 78 })
})
