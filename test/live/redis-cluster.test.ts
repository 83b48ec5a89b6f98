/**
 * The Redis store on a cluster of three masters and their replicas, made by redis-cli: its
 * contract, the fence, and a master that is killed and whose replica takes over; and the store over
 * TLS.
 */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { redisConnectionOptions } from '../../src/connections/redis.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { RedisStore } from '../../src/stores/redis.ts'
import { storeContract } from '../../src/stores/store.contract.ts'
import type { Checkpoint } from '../../src/stores/store.ts'
import { freePort } from './live-program.ts'
import { redisMissing, RedisServer } from './redis-server.ts'

const missing = redisMissing()

const checkpoint = (offset: number, ...names: string[]): Checkpoint => ({
  saved: names.map((ownerKey) => ({ ownerKey, sealed: Buffer.from(`${ownerKey} ${offset}`) })),
  forgotten: [],
  positions: new Map([['in/t/0', offset]]),
  outboxAdded: [],
  outboxRemoved: [],
})

describe.skipIf(missing !== undefined)(`a cluster of Redis ${missing ?? ''}`, () => {
  const servers: RedisServer[] = []
  let stores = 0

  beforeAll(async () => {
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'] as const
    for (let i = 0; i < 6; i++) {
      const file = ['--cluster-config-file', 'nodes.conf', '--cluster-port'] as const
      servers.push(await RedisServer.started(...cluster, ...file, String(await freePort())))
    }
    const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
    const create = ['--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes']
    execFileSync('redis-cli', create, { stdio: 'ignore' })
    const patience = { timeout: 60_000, interval: 200 }
    const state = () => expect(servers[0]?.cli('cluster', 'info')).toContain('cluster_state:ok')
    await vi.waitFor(state, patience)
    // Replicas that have not copied their master yet could not take over.
    const copied = (one: RedisServer): boolean => one.cli('info').includes('master_link_status:up')
    await vi.waitFor(() => expect(servers.filter(copied)).toHaveLength(3), patience)
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
  })

  const opened = (prefix: string): RedisStore => {
    const url = `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join()}`
    const connection = optionsWithDefaults(redisConnectionOptions, { url })
    return new RedisStore({ connection, prefix, idleAfterMs: 60_000 })
  }

  storeContract('redis on a cluster', () => {
    const prefix = `store ${stores++}`
    const store = opened(prefix)
    const reopen = async (): Promise<RedisStore> => {
      await store.close()
      return opened(prefix)
    }
    return Promise.resolve({ store, reopen })
  })

  test('partitions lie on different masters, and each keeps out who held it before', async () => {
    for (let i = 0; i < 12; i++) {
      const [first, next] = [opened(`scope/${i}`), opened(`scope/${i}`)]
      await first.load()
      await first.save(checkpoint(1, 'a', 'b'))
      expect((await next.load()).owners).toHaveLength(2)
      await expect(first.save(checkpoint(2, 'a'))).rejects.toThrow('FENCED')
      await first.close()
      await next.close()
    }
    const filled = servers.filter((server) => Number(server.cli('dbsize')) > 0)
    expect(filled.length).toBeGreaterThan(2)
  })

  test('a master is killed: what is in memory is saved again, on the replica', async () => {
    const store = opened('killed')
    await store.load()
    await store.save(checkpoint(1, 'a', 'b'))
    const slot = servers[0]?.cli('cluster', 'keyslot', '{killed}:token').trim() ?? ''
    const holds = (server: RedisServer): boolean => {
      return server.cli('role').startsWith('master') && server.cli('keys', '{killed}:*') !== '\n'
    }
    const master = servers.find(holds)
    expect(slot).toMatch(/^\d+$/)
    await master?.kill()
    servers.splice(servers.indexOf(master as RedisServer), 1)
    const saved = async (): Promise<string> => {
      try {
        await store.save(checkpoint(2, 'a', 'b'))
        return 'saved'
      } catch (error) {
        const { code } = error as { code: string }
        if (code === 'ERR_STORE_DAMAGED') await store.renew().catch(() => undefined)
        await pause(300)
        return code
      }
    }
    await expect.poll(saved, { timeout: 60_000 }).toBe('saved')
    await store.close()
    const next = opened('killed')
    const { owners, positions } = await next.load()
    expect(owners.map(({ sealed }) => Buffer.from(sealed).toString()).sort()).toEqual([
      'a 2',
      'b 2',
    ])
    expect(positions.get('in/t/0')).toBe(2)
    await next.close()
    await master?.stop()
  })
})

describe.skipIf(missing !== undefined)(`the store over TLS ${missing ?? ''}`, () => {
  test('saves and loads by a certificate that is checked', async () => {
    const server = await RedisServer.started()
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) =>
      join(server.folder, name),
    )
    const kind = '-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost'.split(' ')
    const name = ['-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key as string, '-out', certificate as string]
    execFileSync('openssl', ['req', ...kind, ...name, ...files], { stdio: 'ignore' })
    const port = await freePort()
    for (const [option, value] of [
      ['tls-cert-file', certificate],
      ['tls-key-file', key],
      ['tls-ca-cert-file', certificate],
      ['tls-auth-clients', 'no'],
      ['tls-port', String(port)],
    ] as const) {
      server.cli('config', 'set', option, value as string)
    }
    const tlsCa = readFileSync(certificate as string, 'utf8')
    const url = `rediss://127.0.0.1:${port}`
    const made = (given: object): RedisStore => {
      const connection = optionsWithDefaults(redisConnectionOptions, { url, ...given })
      return new RedisStore({ connection, prefix: 'tls', idleAfterMs: 60_000 })
    }
    const store = made({ tlsCa })
    await store.load()
    await store.save(checkpoint(1, 'a'))
    expect((await store.load()).owners).toHaveLength(1)
    await store.close()
    const untrusting = made({})
    await expect(untrusting.load()).rejects.toThrow('cannot read the saved state')
    await untrusting.close()
    await server.stop()
  })
})
