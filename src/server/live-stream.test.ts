import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  HandDirectory,
  HandTelemetry,
  alarmOf,
  newSink,
  sampleOf,
  startedServer,
  summary,
} from '../../test/running-server.ts'
import { rejectionReport } from '../../test/sample-reports.ts'
import { LiveStream, clientsMax } from './live-stream.ts'
import type { SinkState } from '../core/sink-state.ts'
import type { ServerParts } from './server.ts'
import { SeriesList } from './series-list.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface StreamEvent {
  readonly id: string
  readonly name: string
  // The shapes differ by name; the tests look into them.
  readonly data: Record<string, never>
}

/** A client of the stream that hands out events one by one. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #abort: AbortController
  #text = ''
  /** Id of the last event that had one, as browsers keep it. */
  lastId = ''

  private constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.#chunks = body[Symbol.asyncIterator]()
    this.#abort = abort
    cleanups.push(() => this.leave())
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const abort = new AbortController()
    const answer = await fetch(url, { headers, signal: abort.signal })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    return new Reader(answer.body as ReadableStream<Uint8Array>, abort)
  }

  leave(): void {
    this.#abort.abort()
  }

  /** The next event, or undefined at the end of the stream. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        return this.#parsed(lines)
      }
      const chunk = await this.#chunks.next()
      if (chunk.done === true) return undefined
      this.#text += Buffer.from(chunk.value).toString()
    }
  }

  #parsed(lines: string[]): StreamEvent {
    const field = (name: string) =>
      lines.find((line) => line.startsWith(name + ': '))?.slice(name.length + 2) ?? ''
    const id = field('id')
    if (id !== '') this.lastId = id
    return { id, name: field('event'), data: JSON.parse(field('data')) }
  }

  /** The next event of a name. */
  async nextOf(name: string): Promise<StreamEvent['data']> {
    for (;;) {
      const event = await this.next()
      if (event === undefined) throw new Error(`the stream ended before an event "${name}"`)
      if (event.name === name) return event.data
    }
  }
}

const standing: SinkState = {
  name: 'database',
  activity: 'idle',
  waiting: 0,
  limit: 10,
  written: 0,
  dropped: 0,
  failuresInRow: 0,
  lastSuccessMs: null,
  lastFailureMs: null,
  lastError: '',
}

async function server(parts: Partial<ServerParts> = {}): Promise<string> {
  const running = await startedServer(parts)
  cleanups.push(() => running.close())
  return running.address + '/api/v1/events'
}

describe('a client', () => {
  test('starts with list, alarms, rejections, and the samples of what it watches', async () => {
    const feed = newSink()
    await feed.write([
      sampleOf('cpu', 1000, 7),
      alarmOf('cpu', 'firing', 1000),
      rejectionReport({ text: 'cpu abc' }),
    ])
    const directory = new HandDirectory(summary('cpu'), summary('memory'))
    const reader = await Reader.open((await server({ feed, directory })) + '?watch=cpu')
    expect(await reader.nextOf('alarms')).toMatchObject({ reset: true, entries: [{ key: 'cpu' }] })
    expect(await reader.nextOf('samples')).toMatchObject({
      key: 'cpu',
      reset: true,
      columns: { timestampMs: [1000], value: [7] },
    })
    expect(await reader.nextOf('series')).toMatchObject({ total: 2, order: ['cpu', 'memory'] })
    expect(await reader.nextOf('rejections')).toMatchObject({ total: 1 })
    await reader.nextOf('beat')
    expect(reader.lastId).toBe(`${feed.epoch}-${feed.sequence}`)
  })

  test('is told how the sinks stand, and again where that changed', async () => {
    let written = 0
    const sinks = (): SinkState[] => [{ ...standing, written }]
    const reader = await Reader.open(await server({ sinks }))
    expect(await reader.nextOf('sinks')).toEqual({ sinks: [{ ...standing, written: 0 }] })
    written = 5
    expect(await reader.nextOf('sinks')).toEqual({ sinks: [{ ...standing, written: 5 }] })
  })

  test('is told what happens, of the series it watches only', async () => {
    const feed = newSink()
    const directory = new HandDirectory(summary('cpu'), summary('memory'))
    const reader = await Reader.open((await server({ feed, directory })) + '?watch=memory')
    await reader.nextOf('beat')
    await feed.write([sampleOf('cpu', 1000, 7), sampleOf('memory', 1000, 8)])
    const samples = await reader.nextOf('samples')
    expect(samples).toMatchObject({ key: 'memory', reset: false, columns: { value: [8] } })
    await feed.write([alarmOf('cpu', 'firing', 1000)])
    expect(await reader.nextOf('alarms')).toMatchObject({
      reset: false,
      entries: [{ key: 'cpu', state: 'firing' }],
    })
  })

  test('gets rows again only when they changed, and the order when it did', async () => {
    const directory = new HandDirectory(summary('cpu'), summary('memory'))
    const reader = await Reader.open(await server({ directory }))
    expect((await reader.nextOf('series')).rows).toHaveLength(2)
    directory.put(summary('memory', { lastValue: 2 }))
    const second = await reader.nextOf('series')
    expect(second.rows).toMatchObject([{ key: 'memory', lastValue: 2 }])
    expect(second).not.toHaveProperty('order')
    directory.put(summary('network'))
    const third = await reader.nextOf('series')
    expect(third).toMatchObject({ order: ['cpu', 'memory', 'network'], rows: [{ key: 'network' }] })
  })
})

describe('a client that asks for more', () => {
  test('gets the row of a series that it watches though it is not on its list', async () => {
    const directory = new HandDirectory(summary('cpu'), summary('memory'))
    const reader = await Reader.open((await server({ directory })) + '?search=cpu&watch=memory')
    const event = await reader.nextOf('series')
    expect(event).toMatchObject({ order: ['cpu'], rows: [{ key: 'cpu' }, { key: 'memory' }] })
  })

  test('gets the last values with a row, the first time that it is sent', async () => {
    const feed = newSink()
    for (let i = 0; i < 5; i++) await feed.write([sampleOf('cpu', i, i)])
    const directory = new HandDirectory(summary('cpu'), summary('disk'))
    const reader = await Reader.open((await server({ feed, directory })) + '?recent=3')
    expect((await reader.nextOf('series')).rows).toMatchObject([
      { key: 'cpu', recent: [2, 3, 4] },
      { key: 'disk', recent: [] },
    ])
    directory.put(summary('cpu', { lastValue: 9 }))
    expect((await reader.nextOf('series')).rows).toEqual([summary('cpu', { lastValue: 9 })])
  })
})

describe('a client that comes back', () => {
  test('gets exactly what it missed, by header or by parameter', async () => {
    const feed = newSink()
    const directory = new HandDirectory(summary('cpu'))
    const url = (await server({ feed, directory })) + '?watch=cpu'
    await feed.write([sampleOf('cpu', 1000, 1)])
    const first = await Reader.open(url)
    await first.nextOf('beat')
    first.leave()
    await feed.write([sampleOf('cpu', 2000, 2), sampleOf('cpu', 3000, 3)])
    await feed.write([alarmOf('cpu', 'firing', 3000)])
    const since = { 'last-event-id': first.lastId }
    for (const again of [
      await Reader.open(url, since),
      await Reader.open(`${url}&since=${first.lastId}`),
    ]) {
      expect(await again.nextOf('alarms')).toMatchObject({ reset: false, entries: [{}] })
      const samples = await again.nextOf('samples')
      expect(samples).toMatchObject({ reset: false, columns: { value: [2, 3] } })
    }
  })

  test('too late, or after the program started anew, is told to start over', async () => {
    const feed = newSink({ historySamples: 10 })
    const directory = new HandDirectory(summary('cpu'))
    const url = (await server({ feed, directory })) + '?watch=cpu'
    for (let i = 0; i < 30; i++) await feed.write([sampleOf('cpu', i, i)])
    for (const since of [`${feed.epoch}-5`, 'other-5', 'nonsense', `${feed.epoch}-x`]) {
      const reader = await Reader.open(url, { 'last-event-id': since })
      const samples = await reader.nextOf('samples')
      expect(samples).toMatchObject({ reset: true })
      expect(samples).toHaveProperty('columns.value.length', 10)
      reader.leave()
    }
  })

  test('to another server of the same program goes on where it was', async () => {
    const feed = newSink()
    const directory = new HandDirectory(summary('cpu'))
    const first = await startedServer({ feed, directory })
    const reader = await Reader.open(first.address + '/api/v1/events?watch=cpu')
    await reader.nextOf('beat')
    const closed = first.close()
    expect(await reader.next()).toBeUndefined()
    await closed
    await feed.write([sampleOf('cpu', 1000, 1)])
    const { port } = new URL(first.address)
    const url = await server({ feed, directory, listen: `127.0.0.1:${port}` })
    const again = await Reader.open(url + '?watch=cpu', { 'last-event-id': reader.lastId })
    expect(await again.nextOf('samples')).toMatchObject({ reset: false, columns: { value: [1] } })
  })
})

describe('bounds', () => {
  test('no more clients are let in than there is room for, and all are counted', async () => {
    const telemetry = new HandTelemetry()
    const url = await server({ telemetry })
    const readers = []
    for (let i = 0; i < clientsMax; i++) readers.push(await Reader.open(url))
    expect(telemetry.live).toBe(clientsMax)
    const refused = await fetch(url)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('10')
    for (const reader of readers) reader.leave()
  })

  test('too many series to watch are refused', async () => {
    const query = Array.from({ length: 17 }, (_, i) => `watch=s${i}`).join('&')
    expect((await fetch(`${await server()}?${query}`)).status).toBe(400)
  })

  test('a client that reads nothing is passed over, then cut off and counted', async () => {
    const feed = newSink({ historySamples: 100_000 })
    const watch = ['a', 'b', 'c']
    // More than the two ends of a connection hold by themselves: about 15 MB.
    for (let i = 0; i < 100_000; i++) {
      void feed.write(watch.map((key) => sampleOf(key, 1_700_000_000_000 + i, i / 7)))
    }
    const telemetry = new HandTelemetry()
    const directory = new HandDirectory(...watch.map((key) => summary(key)))
    const list = new SeriesList(directory, () => performance.now())
    let ms = 0
    // Each look at the clock is five seconds later: the fifth round is past the limit of twenty.
    const stream = new LiveStream({ feed, list, telemetry, sinks: () => [] }, () => (ms += 5_000))
    cleanups.push(() => stream.close())
    const wanted = { search: '', state: 'all', limit: 10 } as const
    const http = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      stream.join(response, { watch, list: wanted, recent: 0, since: '' })
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => http.close(resolve)))
    const socket = connect((http.address() as { port: number }).port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await telemetry.dropped).toBe(20_000)
    expect(telemetry.live).toBe(0)
  })
})
