import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import fastify from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { ServedSource } from '../../test/served-source.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { HttpSource, httpOptions } from './http.ts'
import type { HttpOptions } from './http.ts'
import type { Source, SourceSurroundings } from './source.ts'
import { sourceContract, textOf } from './source.contract.ts'

const running: ServedSource[] = []

async function served(given: Partial<HttpOptions> = {}, codec?: string): Promise<ServedSource> {
  const made = await new ServedSource(given, codec).start()
  running.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()))
})

const line = 'cpu,host=vm1 usage_user=3.5 1700000000000000000\n'

/** A source with some bodies on their way, for the contract: without a network. */
function withBodies(count: number, surroundings: SourceSurroundings): Source {
  const source = new HttpSource(optionsWithDefaults(httpOptions), surroundings)
  const app = fastify()
  source.addRoutes(app)
  for (let i = 0; i < count; i++) {
    void app.inject({ method: 'POST', url: '/write', payload: line })
  }
  return source
}

sourceContract('http', { batches: 3, make: (surroundings) => withBodies(3, surroundings) })

describe('what was sent', () => {
  test('is answered 204 once it is acknowledged, and not before', async () => {
    const server = await served()
    let answered = false
    const answer = server.post('/api/v2/write?org=o&bucket=b', line).then((response) => {
      answered = true
      return response
    })
    const { value } = await server.batches.next()
    expect(textOf([value])).toBe(line)
    expect(answered).toBe(false)
    value.acknowledge()
    const response = await answer
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(server.source.waitingBytes).toBe(0)
  })

  test('is answered 503 with Retry-After where it is refused', async () => {
    const server = await served()
    const answer = server.post('/write', line)
    const { value } = await server.batches.next()
    value.refuse(new Error('the log is full'))
    const response = await answer
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'unavailable' })
  })

  test('is answered 503 where nobody takes it in time, and is not kept', async () => {
    const server = await served({ answerWithinMs: 5000 })
    const answer = server.post('/write', line)
    while (server.surroundings.clock.timerCount === 0) await server.surroundings.clock.advance(0)
    await server.surroundings.clock.advance(5000)
    expect((await answer).status).toBe(503)
    expect(server.source.waitingBytes).toBe(0)
    const later = server.post('/write', 'later x=1\n')
    expect(await server.taken()).toBe('later x=1\n')
    expect((await later).status).toBe(204)
  })

  test('is answered 503 where the program ends', async () => {
    const server = await served()
    const first = server.post('/write', line)
    const { value } = await server.batches.next()
    const second = server.post('/write', line)
    while (server.source.waitingBytes < 2 * line.length) await server.surroundings.clock.advance(0)
    await server.batches.return?.()
    value.acknowledge()
    expect([(await first).status, (await second).status]).toEqual([204, 503])
    expect((await server.post('/write', line)).status).toBe(503)
  })

  test('may have any content type, or none', async () => {
    const server = await served()
    for (const type of ['text/plain; charset=utf-8', 'application/x-www-form-urlencoded', '']) {
      const answer = server.post(
        '/write',
        Buffer.from(line),
        type === '' ? {} : { 'content-type': type },
      )
      expect(await server.taken()).toBe(line)
      expect((await answer).status).toBe(204)
    }
  })

  test('is nothing where the body is empty', async () => {
    const server = await served()
    expect((await server.post('/write', '')).status).toBe(204)
  })
})

describe('the paths', () => {
  /** Where a codec is taken. */
  async function f(codec: string, path: string, given: Partial<HttpOptions> = {}): Promise<void> {
    const server = await served({ ...given, tell: false }, codec)
    const answer = server.post(path, 'body')
    expect(await server.taken()).toBe('body')
    expect((await answer).status).toBe(204)
  }

  test('are those that the senders of each codec know', async () => {
    await f('influx', '/api/v2/write')
    await f('influx', '/write')
    await f('telegraf-json', '/api/v1/ingest/telegraf')
    await f('json', '/api/v1/ingest/json')
    await f('graphite', '/api/v1/ingest/graphite')
    await f('influx', '/second/write', { path: '/second' })
  })

  test('of InfluxDB say that it is there', async () => {
    const server = await served()
    for (const prefix of ['', '/api/v2']) {
      const health = await fetch(server.url + prefix + '/health')
      expect(await health.json()).toMatchObject({ name: 'forewarn', status: 'pass' })
      const ready = await fetch(server.url + prefix + '/ready')
      expect(await ready.json()).toMatchObject({ status: 'ready' })
    }
  })
})

describe('a packed body', () => {
  test('is unpacked', async () => {
    const server = await served()
    const answer = server.post('/write', gzipSync(line), { 'content-encoding': 'gzip' })
    expect(await server.taken()).toBe(line)
    expect((await answer).status).toBe(204)
  })

  test('that is damaged is answered 400 and counted', async () => {
    const server = await served()
    const damaged = gzipSync(line).subarray(0, 20)
    const response = await server.post('/write', damaged, { 'content-encoding': 'gzip' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid' })
    expect(server.surroundings.rejections.map(({ reason }) => reason)).toEqual(['malformed'])
    expect(server.source.waitingBytes).toBe(0)
  })

  test('that unpacks to too much is answered 413 and does not take the memory', async () => {
    const server = await served({ unpackedBytesMax: 10_000 })
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const response = await server.post('/write', bomb, { 'content-encoding': 'gzip' })
    expect(response.status).toBe(413)
    expect(server.source.waitingBytes).toBe(0)
    expect(server.surroundings.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
  })

  test('in an encoding that is not known is answered 415', async () => {
    const server = await served()
    const response = await server.post('/write', line, { 'content-encoding': 'zstd' })
    expect(response.status).toBe(415)
  })
})

describe('a body over the limit', () => {
  test('is answered 413, in the words of InfluxDB', async () => {
    const server = await served({ bodyBytesMax: 1024 })
    const response = await server.post('/api/v2/write', 'x'.repeat(1025))
    expect(response.status).toBe(413)
    expect(await response.json()).toEqual({
      code: 'request too large',
      message: 'the body has over 1024 bytes',
    })
    expect(response.headers.get('x-influxdb-error')).toBe('the body has over 1024 bytes')
  })

  test('is answered 413 also where its length is not said beforehand', async () => {
    const server = await served({ bodyBytesMax: 1024 })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${server.url}/write`, { method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject)
      for (let i = 0; i < 10; i++) request.write('x'.repeat(1000))
      request.end()
    })
    expect(status).toBe(413)
    expect(server.source.waitingBytes).toBe(0)
  })
})

test('over the bound on what waits, senders are told to come again', async () => {
  const server = await served({ waitingBytes: 1000 })
  const big = 'x'.repeat(900) + ' v=1\n'
  const first = server.post('/write', big)
  while (server.source.waitingBytes === 0) await server.surroundings.clock.advance(0)
  const second = await server.post('/write', big)
  expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await server.taken()).toBe(big)
  expect((await first).status).toBe(204)
  const third = server.post('/write', big)
  expect(await server.taken()).toBe(big)
  expect((await third).status).toBe(204)
})

test('a sender that goes away in the middle leaves nothing behind', async () => {
  const server = await served()
  await new Promise<void>((resolve) => {
    const request = httpRequest(`${server.url}/write`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    })
    request.on('error', () => resolve())
    request.write('half a line')
    const watch = (): void => {
      if (server.source.waitingBytes > 0) request.destroy()
      else setImmediate(watch)
    }
    watch()
  })
  while (server.source.waitingBytes > 0) await server.surroundings.clock.advance(0)
  expect(server.source.waitingBytes).toBe(0)
})

describe('a sender hears of what was refused', () => {
  test('by 400 with the line, while the good lines of the same body are taken', async () => {
    const server = await served()
    const body =
      'cpu usage=1 1700000000000000000\nthis is no line\ncpu usage=2 1700000001000000000\n'
    const answer = server.post('/api/v2/write', body)
    expect(await server.taken()).toBe(body)
    const response = await answer
    expect(response.status).toBe(400)
    const said = (await response.json()) as Record<string, unknown>
    expect(said).toMatchObject({ code: 'invalid', line: 2 })
    expect(said['message']).toMatch(/^partial write: 2 values taken, 1 lines or parts refused/)
    expect(response.headers.get('x-influxdb-error')).toBe(said['message'])
  })

  test('of Carbon lines too', async () => {
    const server = await served({}, 'graphite')
    const answer = server.post('/api/v1/ingest/graphite', 'a.b 1 1700000000\noneword\n')
    await server.taken()
    expect((await answer).status).toBe(400)
  })

  test('but not of texts, which are legal and only not measured', async () => {
    const server = await served()
    const answer = server.post('/write', 'system uptime_format="1 day",load1=0.5\n')
    await server.taken()
    expect((await answer).status).toBe(204)
  })

  test('and not at all where it is not to be told', async () => {
    const server = await served({ tell: false })
    const answer = server.post('/write', 'this is no line\n')
    await server.taken()
    expect((await answer).status).toBe(204)
  })
})

describe('the precision of a request', () => {
  async function f(query: string, timestamp: string, want: string): Promise<void> {
    const server = await served()
    const answer = server.post(`/write?${query}`, `cpu usage=1 ${timestamp}\ncpu usage=2\n`)
    expect(await server.taken()).toBe(`cpu usage=1 ${want}\ncpu usage=2\n`)
    expect((await answer).status).toBe(204)
  }

  test('is that of its timestamps', async () => {
    await f('precision=ns', '1700000000123456789', '1700000000123456789')
    await f('precision=us', '1700000000123456', '1700000000123456000')
    await f('precision=ms', '1700000000123', '1700000000123000000')
    await f('precision=s', '1700000000', '1700000000000000000')
    await f('db=d&precision=h', '472222', '1699999200000000000')
    await f('precision=ms', '5', '0000000000005000000')
  })

  test('that is not known is answered 400', async () => {
    const server = await served()
    const response = await server.post('/write?precision=weeks', line)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { message: 'the precision "weeks" is none of ns, n, us, u, µ, ms, s, m, h' },
    ])
  })
})

describe('a token', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  /** The status for a header, or for a query. */
  async function f(authorization: string, want: number, query = ''): Promise<void> {
    const server = await served({ token: 'secret' })
    const headers = authorization === '' ? {} : { authorization }
    const answer = server.post(`/write${query}`, line, headers)
    if (want === 204) await server.taken()
    expect((await answer).status, authorization + query).toBe(want)
  }

  test('is taken in every way that senders have', async () => {
    await f('Token secret', 204)
    await f('Bearer secret', 204)
    await f(basic('anybody:secret'), 204)
    await f('', 204, '?u=anybody&p=secret')
  })

  test('is asked for', async () => {
    await f('', 401)
    await f('Token wrong', 401)
    await f(basic('secret:wrong'), 401)
    await f('Token', 401)
    await f('', 401, '?p=wrong')
  })

  test('is the only way for pages in a browser', async () => {
    const open = await served()
    const origin = { origin: 'https://example.org' }
    expect((await open.post('/write', line, origin)).status).toBe(403)
    const closed = await served({ token: 'secret' })
    const answer = closed.post('/write', line, { ...origin, authorization: 'Token secret' })
    await closed.taken()
    expect((await answer).status).toBe(204)
  })
})
