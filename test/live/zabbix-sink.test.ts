/** The Zabbix sink against a real Zabbix 6.0, seen through its API. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import { ZabbixSink } from '../../src/sinks/zabbix.ts'
import { zabbixSinkOptions } from '../../src/sinks/zabbix/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import { alarmReport, scoreReport } from '../sample-reports.ts'
import { ZabbixServer, zabbixMissing } from './zabbix-server.ts'

const missing = zabbixMissing()
const template = join(import.meta.dirname, '..', '..', 'deploy', 'zabbix', 'forewarn.yaml')
const limits = { timeout: 60_000, interval: 100 }

describe.skipIf(missing !== undefined)(`sink zabbix${missing ? `: ${missing}` : ''}`, () => {
  let server: ZabbixServer

  beforeAll(async () => {
    server = await ZabbixServer.started()
  })
  afterAll(() => server.stop())

  test('a new series becomes items and triggers, an alarm a problem until it is over', async () => {
    const words = ['templates', 'discoveryRules', 'items', 'triggers', 'groups']
    const rules = Object.fromEntries(words.map((word) => [word, { createMissing: true }]))
    const source = readFileSync(template, 'utf8')
    expect(await server.api('configuration.import', { format: 'yaml', rules, source })).toBe(true)
    const filter = { host: 'Forewarn by trapper' }
    const [found] = (await server.api('template.get', { filter })) as {
      templateid: string
    }[]
    await server.api('host.create', {
      host: 'vm1',
      groups: [{ groupid: '4' }],
      templates: [{ templateid: found?.templateid }],
    })
    const place = { port: server.trapperPort, zabbixHost: 'vm1' }
    const delivery = new Delivery({
      name: 'zabbix',
      sink: new ZabbixSink(optionsWithDefaults(zabbixSinkOptions, place), systemClock),
      options: optionsWithDefaults(deliveryOptions, { retryFirstMs: 200, retryCapMs: 500 }),
      telemetry: quietTelemetry,
      clock: systemClock,
    })
    const problems = async (): Promise<string[]> => {
      const rows = (await server.api('problem.get', {})) as { name: string; severity: string }[]
      return rows.map(({ name, severity }) => `${name} ${severity}`)
    }
    const nowMs = Date.now()
    void delivery.offer([
      scoreReport({ timestampMs: nowMs, score: 0.9995 }),
      alarmReport('firing', { timestampMs: nowMs }),
    ])
    await vi.waitUntil(async () => (await problems()).length > 0, limits)
    expect(await problems()).toEqual(['cpu{host="a"} is unusual 2'])
    const items = (await server.api('item.get', {
      output: ['name', 'lastvalue'],
      sortfield: 'name',
    })) as { name: string; lastvalue: string }[]
    expect(items.map(({ name, lastvalue }) => `${name}: ${lastvalue.split(/\r?\n/)[0]}`)).toEqual([
      'Alarm on cpu{host="a"}: 2',
      `Reason of the alarm on cpu{host="a"}: firing: ${alarmReport('firing').reason}`,
      'Score of cpu{host="a"}: 0.9995',
    ])
    void delivery.offer([alarmReport('resolved', { timestampMs: Date.now() })])
    await vi.waitUntil(async () => (await problems()).length === 0, limits)
    await delivery.drain(AbortSignal.timeout(10_000))
  })
})
