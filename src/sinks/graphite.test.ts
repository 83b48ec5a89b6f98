import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, test } from 'vitest'
import { alarmReport, forecastReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { peerCertificate } from '../../test/smtp-peer.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../codecs/graphite-scores.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { GraphiteSink, checkGraphite, graphiteSink, graphiteSinkOptions } from './graphite.ts'
import type { GraphiteSinkOptions } from './graphite.ts'
import { sinkContract } from './sink.contract.ts'

const patience = new AbortController().signal

/** Takes what comes, as Carbon does, or does not. */
class CarbonPeer {
  readonly #server: Server
  readonly sockets: Socket[] = []
  text = ''
  /** Takes connections, but reads nothing. */
  deaf = false

  constructor(server: Server = createServer(), word = 'connection') {
    this.#server = server
    server.on(word, (socket: Socket) => {
      this.sockets.push(socket)
      socket.on('error', () => undefined)
      if (!this.deaf) socket.on('data', (chunk) => (this.text += chunk.toString('latin1')))
      else socket.pause()
    })
  }

  async start(port = 0): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port })
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** The text once it is as long, or does not grow any more. */
  async received(end: string): Promise<string> {
    await expect.poll(() => this.text, { interval: 2 }).toContain(end)
    return this.text
  }
}

function made(port: number, given: Partial<GraphiteSinkOptions> = {}): GraphiteSink {
  const options = optionsWithDefaults(graphiteSinkOptions, { port, ...given })
  const chosen = graphiteSink.encoderOptions(options)
  const all = optionsWithDefaults(graphiteScoresOptions, chosen)
  return new GraphiteSink(options, new GraphiteScoresEncoder(all))
}

/** Lets what was handed to the operating system arrive. */
async function arrived(peer: CarbonPeer): Promise<string[]> {
  for (let before = -1; before !== peer.text.length;) {
    before = peer.text.length
    await new Promise((done) => setTimeout(done, 5))
  }
  return peer.text.split(/(?=^pensu\.(?:anomaly_score|alarm|prediction)\.)/m).filter(Boolean)
}

sinkContract('graphite', {
  runs: 50,
  open: async () => {
    const peer = new CarbonPeer()
    const port = await peer.start()
    return {
      sink: made(port),
      received: () => arrived(peer),
      breakOtherSide: () => peer.stop(),
      dispose: () => peer.stop(),
    }
  },
})

async function withPeer(work: (peer: CarbonPeer, port: number) => Promise<void>): Promise<void> {
  const peer = new CarbonPeer()
  const port = await peer.start()
  await work(peer, port).finally(() => peer.stop())
}

const labels = Labels.named('webservers.cpu')

test('numbers of scores, forecasts and alarms, each under its name', () =>
  withPeer(async (peer, port) => {
    const sink = made(port)
    const told = { labels, timestampMs: noonMs }
    await sink.write([scoreReport({ ...told, status: 'anomalous' })], patience)
    await sink.write([forecastReport(told)], patience)
    await sink.write([alarmReport('firing', told)], patience)
    await sink.write([alarmReport('firing', { ...told, news: 'acknowledged' })], patience)
    await sink.write([alarmReport('resolved', { ...told, timestampMs: noonMs + 500 })], patience)
    await sink.close()
    await arrived(peer)
    const second = noonMs / 1000
    expect(peer.text.split('\n')).toEqual([
      `pensu.anomaly_score.metrics_analyzer.webservers.cpu 0.25 ${second}`,
      `pensu.anomaly_likelihood.metrics_analyzer.webservers.cpu 0.25 ${second}`,
      `pensu.anomaly_direction.metrics_analyzer.webservers.cpu -1 ${second}`,
      `pensu.value.metrics_analyzer.webservers.cpu 200 ${second}`,
      `pensu.expected.metrics_analyzer.webservers.cpu 220 ${second}`,
      `pensu.lower.metrics_analyzer.webservers.cpu 180 ${second}`,
      `pensu.upper.metrics_analyzer.webservers.cpu 260 ${second}`,
      `pensu.prediction.metrics_analyzer.webservers.cpu 230 ${second + 60}`,
      `pensu.prediction_confidence.metrics_analyzer.webservers.cpu 0.9 ${second + 60}`,
      `pensu.alarm.metrics_analyzer.webservers.cpu 1 ${second}`,
      `pensu.alarm_value.metrics_analyzer.webservers.cpu 412 ${second}`,
      `pensu.alarm.metrics_analyzer.webservers.cpu 0 ${second + 0.5}`,
      `pensu.alarm_value.metrics_analyzer.webservers.cpu 412 ${second + 0.5}`,
      '',
    ])
  }))

test('pickled, in frames with their length', () =>
  withPeer(async (peer, port) => {
    const sink = made(port, { form: 'pickle', numbers: ['anomaly_score'] })
    await sink.write([scoreReport({ labels })], patience)
    await sink.close()
    await arrived(peer)
    const bytes = Buffer.from(peer.text, 'latin1')
    expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4)
    expect(bytes.toString('latin1')).toContain(
      'pensu.anomaly_score.metrics_analyzer.webservers.cpu',
    )
  }))

test('after the other side was away it goes on over a new connection', () =>
  withPeer(async (peer, port) => {
    const sink = made(port, { numbers: ['anomaly_score'] })
    await sink.write([scoreReport({ value: 1 })], patience)
    await arrived(peer)
    await peer.stop()
    // The first batch may be handed over before the end of the connection is seen.
    const write = () => sink.write([scoreReport()], patience).catch((error: unknown) => error)
    await expect.poll(write, { interval: 2 }).toMatchObject({ retryable: true })
    const again = new CarbonPeer()
    await again.start(port)
    await sink.write([scoreReport({ timestampMs: noonMs + 1000 })], patience)
    expect(await again.received('\n')).toMatch(/ 0\.25 1740830401\n$/)
    expect(again.sockets).toHaveLength(1)
    await sink.close()
    await again.stop()
  }))

test('an end that is seen between two batches costs nothing', () =>
  withPeer(async (peer, port) => {
    const sink = made(port)
    await sink.write([scoreReport()], patience)
    await arrived(peer)
    peer.sockets[0]?.end()
    await expect.poll(() => peer.sockets[0]?.destroyed, { interval: 2 }).toBe(true)
    await sink.write([scoreReport()], patience)
    await arrived(peer)
    expect(peer.sockets).toHaveLength(2)
    await sink.close()
  }))

test('a peer that does not read is given up when the delivery says so', () =>
  withPeer(async (peer, port) => {
    peer.deaf = true
    const sink = made(port)
    const batch = Array.from({ length: 100_000 }, () => scoreReport())
    const stop = new AbortController()
    const write = sink.write(batch, stop.signal)
    await expect.poll(() => peer.sockets.length, { interval: 2 }).toBe(1)
    stop.abort()
    await expect(write).rejects.toMatchObject({ retryable: true })
    await sink.close()
  }))

test('over TLS, and not to whom it does not trust', async () => {
  const certificate = peerCertificate()
  const peer = new CarbonPeer(createTlsServer(certificate), 'secureConnection')
  const port = await peer.start()
  const sink = made(port, { tls: true, tlsCa: certificate.cert })
  await sink.write([scoreReport()], patience)
  await peer.received('upper')
  await sink.close()
  const other = made(port, { tls: true })
  await expect(other.write([scoreReport()], patience)).rejects.toMatchObject({ retryable: true })
  await other.close()
  await peer.stop()
})

test('options that name nothing to be written are faults of the configuration', () => {
  const f = (given: Partial<GraphiteSinkOptions>): void => {
    const options = optionsWithDefaults(graphiteSinkOptions, given)
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => checkGraphite(options)).toThrow(invalid)
  }
  f({ host: '' })
  f({ host: 'a b' })
  f({ template: 'a b' })
  f({ numbers: [] })
  f({ numbers: ['score'] })
  expect(() => made(0)).not.toThrow()
})
