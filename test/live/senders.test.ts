/**
 * Senders that nobody here wrote: what they send arrives, under sensible names, and is scored, seen
 * through the API.
 *
 *   collectd   write_graphite over TCP                         Debian: collectd-core
 *   statsd     its Graphite backend                            npm, into a folder of this test
 *   nc         lines from a shell                              Debian: netcat-openbsd
 *   curl       gzip to /api/v2/write                           Debian: curl
 *   the InfluxDB client library                                npm
 *   Prometheus by remote write, of a node exporter             Debian: prometheus,
 *                                                              prometheus-node-exporter
 */

import { InfluxDB, Point } from '@influxdata/influxdb-client'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forewarnCommand, freePort, LiveProgram, pause } from './live-program.ts'

/** The version of statsd that is installed for its test. */
const statsd = 'statsd@0.9.0'

const probation = 5

const folder = mkdtempSync(join(tmpdir(), 'forewarn-senders-'))
const children: ChildProcess[] = []
let program: LiveProgram
let carbonPort = 0

beforeAll(async () => {
  carbonPort = await freePort()
  const yaml = `sources:
  http: { type: http, codec: influx }
  carbon: { type: carbon, listen: '127.0.0.1:${carbonPort}' }
  prometheus: { type: http, codec: remote-write }
transforms:
  - { type: relabel, match: 'collectd.*', split: { __name__: 'collectd.{host}.{__name__}' } }
detectors: [{ match: '*', detector: ema, probation: ${probation} }]
sinks: { page: { type: dashboard } }
store: { folder: '${join(folder, 'state')}' }
telemetry: { log_level: warn }
`
  program = await new LiveProgram(forewarnCommand(folder, await freePort(), yaml)).ready()
})

afterAll(async () => {
  for (const child of children) child.kill('SIGTERM')
  await program.ended('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

/** Whether programs are here. Without one its test is skipped by name; with CI set that fails. */
function here(...programs: string[]): boolean {
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0)
  if (missing.length > 0 && process.env['CI'] === 'true') {
    throw new Error(`not installed: ${missing.join(', ')}`)
  }
  return missing.length === 0
}

interface Row {
  readonly key: string
  readonly status: string
  readonly learnedSamples: number
  readonly lastValue: number
  readonly score: number
}

/** The rows of a search, as the API has them. */
async function found(search: string): Promise<readonly Row[]> {
  const answer = await program.json(
    `/api/v1/series?search=${encodeURIComponent(search)}&limit=1000`,
  )
  return (answer as { series: Row[] }).series
}

/** A series of exactly this key, once it is judged. */
async function judged(key: string): Promise<Row> {
  for (let i = 0; i < 400; i++) {
    const row = (await found(key)).find((each) => each.key === key)
    if (row !== undefined && row.status !== 'probation') return row
    await pause(100)
  }
  const keys = (await found('')).map((row) => `${row.key} ${row.status} ${row.learnedSamples}`)
  throw new Error(`${key} is not judged; there are ${keys.join(', ')}\n${program.stderr}`)
}

/** A score is 1 for what was never seen, so it must be in [0, 1] and be there. */
function sound(row: Row): void {
  expect(row.learnedSamples).toBeGreaterThanOrEqual(probation)
  expect(row.score).toBeGreaterThanOrEqual(0)
  expect(row.score).toBeLessThanOrEqual(1)
  expect(Number.isFinite(row.lastValue)).toBe(true)
}

test.runIf(here('collectd'))('collectd over TCP, each second', { timeout: 60_000 }, async () => {
  const file = join(folder, 'collectd.conf')
  writeFileSync(
    file,
    `Hostname "vm1"
FQDNLookup false
Interval 1
BaseDir "${folder}"
PIDFile "${join(folder, 'collectd.pid')}"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin load
LoadPlugin memory
LoadPlugin cpu
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "forewarn">
    Host "127.0.0.1"
    Port "${carbonPort}"
    Protocol "tcp"
    Prefix "collectd."
  </Node>
</Plugin>
`,
  )
  children.push(spawn('collectd', ['-f', '-C', file], { stdio: 'ignore' }))
  sound(await judged('load.load.shortterm{host="vm1"}'))
  sound(await judged('memory.memory-used{host="vm1"}'))
  const keys = (await found('cpu-0')).map(({ key }) => key)
  expect(keys).toContain('cpu-0.cpu-idle{host="vm1"}')
})

test.runIf(here('npm'))('the Graphite backend of statsd', { timeout: 120_000 }, async () => {
  const place = join(folder, 'statsd')
  const installed = spawnSync('npm', ['install', '--no-audit', '--prefix', place, statsd], {
    encoding: 'utf8',
  })
  expect(installed.status, installed.stderr).toBe(0)
  const port = await freePort()
  const config = join(folder, 'statsd.js')
  writeFileSync(
    config,
    `{ address: '127.0.0.1', port: ${port},
  mgmt_address: '127.0.0.1', mgmt_port: ${await freePort()},
  backends: ['./backends/graphite'], graphiteHost: '127.0.0.1', graphitePort: ${carbonPort},
  flushInterval: 1000, graphite: { legacyNamespace: false } }
`,
  )
  const main = join(place, 'node_modules', 'statsd', 'stats.js')
  // This version writes its log with a function that Node.js 23 took away.
  const log = join(folder, 'log.cjs')
  writeFileSync(log, "require('node:util').log ??= console.log\n")
  children.push(spawn(process.execPath, ['--require', log, main, config], { stdio: 'ignore' }))
  const socket = createSocket('udp4')
  const sending = setInterval(() => {
    socket.send('shop.orders:3|c', port, '127.0.0.1')
    socket.send('shop.checkout:120|ms', port, '127.0.0.1')
  }, 100)
  try {
    const orders = await judged('stats.counters.shop.orders.count')
    sound(orders)
    expect(orders.lastValue % 3).toBe(0)
    const checkout = await judged('stats.timers.shop.checkout.mean')
    sound(checkout)
    expect(checkout.lastValue).toBe(120)
  } finally {
    clearInterval(sending)
    socket.close()
  }
})

test.runIf(here('nc'))('lines of a shell through nc', async () => {
  const startS = Math.floor(Date.now() / 1000) - 60
  for (let i = 0; i < 8; i++) {
    // The last line without its end, as `echo -n` sends it.
    const timeS = startS + 2 * i
    const lines = `web.requests ${40 + i} ${timeS}\nweb.errors;shop=1 ${i} ${timeS}`
    const args = ['-q', '0', '127.0.0.1', String(carbonPort)]
    expect(spawnSync('nc', args, { input: lines }).status).toBe(0)
    await pause(50)
  }
  const row = await judged('web.requests')
  sound(row)
  expect(row.lastValue).toBe(47)
  expect((await judged('web.errors{shop="1"}')).lastValue).toBe(7)
})

test.runIf(here('curl'))('curl with gzip', async () => {
  const startS = Math.floor(Date.now() / 1000) - 60
  const line = (i: number): string => `disk,host=vm2 used=${50 + i},free=${50 - i}i ${startS + i}\n`
  const input = gzipSync(Array.from({ length: 20 }, (_, i) => line(i)).join(''))
  const url = program.url('/api/v2/write?precision=s')
  const answer = spawnSync(
    'curl',
    ['-sS', '-w', '%{http_code}', '--data-binary', '@-', '-H', 'Content-Encoding: gzip', url],
    { input, encoding: 'utf8' },
  )
  expect(answer.stdout + answer.stderr).toBe('204')
  expect((await judged('disk:used{host="vm2"}')).lastValue).toBe(69)
  sound(await judged('disk:free{host="vm2"}'))
})

test("InfluxDB's own client library", async () => {
  const client = new InfluxDB({ url: program.url(''), token: 'any' })
  const writer = client.getWriteApi('organisation', 'bucket', 'ms', { gzipThreshold: 0 })
  const startMs = Date.now() - 60_000
  for (let i = 0; i < 20; i++) {
    const point = new Point('temperature')
      .tag('room', 'hall 1')
      .floatField('celsius', 20 + i / 4)
      .intField('sensors', 3)
      .timestamp(startMs + 1000 * i)
    writer.writePoint(point)
  }
  await writer.close()
  const row = await judged('temperature:celsius{room="hall 1"}')
  sound(row)
  expect(row.lastValue).toBe(24.75)
  expect((await judged('temperature:sensors{room="hall 1"}')).lastValue).toBe(3)
})

const prometheusHere = here('prometheus', 'prometheus-node-exporter')

test.runIf(prometheusHere)('Prometheus by remote write', { timeout: 120_000 }, async () => {
  const [exporterPort, ownPort] = [await freePort(), await freePort()]
  const exporter = [`--web.listen-address=127.0.0.1:${exporterPort}`]
  children.push(spawn('prometheus-node-exporter', exporter, { stdio: 'ignore' }))
  const file = join(folder, 'prometheus.yml')
  writeFileSync(
    file,
    `global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: node, static_configs: [{ targets: ['127.0.0.1:${exporterPort}'] }] }
remote_write:
  - url: ${program.url('/api/v1/write')}
    queue_config: { batch_send_deadline: 1s, min_backoff: 100ms, max_backoff: 1s }
`,
  )
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${ownPort}`,
    ],
    { stdio: 'ignore' },
  )
  children.push(prometheus)
  const instance = `instance="127.0.0.1:${exporterPort}",job="node"`
  sound(await judged(`up{${instance}}`))
  sound(await judged(`node_load1{${instance}}`))
  sound(await judged(`node_cpu_seconds_total{cpu="0",${instance},mode="idle"}`))
  expect((await found('node_')).length).toBeGreaterThan(200)
  const own = await (await fetch(`http://127.0.0.1:${ownPort}/metrics`)).text()
  expect(own).toMatch(/^prometheus_remote_storage_samples_failed_total\{.*\} 0$/m)
  expect(own).toMatch(/^prometheus_remote_storage_samples_dropped_total\{.*\} 0$/m)
})
