/** The Redis sink against a real Redis, and both ways over TLS with a password. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JsonLinesEncoder } from '../../src/codecs/json-lines.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { RedisSink } from '../../src/sinks/redis.ts'
import { redisSinkOptions } from '../../src/sinks/redis/options.ts'
import type { RedisSinkOptions } from '../../src/sinks/redis/options.ts'
import { sinkContract } from '../../src/sinks/sink.contract.ts'
import { RedisSource } from '../../src/sources/redis.ts'
import { redisSourceOptions } from '../../src/sources/redis/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { alarmReport } from '../sample-reports.ts'
import { freePort } from './live-program.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()
const patience = new AbortController().signal

const made = (given: Partial<RedisSinkOptions>): RedisSink =>
  new RedisSink(optionsWithDefaults(redisSinkOptions, given), new JsonLinesEncoder())

describe.skipIf(missing !== undefined)(`sink redis${missing ? `: ${missing}` : ''}`, () => {
  sinkContract('redis, for real', {
    runs: 50,
    open: async () => {
      const server = await RedisServer.started()
      return {
        sink: made({ url: server.url, channel: 'c', stream: 's', rejections: true }),
        received: () => {
          const reply = server.cli('--json', 'xrange', 's', '-', '+')
          const entries = JSON.parse(reply) as [string, string[]][]
          return Promise.resolve(entries.map(([, fields]) => fields[1] as string))
        },
        breakOtherSide: () => server.kill(),
        dispose: () => server.stop(),
      }
    },
  })

  test('of a batch that Redis refuses nothing is written, and it is tried again', async () => {
    const server = await RedisServer.started()
    server.cli('set', 's', 'no stream')
    const sink = made({ url: server.url, channel: '', stream: 's' })
    const write = sink.write([alarmReport('firing')], patience)
    await expect(write).rejects.toMatchObject({ retryable: true })
    await expect(write).rejects.toThrow(/WRONGTYPE/)
    server.cli('del', 's')
    await sink.write([alarmReport('firing')], patience)
    expect(server.cli('xlen', 's').trim()).toBe('1')
    await sink.close()
    await server.stop()
  })

  test('a write that was broken off is tried again at once', async () => {
    const server = await RedisServer.started()
    const sink = made({ url: server.url, channel: '', stream: 's' })
    await sink.write([alarmReport('firing')], patience)
    server.hold()
    const stop = new AbortController()
    const write = sink.write([alarmReport('firing')], stop.signal)
    stop.abort()
    await expect(write).rejects.toMatchObject({ retryable: true })
    server.go()
    await sink.write([alarmReport('resolved')], patience)
    expect(server.cli('xrevrange', 's', '+', '-', 'COUNT', '1')).toContain('resolved')
    await sink.close()
    await server.stop()
  })

  describe('over TLS, with a password', () => {
    const folder = mkdtempSync(join(tmpdir(), 'forewarn-tls-'))
    let server: RedisServer
    let url: string

    beforeAll(async () => {
      const key = join(folder, 'key.pem')
      const certificate = join(folder, 'certificate.pem')
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
      const files = ['-keyout', key, '-out', certificate, '-days', '2']
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject],
        {
          stdio: 'ignore',
        },
      )
      const port = await freePort()
      const files2 = ['--tls-cert-file', certificate, '--tls-key-file', key]
      const tls = ['--tls-port', String(port), ...files2, '--tls-ca-cert-file', certificate]
      server = await RedisServer.started(...tls, '--tls-auth-clients', 'no')
      server.cli('acl', 'setuser', 'writer', 'on', '>secret', '~*', '&*', '+@all')
      url = `rediss://127.0.0.1:${port}`
    })
    afterAll(async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    test('what the sink adds the source reads', async () => {
      const tlsCa = readFileSync(join(folder, 'certificate.pem'), 'utf8')
      const common = { url, tlsCa, username: 'writer', password: 'secret' }
      const sink = made({ ...common, channel: '', stream: 's' })
      await sink.write([alarmReport('firing')], patience)
      await sink.close()
      const options = { ...common, mode: 'stream', streams: ['s'] } as const
      const source = new RedisSource(optionsWithDefaults(redisSourceOptions, options), {
        name: 'r',
        clock: systemClock,
        onRejection: () => {},
      })
      const stop = new AbortController()
      for await (const { records } of source.batches(stop.signal)) {
        const [record] = records
        expect(record?.kind === 'data' && String(record.bytes)).toContain('"kind":"alarm"')
        stop.abort()
      }
    })

    test('a certificate that nobody vouches for is refused', async () => {
      const sink = made({ url, username: 'writer', password: 'secret' })
      await expect(sink.write([alarmReport('firing')], patience)).rejects.toThrow(/self-signed/)
      await sink.close()
    })
  })
})
