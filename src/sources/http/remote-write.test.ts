import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { messageV1, messageV2, part } from '../../../test/remote-write-message.ts'
import type { WrittenSeries } from '../../../test/remote-write-message.ts'
import { ServedSource } from '../../../test/served-source.ts'
import { snappyBlock } from '../../../test/snappy-block.ts'
import type { HttpOptions } from '../http.ts'

const series: readonly WrittenSeries[] = [
  { labels: [['__name__', 'up']], samples: [1, 2].map((value) => ({ timestampMs: 5, value })) },
  { labels: [['__name__', 'gone']], samples: [{ timestampMs: 5, value: NaN }] },
]

const headersV1 = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

const headersV2 = {
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '2.0.0',
}

let server: ServedSource | undefined

async function served(given: Partial<HttpOptions> = {}): Promise<ServedSource> {
  server = await new ServedSource(given, 'remote-write').start()
  return server
}

afterEach(async () => {
  await server?.stop()
  server = undefined
})

const written = (answer: Response): (string | null)[] =>
  ['samples', 'histograms', 'exemplars'].map((each) =>
    answer.headers.get(`x-prometheus-remote-write-${each}-written`),
  )

test.each([
  ['/api/v1/write', headersV1, messageV1(series)],
  ['/api/v1/push', headersV1, messageV1(series)],
  ['/api/v1/write', headersV2, messageV2(series)],
])('%s takes a packed message, and says how much', async (path, headers, message) => {
  const { surroundings } = await served()
  const answer = server!.post(path, snappyBlock(message), headers)
  const { value: batch } = await server!.batches.next()
  expect(Buffer.from(batch.records[0].bytes).equals(message)).toBe(true)
  batch.acknowledge()
  expect((await answer).status).toBe(204)
  expect(written(await answer)).toEqual(['3', '0', '0'])
  expect(surroundings.rejections).toEqual([])
})

test('takes it with gzip, and without a word on its type', async () => {
  await served({ tell: false })
  const headers = { 'content-encoding': 'gzip' }
  const answer = server!.post('/api/v1/write', gzipSync(messageV1(series)), headers)
  await server!.taken()
  expect((await answer).status).toBe(204)
})

test('what is not taken in whole is no success, and its size is said', async () => {
  await served()
  const histogram = part(5, [...part(1, [1, 2]), ...part(3, [8, 1])])
  const message = Uint8Array.from([...messageV2(series), ...histogram])
  const answer = server!.post('/api/v1/write', snappyBlock(message), headersV2)
  await server!.taken()
  expect((await answer).status).toBe(400)
  expect(written(await answer)).toEqual(['3', '0', '0'])
  expect(await (await answer).text()).toContain('a native histogram is no single value')
})

test('other types of messages and packings are not taken', async () => {
  await served()
  const message = snappyBlock(messageV1(series))
  const status = async (changes: Record<string, string>): Promise<number> => {
    const answer = await server!.post('/api/v1/write', message, { ...headersV1, ...changes })
    expect(written(answer)).toEqual(['0', '0', '0'])
    return answer.status
  }
  expect(await status({ 'content-type': 'text/plain' })).toBe(415)
  expect(await status({ 'content-type': 'application/x-protobuf;proto=other.Message' })).toBe(415)
  expect(await status({ 'content-encoding': 'zstd' })).toBe(415)
  expect(await status({ 'content-encoding': 'constructor' })).toBe(415)
})

test('a packed body that is none, or too large, is refused and counted', async () => {
  await served({ unpackedBytesMax: 1024 })
  const post = (body: Uint8Array): Promise<Response> =>
    server!.post('/api/v1/write', body, headersV1)
  expect((await post(Uint8Array.from([200, 1, 7]))).status).toBe(400)
  expect((await post(snappyBlock(new Uint8Array(2000)))).status).toBe(413)
  expect(server!.surroundings.rejections.map(({ reason }) => reason)).toEqual([
    'malformed',
    'too_long',
  ])
})
