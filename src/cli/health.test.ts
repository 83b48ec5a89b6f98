import { expect, test } from 'vitest'
import { keptIo } from '../../test/command-io.ts'
import { HttpPeer } from '../../test/http-peer.ts'
import { program } from './program.ts'

/** What the command says to a peer that answers so, and which path it asked for. */
async function asked(
  answer: { readonly status: number; readonly body: string },
  ...flags: string[]
): Promise<{ code: number; out: string; err: string; path: string | undefined }> {
  const peer = await HttpPeer.started()
  peer.way = (response) => response.writeHead(answer.status).end(answer.body)
  const io = keptIo()
  const code = await program(['health', '--address', peer.url, ...flags], io)
  await peer.stop()
  return { code, out: io.out(), err: io.err(), path: peer.requests[0]?.path.replace('/hook', '') }
}

test('says that it lives, or that it is ready', async () => {
  const alive = await asked({ status: 200, body: '{"status":"ok"}' })
  expect(alive).toEqual({ code: 0, out: 'alive\n', err: '', path: '/healthz' })
  const ready = await asked({ status: 200, body: '{"status":"ready","reasons":[]}' }, '--ready')
  expect(ready).toEqual({ code: 0, out: 'ready\n', err: '', path: '/readyz' })
})

test('says why it is not ready', async () => {
  const body = '{"status":"not ready","reasons":["starting","no partition"]}'
  const { code, out, err } = await asked({ status: 503, body }, '--ready')
  expect(code).toBe(1)
  expect(out).toBe('')
  expect(err).toMatch(/answers 503: starting, no partition \(ERR_API_REFUSED\)\n$/)
})

test('nobody there is not well', async () => {
  const io = keptIo()
  expect(await program(['health', '--address', 'http://127.0.0.1:1'], io)).toBe(1)
  expect(io.err()).toMatch(/^forewarn health: nothing answers at http:\/\/127.0.0.1:1/)
})
