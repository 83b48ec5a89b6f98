/**
 * deploy/compose/sophia on the real servers that there are: Kafka by the stack's properties, Redis
 * by its command, PostgreSQL by its roles.sh, Zabbix by its setup, Forewarn by its configuration,
 * and Telegraf by both of its own, where there is one (telegraf.ts). Without it the lines that one
 * wrote by agent.conf stand in, and the way of the scores into the database by it is left out.
 * TimescaleDB is not to be had: PostgreSQL stands in for it.
 */

import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest'
import { root } from '../../deploy/stack.ts'
import { kafkaMissing, libs } from '../kafka/cluster.ts'
import { TestTopics } from '../kafka/topics.ts'
import { postgresPrograms, PostgresServer } from '../postgres-server.ts'
import { redisMissing } from '../redis-server.ts'
import { ZabbixServer, zabbixMissing } from '../zabbix-server.ts'
import { RunningStack } from './running-stack.ts'
import { telegraf } from './telegraf.ts'

const missing = (await kafkaMissing()) ?? redisMissing() ?? zabbixMissing()
const agent = telegraf()
const patience = { timeout: 120_000, interval: 250 }
const recorded = join(import.meta.dirname, 'telegraf-agent.influx')
const run = promisify(execFile)

/** Settings of a Kafka that its image makes of variables: KAFKA_LOG_DIRS is log.dirs. */
function properties(environment: Readonly<Record<string, string>>): Record<string, string> {
  const here = /LISTENER|CONTROLLER|LOG_DIRS|NODE_ID|PROCESS_ROLES/
  const kept = Object.entries(environment).filter(([name]) => !here.test(name))
  return Object.fromEntries(
    kept.map(([name, value]) => [name.slice(6).toLowerCase().replaceAll('_', '.'), value]),
  )
}

describe.skipIf(missing !== undefined)(`stack sophia${missing ? `: ${missing}` : ''}`, () => {
  let stack: RunningStack
  let topics: TestTopics
  let database: PostgresServer
  let zabbix: ZabbixServer

  beforeAll(async () => {
    stack = new RunningStack('sophia')
    const kafka = TestTopics.start({ properties: properties(stack.environment('kafka')) })
    ;[topics, database, zabbix] = await Promise.all([
      kafka,
      PostgresServer.started(),
      ZabbixServer.started(),
      stack.redis(),
    ])
    // The files of the machine that containers look at from outside.
    stack.places.set('/hostfs', '')
    stack.places.set('kafka:9092', topics.cluster.servers[0] as string)
  }, 300_000)
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([topics?.stop(), database?.stop(), zabbix?.stop()])
  })

  /** A client with the password of a secret. The caller ends it. */
  const as = (username: string, secret: string) =>
    postgres({
      host: '127.0.0.1',
      port: database.port,
      database: 'forewarn',
      username,
      password: stack.secret(secret),
      max: 1,
    })

  test('the topics are there after the command that makes them, also a second time', async () => {
    const [shell = '', flag = '', script = ''] = stack.stack.service('topics').command ?? []
    const tool = `java -cp '${libs}/*' org.apache.kafka.tools.TopicCommand`
    const own = stack.placed(script).replaceAll('/opt/kafka/bin/kafka-topics.sh', tool)
    await run(shell, [flag, own.replace('for topic in metrics', 'for topic in metrics metrics')])
    const made = await topics.admin.metadata({ topics: ['metrics', 'anomalies', 'alarms'] })
    for (const [name, { partitionsCount }] of made.topics) {
      expect([name, partitionsCount]).toEqual([name, 3])
    }
  }, 300_000)

  test('roles get in with their passwords, and only where they have to', async () => {
    const env = {
      PATH: `${postgresPrograms()}:${process.env['PATH'] ?? ''}`,
      SECRETS: stack.secrets,
      PGHOST: '127.0.0.1',
      PGPORT: String(database.port),
    }
    await run('sh', [join(stack.stack.folder, 'postgres', 'roles.sh')], { env })
    database.admit(
      'host all postgres 127.0.0.1/32 trust',
      'host all all 127.0.0.1/32 scram-sha-256',
    )
    await database.rows('select pg_reload_conf()')
    const wrong = as('forewarn', 'postgres_zabbix')
    await expect(wrong`select 1`).rejects.toMatchObject({ code: '28P01' })
    await wrong.end()
    const stranger = as('zabbix', 'postgres_zabbix')
    await expect(stranger`select 1`).rejects.toMatchObject({ code: '42501' })
    await stranger.end()
  })

  test('Zabbix gets a password, template and host; the usual password is gone', async () => {
    const [, , template = ''] = stack.stack.service('zabbix-setup').command ?? []
    const mounts = stack.stack.mounts('zabbix-setup')
    const [, script = ''] = stack.stack.service('zabbix-setup').entrypoint ?? []
    const words = [mounts.get(script) ?? '', zabbix.apiUrl, join(stack.secrets, 'zabbix')]
    for (let round = 0; round < 2; round++) {
      const { stdout } = await run(process.execPath, [...words, mounts.get(template) ?? ''])
      expect(stdout).toMatch(/^Zabbix 6\.0\.\d+ is ready for Forewarn\n$/)
    }
    await expect(zabbix.login('zabbix')).rejects.toThrow(/user\.login/)
    await zabbix.login(stack.secret('zabbix'))
    const hosts = await zabbix.api('host.get', {
      output: ['host'],
      selectParentTemplates: ['host'],
    })
    expect(hosts).toEqual([
      expect.objectContaining({
        host: 'Forewarn',
        parentTemplates: [{ templateid: expect.any(String), host: 'Forewarn by trapper' }],
      }),
    ])
  }, 60_000)

  test('what a machine sends ends in tables, in Zabbix and on the topic of scores', async () => {
    const reader = as('grafana_reader', 'postgres_grafana')
    const program = await stack.forewarn('forewarn', {
      POSTGRES_HOST: '127.0.0.1',
      POSTGRES_PORT: String(database.port),
      ZABBIX_HOST: '127.0.0.1',
      ZABBIX_PORT: String(zabbix.trapperPort),
      PROBATION: '5',
    })
    const said: string[] = []
    onTestFailed(() => void process.stderr.write(program.stderr.slice(-3000) + said.join('')))
    const started = (service: string, more: Readonly<Record<string, string>>) => {
      const config = stack.stack.mounts(service).get('/etc/telegraf/telegraf.conf') as string
      const own = { ...stack.environment(service), ...more }
      const child = stack.run(agent as string, ['--config', config], own)
      child.stderr?.on('data', (chunk) => said.push(String(chunk)))
    }
    if (agent === undefined) {
      const servers = topics.cluster.servers.join(',')
      execFileSync('kcat', ['-P', '-b', servers, '-t', 'metrics', '-k', 'vm1', '-l', recorded])
    } else {
      started('telegraf', { INTERVAL: '1s' })
      const place = { POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: String(database.port) }
      started('telegraf-scores', { ...place, FLUSH_INTERVAL: '1s' })
    }
    const user =
      /^anomaly_score,app=dbaas\.cpu\.usage_user\.[^,]+,period_description=Regular value=/
    await vi.waitUntil(async () => {
      const lines = await topics.lines('anomalies')
      return lines.some((line) => user.test(line))
    }, patience)
    await vi.waitUntil(async () => {
      const rows = await reader`
        select s.name from forewarn.scores join forewarn.series s using (series_id)
        group by 1 having count(*) > 5 order by 1`
      const names = rows.map(({ name }) => String(name).replace(/\.[^.]*$/, ''))
      return names.length >= 5 && names.includes('dbaas.disk_root.used_percent')
    }, patience)
    const items = async () =>
      (await zabbix.api('item.get', {
        output: ['name', 'lastclock'],
        search: { key_: 'forewarn.score' },
      })) as { name: string; lastclock: string }[]
    await vi.waitUntil(async () => {
      const known = (await items()).filter(({ lastclock }) => lastclock !== '0')
      return known.some(({ name }) => name.startsWith('Score of dbaas.cpu.usage_user.'))
    }, patience)
    if (agent !== undefined) {
      await vi.waitUntil(async () => {
        const rows = await reader`
          select app, period_description, value, anomaly_score, is_anomaly, time
          from sophia.anomaly_score where period_description = 'Regular' limit 1`.catch(() => [])
        return rows.length === 1
      }, patience)
    }
    await reader.end()
  }, 300_000)

  test.skipIf(agent !== undefined)('the recorded lines are those that agent.conf makes', () => {
    const names = new Set(
      readFileSync(recorded, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(',')[0]),
    )
    expect([...names].sort()).toEqual(['cpu', 'disk', 'mem', 'system'])
    const conf = readFileSync(join(root, 'deploy/compose/sophia/telegraf/agent.conf'), 'utf8')
    for (const name of names) expect(conf).toContain(`[[inputs.${name}]]`)
  })
})
