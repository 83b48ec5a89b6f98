/**
 * Whatever a service does that a sink speaks HTTP to, the sink says so by a SinkError that is right
 * about whether to try again and when, within its time, and goes on once the service behaves.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { SinkError } from '../src/sinks/sink.ts'
import type { Sink } from '../src/sinks/sink.ts'
import { HttpPeer } from './http-peer.ts'
import type { PeerWay } from './http-peer.ts'
import { alarmReport, noonMs } from './sample-reports.ts'
import { sinksOnHttp } from './sinks-on-peers.ts'
import type { SinkOnHttp } from './sinks-on-peers.ts'
import { VirtualClock } from './virtual-clock.ts'

const patience = new AbortController().signal
const alarm = alarmReport('firing', { value: 7001, reason: 'reason 7001' })

/** What a write came to. */
async function outcome(sink: Sink, signal = patience): Promise<SinkError | 'taken'> {
  try {
    await sink.write([alarm], signal)
    return 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(SinkError)
    return error as SinkError
  }
}

/** What becomes of a write where the peer behaves so; afterwards the same sink must go on. */
async function given(subject: SinkOnHttp, way: PeerWay, signal = patience) {
  const peer = await HttpPeer.started()
  const sink = subject.sink(Number(new URL(peer.url).port), new VirtualClock(noonMs))
  try {
    peer.way = way
    const first = await outcome(sink, signal)
    peer.way = subject.takes()
    expect(await outcome(sink)).toBe('taken')
    return first
  } finally {
    await sink.close()
    await peer.stop()
  }
}

const status =
  (code: number, headers: Record<string, string> = {}, body = ''): PeerWay =>
  (response) =>
    response.writeHead(code, headers).end(body)

describe.each(sinksOnHttp)('$name', (subject) => {
  test('429 with Retry-After: again, after the time that it asks for', async () => {
    const asked = await given(subject, status(429, { 'retry-after': '7' }))
    expect(asked).toMatchObject({ retryable: true, retryAfterMs: 7000 })
    const date = new Date(noonMs + 90_000).toUTCString()
    const dated = await given(subject, status(503, { 'retry-after': date }))
    expect(dated).toMatchObject({ retryable: true, retryAfterMs: 90_000 })
  })

  test('500 and 502: again, when the delivery thinks so', async () => {
    for (const code of [500, 502]) {
      const error = await given(subject, status(code, {}, 'a stack trace'))
      expect(error).toMatchObject({ retryable: true, retryAfterMs: 0 })
      expect(String(error)).toContain(String(code))
    }
  })

  test('413 and 400 of a single alarm: never again; the next one gets through', async () => {
    for (const code of [400, 413]) {
      expect(await given(subject, status(code))).toMatchObject({ retryable: false })
    }
  })

  test('slow: broken off by the delivery, and again', async () => {
    const late = new AbortController()
    const error = await given(subject, () => late.abort(), late.signal)
    expect(error).toMatchObject({ retryable: true })
  })

  test('cut before an answer, in its head and in its body: again', async () => {
    const ways: PeerWay[] = [
      (response) => response.destroy(),
      (response) => void response.socket?.write('HTTP/1.1 20', () => response.destroy()),
      (response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"ok":', () => response.destroy())
      },
    ]
    for (const way of ways) expect(await given(subject, way)).toMatchObject({ retryable: true })
  })

  test('an answer that is no HTTP: again', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('220 smtp.example.org ESMTP\r\n'))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const sink = subject.sink(port, new VirtualClock(noonMs))
    expect(await outcome(sink)).toMatchObject({ retryable: true })
    await sink.close()
    server.close()
  })

  test('an answer without end is not read to its end', async () => {
    let written = 0
    const endless: PeerWay = (response) => {
      response.writeHead(500)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536
      }
      response.on('drain', more)
      response.on('error', () => undefined)
      more()
    }
    expect(await given(subject, endless)).toMatchObject({ retryable: true })
    expect(written).toBeLessThan(64 * 1024 ** 2)
  })

  test('a redirect is not followed, and its path is not told', async () => {
    const location = 'http://127.0.0.1:9/secret-path?token=s3cret'
    const error = await given(subject, status(302, { location }))
    expect(error).toMatchObject({ retryable: false })
    expect(String(error)).not.toMatch(/secret/)
  })
})
