import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ForewarnError } from '../core/errors.ts'
import {
  HandDirectory,
  HandTelemetry,
  alarmOf,
  builtPage,
  newSink,
  quietDesk,
  sampleOf,
  startedServer,
  summary,
} from '../../test/running-server.ts'
import { rejectionReport } from '../../test/sample-reports.ts'
import type { ServerParts } from './server.ts'

/** Makes the certificate of the TLS test; without it that test is left out. */
const openssl = 'openssl'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function server(parts: Partial<ServerParts> = {}): Promise<string> {
  const running = await startedServer(parts)
  cleanups.push(() => running.close())
  return running.address
}

/** Status of a request with headers that fetch does not leave alone. */
function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('health', () => {
  test('a program that is ready says so', async () => {
    const address = await server()
    for (const path of ['/healthz', '/-/healthy']) {
      expect((await fetch(address + path)).status).toBe(200)
    }
    for (const path of ['/readyz', '/-/ready']) {
      const answer = await fetch(address + path)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ status: 'ready', reasons: [] })
    }
  })

  test('a program that is not ready answers 503 with the reasons', async () => {
    const reasons = ['source "kafka" is not connected']
    const answer = await fetch((await server({ ready: () => reasons })) + '/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'not ready', reasons })
  })

  test('ping answers as Influx does', async () => {
    const answer = await fetch((await server()) + '/ping')
    expect(answer.status).toBe(204)
    expect(answer.headers.get('x-influxdb-version')).toBe('0.0.0-test')
  })

  test('metrics are handed out in the format that the scraper asks for', async () => {
    const scrape = (accept?: string) => ({ contentType: 'text/x-test', body: `for ${accept}` })
    const headers = { accept: 'application/openmetrics-text' }
    const answer = await fetch((await server({ scrape })) + '/metrics', { headers })
    expect(answer.headers.get('content-type')).toBe('text/x-test')
    expect(await answer.text()).toBe('for application/openmetrics-text')
  })

  test('without a dashboard sink there are health and metrics, and no API', async () => {
    const address = await server({ feed: undefined })
    expect((await fetch(address + '/metrics')).status).toBe(200)
    expect((await fetch(address + '/api/v1/series')).status).toBe(404)
  })
})

describe('api', () => {
  test('series can be searched, filtered and limited', async () => {
    const directory = new HandDirectory(
      summary('cpu:user', { alarmState: 'firing' }),
      summary('cpu:system'),
      summary('memory'),
    )
    const address = await server({ directory })
    const f = async (query: string): Promise<string[]> => {
      const answer = await fetch(`${address}/api/v1/series${query}`)
      const body = (await answer.json()) as { total: number; series: { key: string }[] }
      expect(body.total).toBe(3)
      return body.series.map((row) => row.key)
    }
    expect(await f('')).toEqual(['cpu:user', 'cpu:system', 'memory'])
    expect(await f('?search=cpu')).toEqual(['cpu:user', 'cpu:system'])
    expect(await f('?state=firing')).toEqual(['cpu:user'])
    expect(await f('?search=cpu&limit=1')).toEqual(['cpu:user'])
  })

  test('a parameter out of range is a problem that names it', async () => {
    const answer = await fetch((await server()) + '/api/v1/series?limit=0')
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.stringContaining('limit'),
    })
  })

  test('history holds the samples of a series, and 404 one that does not exist', async () => {
    const feed = newSink()
    await feed.write([sampleOf('cpu', 1000, 7), sampleOf('cpu', 2000, 8)])
    const address = await server({ feed, directory: new HandDirectory(summary('cpu')) })
    const answer = await fetch(address + '/api/v1/series/history?key=cpu')
    expect(await answer.json()).toMatchObject({
      id: `${feed.epoch}-2`,
      summary: { key: 'cpu', detector: 'ema' },
      columns: { timestampMs: [1000, 2000], value: [7, 8], lower: [180, 180] },
    })
    const none = await fetch(address + '/api/v1/series/history?key=disk')
    expect(none.status).toBe(404)
    expect(await none.json()).toMatchObject({ detail: 'no series "disk"' })
  })

  test('asking for series that do not exist takes nobody else out of memory', async () => {
    const feed = newSink({ seriesMax: 1 })
    await feed.write([sampleOf('cpu', 1000, 7)])
    const address = await server({ feed, directory: new HandDirectory(summary('cpu')) })
    for (let i = 0; i < 5; i++) await fetch(`${address}/api/v1/series/history?key=x${i}`)
    expect(feed.samples('cpu').value).toEqual([7])
  })

  test('alarms and rejections are handed out', async () => {
    const feed = newSink()
    await feed.write([alarmOf('cpu', 'firing', 130), rejectionReport({ text: 'cpu abc' })])
    const address = await server({ feed })
    const alarms = await fetch(address + '/api/v1/alarms')
    expect(await alarms.json()).toMatchObject({
      active: [{ key: 'cpu', reason: expect.stringContaining('412, expected 180 to 260') }],
      past: [],
    })
    const rejections = await fetch(address + '/api/v1/rejections')
    expect(await rejections.json()).toMatchObject({
      total: 1,
      counts: { not_numeric: 1 },
      recent: [{ text: 'cpu abc', partition: 'test' }],
      reasons: { malformed: 'the text does not follow the format' },
    })
  })

  test('an unknown path is a problem, and a fault of ours is told to telemetry only', async () => {
    const telemetry = new HandTelemetry()
    const scrape = () => {
      throw new Error('a secret detail')
    }
    const address = await server({ telemetry, scrape })
    const unknown = await fetch(address + '/api/v2/series?x=1')
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({
      detail: 'there is nothing at GET /api/v2/series',
    })
    const failed = await fetch(address + '/metrics')
    expect(failed.status).toBe(500)
    expect(await failed.text()).not.toContain('secret')
    expect(telemetry.failures).toEqual(['GET /metrics: a secret detail'])
  })

  test('a body over the limit is refused', async () => {
    const body = JSON.stringify({ token: 'x'.repeat(20_000) })
    const headers = { 'content-type': 'application/json' }
    const address = await server({ token: 'right' })
    const answer = await fetch(address + '/api/v1/session', { method: 'POST', body, headers })
    expect(answer.status).toBe(413)
  })

  test('the OpenAPI document names every route, and no other', async () => {
    const address = await server({ token: 'right', desk: quietDesk })
    const answer = await fetch(address + '/openapi.json')
    const document = (await answer.json()) as {
      openapi: string
      paths: Record<string, Record<string, unknown>>
    }
    expect(document.openapi).toMatch(/^3\.1\./)
    const paths = Object.entries(document.paths)
    for (const [path, methods] of paths) {
      for (const method of Object.keys(methods)) {
        const aborted = new AbortController()
        const { status } = await fetch(address + path, {
          method: method.toUpperCase(),
          signal: aborted.signal,
        })
        expect(`${method} ${path} ${status}`).not.toContain(' 404')
        aborted.abort()
      }
    }
    const files = ['api', 'control', 'history-api', 'health', 'session', 'reload', 'server']
    const source = files.map((name) => {
      return readFileSync(join(import.meta.dirname, name + '.ts'), 'utf8')
    })
    const path = /'(\/(?:api|healthz|readyz|ping|metrics|-|openapi)[^']*)'/g
    const routes = source.join('').matchAll(path)
    const written = [...routes].map((found) => found[1]?.replace(/:(\w+)/, '{$1}'))
    expect(new Set(written)).toEqual(new Set(paths.map(([p]) => p)))
  })
})

describe('page', () => {
  test('is served with strict headers, hashed files for good, the rest for once', async () => {
    const { root, remove } = builtPage()
    cleanups.push(remove)
    const address = await server({ pageRoot: root })
    const page = await fetch(address + '/')
    expect(await page.text()).toContain('<title>Forewarn</title>')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const script = await fetch(address + '/assets/page-12345678.js')
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(script.headers.get('content-type')).toContain('javascript')
    const etag = page.headers.get('etag') ?? ''
    expect(await statusFor(address + '/', { 'if-none-match': etag })).toBe(304)
  })

  test('no file outside its folder can be had', async () => {
    const { root, remove } = builtPage()
    cleanups.push(remove)
    const address = await server({ pageRoot: root })
    for (const path of ['/..%2f..%2fetc/passwd', '/assets/..%2f..%2f..%2fetc/passwd', '/.env']) {
      expect((await fetch(address + path)).status).toBeGreaterThanOrEqual(400)
    }
  })

  test('a page that is not built is a 503 that says what to do', async () => {
    const answer = await fetch((await server()) + '/')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('npm run build')
  })
})

describe('token', () => {
  const right = { authorization: 'Bearer right' }

  test('guards API and metrics, and leaves health and the page open', async () => {
    const { root, remove } = builtPage()
    cleanups.push(remove)
    const address = await server({ token: 'right', pageRoot: root })
    const f = async (path: string, headers: Record<string, string>): Promise<number> => {
      const answer = await fetch(address + path, { headers })
      await answer.body?.cancel()
      return answer.status
    }
    const guarded = ['/api/v1/series', '/api/v1/alarms', '/api/v1/sinks', '/metrics']
    for (const path of [...guarded, '/api/v1/events', '/api/v1/series/history?key=x']) {
      expect(await f(path, {})).toBe(401)
      expect(await f(path, { authorization: 'Bearer wrong' })).toBe(401)
      expect(await f(path, { authorization: 'Basic cmlnaHQ=' })).toBe(401)
      expect(await f(path, { cookie: 'forewarn_00000000=right' })).toBe(401)
    }
    for (const path of guarded) expect(await f(path, right)).toBe(200)
    for (const path of ['/', '/healthz', '/readyz', '/openapi.json']) {
      expect(await f(path, {})).toBe(200)
    }
  })

  test('can be exchanged for a cookie that no script sees and that is not the token', async () => {
    const address = await server({ token: 'right' })
    const signIn = (token: string): Promise<Response> => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ token })
      return fetch(address + '/api/v1/session', { method: 'POST', headers, body })
    }
    expect((await signIn('wrong')).status).toBe(401)
    const answer = await signIn('right')
    expect(answer.status).toBe(204)
    const set = answer.headers.get('set-cookie') ?? ''
    expect(set).toContain('HttpOnly')
    expect(set).toContain('SameSite=Strict')
    expect(set).not.toContain('right')
    const cookie = set.split(';')[0] ?? ''
    const session = await fetch(address + '/api/v1/session', { headers: { cookie } })
    expect(session.status).toBe(204)
    const out = await fetch(address + '/api/v1/session', { method: 'DELETE' })
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
  })

  test('in the address is turned into the cookie and taken out of the address', async () => {
    const address = await server({ token: 'right' })
    const open = (path: string) => fetch(address + path, { redirect: 'manual' })
    const answer = await open('/?token=right')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/')
    expect(answer.headers.get('set-cookie')).toContain('HttpOnly')
    const wrong = await open('/?token=wrong')
    expect(wrong.status).toBe(303)
    expect(wrong.headers.get('set-cookie')).toBeNull()
  })
})

describe('listening', () => {
  test('a port that is taken is an error that names the address and the way out', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => other.close(resolve)))
    const { port } = other.address() as { port: number }
    const error = await startedServer({ listen: `127.0.0.1:${port}` }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ForewarnError)
    expect((error as ForewarnError).code).toBe('ERR_SERVER_PORT_TAKEN')
    expect((error as ForewarnError).message).toContain(`127.0.0.1:${port}`)
    expect((error as ForewarnError).message).toContain('server.listen')
  })

  test('an address that is not of this machine is an error', async () => {
    await expect(startedServer({ listen: '192.0.2.1:0' })).rejects.toMatchObject({
      code: 'ERR_SERVER_LISTEN',
    })
  })

  test('a loopback address answers for this machine only', async () => {
    const address = await server({ hosts: ['metrics.example'] })
    const f = (host: string) => statusFor(address + '/healthz', { host })
    expect(await f('localhost:8686')).toBe(200)
    expect(await f('127.0.0.1')).toBe(200)
    expect(await f('[::1]:9999')).toBe(200)
    expect(await f('metrics.example')).toBe(200)
    expect(await f('attacker.example:8686')).toBe(421)
    expect(await f('localhost.attacker.example')).toBe(421)
    expect(await f('127.0.0.1.attacker.example')).toBe(421)
  })

  test('what other machines can read without a token is called exposed', async () => {
    const f = async (parts: Partial<ServerParts>): Promise<boolean> => {
      const running = await startedServer(parts)
      await running.close()
      return running.exposed
    }
    expect(await f({})).toBe(false)
    expect(await f({ listen: '0.0.0.0:0' })).toBe(true)
    expect(await f({ listen: '0.0.0.0:0', token: 'right' })).toBe(false)
  })

  test('closing does not wait for a connection that sends nothing', async () => {
    const running = await startedServer()
    const { port } = new URL(running.address)
    const spare = connect(Number(port), '127.0.0.1')
    await new Promise((resolve) => spare.once('connect', resolve))
    const ended = new Promise((resolve) => spare.once('close', resolve))
    await running.close()
    await ended
  })

  const certified = spawnSync(openssl, ['version']).status === 0 ? test : test.skip
  certified(
    'with a certificate (needs openssl) it speaks TLS and marks the cookie secure',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'forewarn-tls-'))
      cleanups.push(() => rmSync(folder, { recursive: true }))
      const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
      const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      const what = [
        '-subj',
        '/CN=localhost',
        '-days',
        '1',
        '-keyout',
        files.key,
        '-out',
        files.cert,
      ]
      execFileSync(openssl, [...how, ...what], { stdio: 'ignore' })
      const tls = { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') }
      const address = await server({ token: 'right', tls })
      expect(address).toMatch(/^https:/)
      const cookie = await new Promise<string>((resolve, reject) => {
        const url = `${address}/?token=right`
        const sent = httpsRequest(url, { ca: tls.cert, servername: 'localhost' }, (answer) => {
          answer.resume()
          resolve(String(answer.headers['set-cookie']))
        })
        sent.on('error', reject)
        sent.end()
      })
      expect(cookie).toContain('Secure')
    },
  )
})
