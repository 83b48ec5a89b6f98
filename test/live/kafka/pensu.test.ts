/**
 * examples/pensu.yaml on a real Kafka, by Pensu's own variables: kcat writes Carbon lines and reads
 * what Pensu's readers read, each from its topic.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { LiveProgram, freePort } from '../live-program.ts'
import { kafkaMissing } from './cluster.ts'
import { TestTopics } from './topics.ts'

const missing = await kafkaMissing()

/** Samples after which scores mean something, and how many there are in all. */
const learned = 388
const samples = 1500
const wave = [20, 20, 20, 20, 50, 50]
/** Nothing of this was there before. It begins fifty samples before the end. */
const faults = [35, 5, 90, 27, 43, 33]
const faultsFrom = samples - 50
const stepSeconds = 300
const startSeconds = 1_700_000_000
const root = join(import.meta.dirname, '..', '..', '..')
const name = 'shop.web.cpu.usage'

let topics: TestTopics
const folder = mkdtempSync(join(tmpdir(), 'forewarn-pensu-'))

/** A wave of six steps that is disturbed for as long. */
function lines(): string {
  return Array.from({ length: samples }, (_, i) => {
    const value = faults[i - faultsFrom] ?? wave[i % wave.length]
    const seconds = startSeconds + i * stepSeconds
    return `${name} ${value} ${seconds}\nshop.mail.cpu.usage ${value} ${seconds}\n`
  }).join('')
}

function piped(command: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error) => (error ? reject(error) : resolve()))
    child.stdin?.end(input)
  })
}

interface PensuReport {
  readonly report_id: string
  readonly metric: { readonly metric_name: string; readonly metric_timestamp: number }
  readonly meta_data: Readonly<Record<string, unknown>>
}

describe.skipIf(missing !== undefined)(`Pensu's example ${missing ?? ''}`, () => {
  beforeAll(async () => {
    topics = await TestTopics.start()
  })
  afterAll(async () => {
    await topics?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('writes every number of a metric, and a report of the anomaly', async () => {
    const servers = topics.cluster.servers.join(',')
    const [input, scores, forecasts, reports] = ['in', 'scores', 'ahead', 'found'] as const
    for (const each of [input, scores, forecasts, reports]) {
      await topics.admin.createTopics({ topics: [each], partitions: 1, replicas: 1 })
    }
    const port = await freePort()
    // Nobody has made this one.
    const heard = 'listening'
    const env = {
      PENSU_TOPICS_KAFKA_TOPIC: heard,
      PENSU_TOPICS_REPORT_INTERVAL: '1',
      PENSU_KAFKA_CONSUMER_SERVER: servers,
      PENSU_KAFKA_PRODUCER_SERVER: servers,
      PENSU_METRICS_KAFKA_TOPIC: input,
      PENSU_ANOMALIES_METRICS_KAFKA_TOPIC: scores,
      PENSU_PREDICTION_METRICS_KAFKA_TOPIC: forecasts,
      PENSU_REPORTED_ANOMALIES_KAFKA_TOPIC: reports,
      // Pensu's own 0.99999, 0.99 and 0.9 would take a far longer past to be reached.
      PENSU_ANOMALY_LIKELIHOOD_THRESHOLD: '0.75',
      PENSU_ANOMALY_SCORE_THRESHOLD: '0.95',
      PENSU_MINIMUM_CONFIDENCE_FOR_REPORTING: '0.5',
      PENSU_PREDICTION_STEPS: '3',
      PENSU_ALLOWED_TO_WORK_ON_METRICS: '^(shop|bank)\\.web\\.',
      PENSU_PING_LISTEN_PORT: String(port),
    }
    const main = join(root, 'src', 'cli', 'main.ts')
    const sets = [`store.folder=${join(folder, 'state')}`, 'sources.metrics.start=earliest']
    const flags = sets.flatMap((each) => ['--set', each])
    const args = [main, 'run', '-c', join(root, 'examples', 'pensu.yaml'), ...flags]
    const words = Object.entries(env).map((pair) => pair.join('='))
    const program = new LiveProgram({
      command: 'env',
      args: [...words, process.execPath, ...args],
      port,
      readyPath: '/readyz',
    })
    onTestFailed(() => void process.stderr.write(program.stderr.slice(-4000)))
    await program.ready()
    await piped('kcat', ['-P', '-b', servers, '-t', input], lines())
    await expect
      .poll(async () => (await topics.lines(scores)).length, { timeout: 120_000, interval: 1_000 })
      .toBe(samples * 3)
    await expect
      .poll(async () => [...new Set(await topics.lines(heard))], { timeout: 20_000 })
      .toEqual([input])
    // What is still on its way to the other topics is there once it has ended.
    expect(await program.ended('SIGTERM')).toBe(143)

    const found = (await topics.lines(reports)).map((line) => JSON.parse(line) as PensuReport)
    const faultsSeconds = startSeconds + faultsFrom * stepSeconds
    const report = found.find(({ metric }) => metric.metric_timestamp >= faultsSeconds)
    expect(report?.metric.metric_name).toBe(name)
    const meta = report?.meta_data ?? {}
    expect(Object.keys(meta).slice(3)).toEqual([
      'timestamp: ',
      'metric: ',
      'prediction: ',
      'value: ',
    ])
    expect(faults).toContain(meta['value: '])
    expect(new Set(found.map(({ report_id: id }) => id)).size).toBe(found.length)

    // The lines of that sample say the same.
    const at = ` ${report?.metric.metric_timestamp}`
    const lineNumbers = (await topics.lines(scores))
      .filter((line) => line.endsWith(at))
      .map((line) => [line.split('.')[1], Number(line.split(' ')[1])] as const)
    const numbers = Object.fromEntries(lineNumbers)
    const [score = NaN, likelihood = NaN, direction = NaN] = [
      numbers['anomaly_score'],
      numbers['anomaly_likelihood'],
      numbers['anomaly_direction'],
    ]
    expect(score).toBeGreaterThanOrEqual(0.95)
    expect(likelihood).toBeGreaterThanOrEqual(0.75)
    expect(Math.abs(direction)).toBe(1)
    expect(meta['htm_anomaly_score']).toBe(score)
    expect(meta['htm_anomaly_likelihood']).toBe(likelihood)
    expect(meta['anomaly_score']).toBe(likelihood * direction * 100)
    const prediction = meta['prediction: '] as { value: number; confidence_level: number }
    expect(prediction.confidence_level).toBeGreaterThanOrEqual(0.5)
    // As Pensu's code: 1 where the prediction is over the value.
    expect(Math.sign(prediction.value - Number(meta['value: ']))).toBe(direction)

    const ahead = await topics.lines(forecasts)
    const prefix = `pensu.prediction.metrics_analyzer.${name} `
    const values = ahead.filter((line) => line.startsWith(prefix))
    expect(values.length).toBeGreaterThan(samples - learned)
    const last = startSeconds + (samples - 1) * stepSeconds
    const foretold = ahead.filter((line) => line.endsWith(` ${last + 3 * stepSeconds}`))
    expect(foretold.map((line) => line.split('.')[1])).toEqual([
      'prediction',
      'prediction_confidence',
    ])
  }, 240_000)
})
