import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../../src/codecs/graphite-scores.ts'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { GraphiteSink, graphiteSink, graphiteSinkOptions } from '../../src/sinks/graphite.ts'
import type { GraphiteSinkOptions } from '../../src/sinks/graphite.ts'
import { alarmReport, forecastReport, scoreReport } from '../sample-reports.ts'
import { GraphiteServer, graphiteMissing } from './graphite-server.ts'

const missing = graphiteMissing()
if (missing !== undefined) console.warn(`skipped: ${missing}`)
const patience = new AbortController().signal

function made(port: number, form: GraphiteSinkOptions['form']): GraphiteSink {
  const options = optionsWithDefaults(graphiteSinkOptions, { port, form })
  const chosen = optionsWithDefaults(graphiteScoresOptions, graphiteSink.encoderOptions(options))
  return new GraphiteSink(options, new GraphiteScoresEncoder(chosen))
}

describe.skipIf(missing !== undefined)('a real Carbon, asked by graphite-web', () => {
  let server: GraphiteServer
  beforeAll(async () => (server = await GraphiteServer.started()))
  afterAll(() => server.stop())

  for (const form of ['plaintext', 'pickle'] as const) {
    test(`every number of a series is there: ${form}`, async () => {
      const port = form === 'pickle' ? server.picklePort : server.linePort
      const sink = made(port, form)
      const labels = Labels.named(`live.${form}.cpu`)
      const nowMs = Math.floor(Date.now() / 1000) * 1000
      const about = (back: number) => ({ labels, timestampMs: nowMs - back * 1000 })
      const scores = [3, 2, 1].map((back) => scoreReport({ ...about(back), score: back / 8 }))
      await sink.write(scores, patience)
      const forecast = forecastReport({ ...about(3), predictedMs: nowMs - 1000 })
      await sink.write([forecast, alarmReport('firing', about(2))], patience)
      await sink.close()
      const shown = async (number: string): Promise<number[]> => {
        const path = `pensu.${number}.metrics_analyzer.${labels.name}`
        return (await server.render(path, 60)).map(([value]) => value)
      }
      const soon = { timeout: 20_000, interval: 200 }
      await expect.poll(() => shown('anomaly_likelihood'), soon).toEqual([0.375, 0.25, 0.125])
      await expect.poll(() => shown('anomaly_score'), soon).toEqual([0.25, 0.25, 0.25])
      await expect.poll(() => shown('anomaly_direction'), soon).toEqual([0, 0, 0])
      await expect.poll(() => shown('prediction'), soon).toEqual([230])
      await expect.poll(() => shown('prediction_confidence'), soon).toEqual([0.9])
      await expect.poll(() => shown('alarm'), soon).toEqual([1])
      await expect.poll(() => shown('alarm_value'), soon).toEqual([412])
    })
  }

  test('a Carbon that was killed and is back is written to again', async () => {
    const sink = made(server.linePort, 'plaintext')
    const labels = Labels.named('live.killed')
    const score = () => scoreReport({ labels, timestampMs: Math.floor(Date.now() / 1000) * 1000 })
    await sink.write([score()], patience)
    server.killCarbon()
    const write = () => sink.write([score()], patience).catch((error: unknown) => error)
    await expect.poll(write, { interval: 20 }).toMatchObject({ retryable: true })
    server.startCarbon()
    await server.takes()
    await sink.write([score()], patience)
    await sink.close()
    const path = `pensu.anomaly_score.metrics_analyzer.${labels.name}`
    const shown = async () => (await server.render(path, 60)).length
    await expect.poll(shown, { timeout: 20_000, interval: 200 }).toBeGreaterThan(0)
  })
})
