/**
 * The guides carried out: the configuration that a guide shows, with this machine's ports in it, on
 * the real server that it speaks of. Slack is a peer that answers as Slack does.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { root } from '../../deploy/stack.ts'
import { blocks, configurations } from '../../guide-text.ts'
import { HttpPeer } from '../../http-peer.ts'
import { GraphiteServer, graphiteMissing } from '../graphite-server.ts'
import { forewarnCommand, freePort, LiveProgram } from '../live-program.ts'
import { ZabbixServer, zabbixMissing } from '../zabbix-server.ts'
import { PrometheusPair, prometheusMissing } from './prometheus-pair.ts'

const run = promisify(execFile)
const patience = { timeout: 120_000, interval: 250 }
const main = join(root, 'src', 'cli', 'main.ts')

let folder = ''
let program: LiveProgram | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forewarn-guide-'))
})
afterEach(async () => {
  await program?.ended('SIGTERM')
  program = undefined
  rmSync(folder, { recursive: true, force: true })
})

const guide = (name: string) => readFileSync(join(root, 'docs', 'guides', `${name}.md`), 'utf8')

/** A configuration of a guide in a file; every text of `places` must be in it. */
function configured(text: string, places: Readonly<Record<string, string>>): string {
  let placed = text
  for (const [there, here] of Object.entries(places)) {
    expect(placed).toContain(there)
    placed = placed.replace(there, here)
  }
  return placed
}

/** The program of a guide at work, its state in the folder of the test. */
async function started(
  name: string,
  places: Readonly<Record<string, string>>,
): Promise<LiveProgram> {
  const [text = ''] = configurations(guide(name))
  const yaml = `${configured(text, places)}store: { folder: ${folder}/state }\n`
  program = new LiveProgram(forewarnCommand(folder, await freePort(), yaml))
  return program.ready()
}

/** What `forewarn notify test` says, and its exit code. */
async function notified(sink: string): Promise<string> {
  const words = [main, 'notify', 'test', sink, '-c', join(folder, 'forewarn.yaml')]
  const { stdout } = await run(process.execPath, words).catch(
    (error) => error as { stdout: string },
  )
  return stdout
}

const noZabbix = zabbixMissing()
describe.skipIf(noZabbix !== undefined)(`guide telegraf-to-zabbix ${noZabbix ?? ''}`, () => {
  let zabbix: ZabbixServer
  beforeEach(async () => {
    zabbix = await ZabbixServer.started()
  }, 300_000)
  afterEach(() => zabbix.stop())

  test('ends in items of every series, and in a problem that opens and closes', async () => {
    const secret = join(folder, 'zabbix')
    writeFileSync(secret, 'a password of its own')
    const setup = join(root, 'deploy', 'zabbix', 'setup.mjs')
    const template = join(root, 'deploy', 'zabbix', 'forewarn.yaml')
    await run(process.execPath, [setup, zabbix.apiUrl, secret, template])
    await zabbix.login('a password of its own')
    const host = 'host: 127.0.0.1'
    const port = `${host}\n    port: ${zabbix.trapperPort}`
    const { url } = bound(await started('telegraf-to-zabbix', { [host]: port }))
    const body = `cpu,host=vm1 usage_user=3.5 ${Date.now()}000000`
    const path = '/api/v2/write?org=any&bucket=any&precision=ns'
    expect((await fetch(url(path), { method: 'POST', body })).status).toBe(204)
    await vi.waitUntil(async () => {
      const items = (await zabbix.api('item.get', { output: ['name', 'lastvalue'] })) as {
        name: string
      }[]
      return items.some(({ name }) => name === 'Score of cpu:usage_user{host="vm1"}')
    }, patience)
    // Again until the items and triggers of the test's series are there, as the guide says.
    await vi.waitUntil(async () => {
      if (!(await notified('zabbix')).includes('resolved: taken')) return false
      const about = { output: ['name', 'r_eventid'], value: 1 }
      const events = (await zabbix.api('event.get', about)) as { name: string; r_eventid: string }[]
      const opened = events.find(({ name }) => name === 'forewarn_test{sink="zabbix"} is unusual')
      return opened !== undefined && opened.r_eventid !== '0'
    }, patience)
  }, 400_000)
})

const noGraphite = graphiteMissing()
describe.skipIf(noGraphite !== undefined)(`guide telegraf-to-graphite ${noGraphite ?? ''}`, () => {
  test('ends in metrics beside the metric', async () => {
    const graphite = await GraphiteServer.started()
    try {
      const port = await freePort()
      const host = 'host: 127.0.0.1'
      await started('telegraf-to-graphite', {
        '127.0.0.1:2013': `127.0.0.1:${port}`,
        [host]: `${host}\n    port: ${graphite.linePort}`,
      })
      const line = `shop.web.latency 42 ${Math.floor(Date.now() / 1000)}\n`
      const nc = spawn('nc', ['-q', '0', '127.0.0.1', String(port)], {
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      nc.stdin.end(line)
      await once(nc, 'exit')
      const path = 'pensu.value.metrics_analyzer.shop.web.latency'
      await vi.waitUntil(async () => {
        const shown = await graphite.render(path, 300)
        return shown.some(([value]) => value === 42)
      }, patience)
    } finally {
      await graphite.stop()
    }
  }, 200_000)
})

const noPrometheus = prometheusMissing()
describe.skipIf(noPrometheus !== undefined)(`guide prometheus ${noPrometheus ?? ''}`, () => {
  test('ends in alerts, and in scores of what Prometheus sent', async () => {
    const port = await freePort()
    const name = 'prometheus-and-alertmanager'
    const [prometheus = '', alertmanager = ''] = blocks(guide(name), 'yml')
    // Nothing is scraped here but Prometheus itself, so that is what it sends.
    const own = prometheus
      .replace(/^( +regex: |.*regex: )'[^']*'/m, "$1'prometheus_.*|up'")
      .replaceAll('127.0.0.1:8686', `127.0.0.1:${port}`)
    const pair = await PrometheusPair.started(own, alertmanager)
    try {
      const [text = ''] = configurations(guide(name))
      const yaml = configured(text, {
        'http://127.0.0.1:9093': pair.alertmanagerUrl,
        "delivery: { match: 'node_*' }": "delivery: { match: 'up*' }",
      })
      program = new LiveProgram(
        forewarnCommand(folder, port, `${yaml}store: { folder: ${folder}/state }\n`),
      )
      await program.ready()
      expect(await notified('alertmanager')).toMatch(/^firing: taken in .*\nresolved: taken in /)
      await vi.waitUntil(async () => {
        const text = await (await fetch(bound(program as LiveProgram).url('/metrics'))).text()
        return /^forewarn_series_score\{series="up\{/m.test(text)
      }, patience)
      await vi.waitUntil(() => pair.knows('forewarn_series_score'), patience)
    } finally {
      await pair.stop()
    }
  }, 300_000)
})

describe('guide slack', () => {
  test.each([
    ['url_file: secrets/slack-webhook', 'slack-webhook'],
    ['token_file: secrets/slack-bot', 'slack-bot'],
  ])(
    '%s: a message comes',
    async (line, secret) => {
      const peer = await HttpPeer.started()
      try {
        const webhook = secret === 'slack-webhook'
        peer.way = (response) =>
          webhook
            ? response.writeHead(200).end('ok')
            : response.writeHead(200).end('{"ok":true,"ts":"1.2","channel":"C0123456789"}')
        const text = configurations(guide('slack')).find((each) => each.includes(line)) ?? ''
        mkdirSync(join(folder, 'secrets'))
        const file = join(folder, 'secrets', secret)
        writeFileSync(file, webhook ? peer.url : 'xoxb-test')
        const api = webhook ? '' : `\n    api_url: ${peer.url}`
        const yaml = configured(text, { [line]: line.replace(`secrets/${secret}`, file) + api })
        writeFileSync(join(folder, 'forewarn.yaml'), yaml)
        expect(await notified('slack')).toMatch(/^firing: taken in .*\nresolved: taken in /)
        expect(peer.requests[0]?.body).toContain('forewarn_test')
      } finally {
        await peer.stop()
      }
    },
    120_000,
  )
})

/** Its methods by themselves. */
function bound(live: LiveProgram): { url: (path: string) => string } {
  return { url: (path) => live.url(path) }
}
