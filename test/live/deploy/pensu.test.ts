/**
 * deploy/compose/pensu on a real Kafka and a real Graphite: the generator and Forewarn as compose
 * starts them, Graphite with the stack's retentions, Prometheus with its configuration.
 */

import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest'
import { GraphiteServer, graphiteMissing } from '../graphite-server.ts'
import { kafkaMissing } from '../kafka/cluster.ts'
import { TestTopics } from '../kafka/topics.ts'
import { RunningStack } from './running-stack.ts'

const missing = (await kafkaMissing()) ?? graphiteMissing()
const patience = { timeout: 120_000, interval: 250 }

describe.skipIf(missing !== undefined)(`stack pensu${missing ? `: ${missing}` : ''}`, () => {
  let stack: RunningStack
  let topics: TestTopics
  let graphite: GraphiteServer

  beforeAll(async () => {
    stack = new RunningStack('pensu')
    ;[topics, graphite] = await Promise.all([TestTopics.start(), GraphiteServer.started()])
    stack.places.set('kafka:9092', topics.cluster.servers[0] as string)
  }, 300_000)
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([topics?.stop(), graphite?.stop()])
  })

  test('what is generated is scored, and in Graphite by Pensu’s names', async () => {
    const [, , script = ''] = stack.stack.service('topics').command ?? []
    const listed = /for topic in ([^;]*);/.exec(script)?.[1]?.split(/[\s\\]+/) ?? []
    expect(listed).toContain('pensu.htm.anomaly_metrics')
    await topics.admin.createTopics({ topics: listed, partitions: 3, replicas: 1 })
    const settings = { FOREWARN_SINKS__GRAPHITE__HOST: '127.0.0.1' }
    const port = String(graphite.linePort)
    const program = await stack.forewarn('forewarn', {
      ...settings,
      FOREWARN_SINKS__GRAPHITE__PORT: port,
    })
    onTestFailed(() => void process.stderr.write(program.stderr.slice(-3000)))
    await stack.forewarn('generator')
    const [metric = ''] = await vi.waitFor(async () => {
      const lines = await topics.lines('metrics')
      const found = lines.map((line) => line.split(' ')[0] ?? '')
      expect(found.length).toBeGreaterThan(10)
      return found
    }, patience)
    expect(metric).toMatch(/^demo\.my_stats\.pensu_test_metrics\./)
    const lines = await topics.lines('metrics')
    for (const line of lines) expect(line).toMatch(/^demo\.[\w.]+ [-\d.e]+ \d{10}(\.\d+)?$/)
    await vi.waitUntil(async () => {
      const name = `pensu.value.metrics_analyzer.${metric}`
      return (await graphite.render(name, 300)).length > 2
    }, patience)
    await vi.waitUntil(async () => {
      const scored = await topics.lines('pensu_anomalies')
      return scored.some((line) =>
        line.startsWith(`pensu.anomaly_score.metrics_analyzer.${metric}`),
      )
    }, patience)
    const series = await fetch(program.url('/api/v1/series'))
    expect(series.status).toBe(401)
  }, 300_000)
})
