/** An HTTP source on a real listener of its own, for tests. */

import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Decoder } from '../src/codecs/codec.ts'
import { decoders } from '../src/codecs/registry.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import type { Batch } from '../src/core/record.ts'
import { HttpSource, httpOptions } from '../src/sources/http.ts'
import type { HttpOptions } from '../src/sources/http.ts'
import { TestSurroundings, iterated, textOf } from '../src/sources/source.contract.ts'

/** See the head of the file. */
export class ServedSource {
  readonly surroundings: TestSurroundings
  readonly source: HttpSource
  readonly #app: FastifyInstance
  readonly #stop = new AbortController()
  readonly batches: AsyncIterator<Batch>
  url = ''

  constructor(given: Partial<HttpOptions> = {}, codec = 'influx') {
    this.surroundings = new TestSurroundings()
    const checker = checkerOf(codec)
    const around = { ...this.surroundings, codec, ...(checker === undefined ? {} : { checker }) }
    this.source = new HttpSource(optionsWithDefaults(httpOptions, given), around)
    this.#app = fastify()
    this.source.addRoutes(this.#app)
    this.batches = iterated(this.source, this.#stop.signal)
  }

  async start(): Promise<this> {
    this.url = await this.#app.listen({ host: '127.0.0.1', port: 0 })
    return this
  }

  post(
    path: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', body: body as string, headers })
  }

  /** Takes the next batch and says that it is safe. */
  async taken(): Promise<string> {
    const { value } = await this.batches.next()
    value.acknowledge()
    return textOf([value])
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.batches.return?.()
    this.#app.server.closeAllConnections()
    await this.#app.close()
  }
}

function checkerOf(codec: string): Decoder | undefined {
  const row = decoders[codec as keyof typeof decoders]
  return row?.create(optionsWithDefaults(row.options))
}
