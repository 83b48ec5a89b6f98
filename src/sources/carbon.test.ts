import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { settled } from '../../test/virtual-clock.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { CarbonSource, carbonOptions } from './carbon.ts'
import type { CarbonOptions } from './carbon.ts'
import { sourceAddress } from './intake/listen-address.ts'
import type { Source, SourceSurroundings } from './source.ts'
import { TestSurroundings, iterated, sourceContract, textOf } from './source.contract.ts'

function carbon(
  given: Partial<CarbonOptions> = {},
  surroundings: SourceSurroundings,
): CarbonSource {
  const options = optionsWithDefaults(carbonOptions, { listen: '127.0.0.1:0', ...given })
  return new CarbonSource(options, surroundings)
}

/** Resolves once something is so; time has no part in it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

/** A source that listens, and what it gave. */
class Listening {
  readonly surroundings = new TestSurroundings()
  readonly source: CarbonSource
  readonly #stop = new AbortController()
  readonly #batches: AsyncIterator<Batch>
  #pending: Promise<IteratorResult<Batch>> | undefined

  constructor(given: Partial<CarbonOptions> = {}) {
    this.source = carbon(given, this.surroundings)
    this.#batches = iterated(this.source, this.#stop.signal)
    this.#pending = this.#batches.next()
  }

  async start(): Promise<this> {
    await until(() => this.source.port !== undefined)
    return this
  }

  async connected(): Promise<Socket> {
    const socket = connect(this.source.port ?? 0, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }

  /** The text of the next batch; empty at the end. */
  async next(): Promise<string> {
    const { value, done } = await (this.#pending ?? this.#batches.next())
    this.#pending = undefined
    return done === true ? '' : textOf([value])
  }

  /** All text until it is this long. */
  async text(length: number): Promise<string> {
    let text = ''
    for (let more = 'any'; text.length < length && more !== ''; text += more) {
      more = await this.next()
    }
    return text
  }

  abort(): void {
    this.#stop.abort()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#batches.return?.()
  }
}

const running: Listening[] = []

async function listening(given: Partial<CarbonOptions> = {}): Promise<Listening> {
  const made = await new Listening(given).start()
  running.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()))
})

/** A source that is sent lines by a client of its own as soon as it listens. */
function sentTo(source: CarbonSource): Source {
  return {
    async *batches(signal) {
      const client = new AbortController()
      void (async () => {
        await until(() => source.port !== undefined || client.signal.aborted)
        const socket = connect(source.port ?? 0, '127.0.0.1')
        socket.on('error', () => socket.destroy())
        client.signal.addEventListener('abort', () => socket.destroy())
        for (let i = 0; !client.signal.aborted && i < 1000; i++) {
          socket.write(`a.b ${i} 1700000000\n`)
          await settled()
        }
      })()
      try {
        yield* source.batches(signal)
      } finally {
        client.abort()
      }
    },
  }
}

sourceContract('carbon', {
  batches: 2,
  make: (surroundings) => sentTo(carbon({}, surroundings)),
})

describe('a connection', () => {
  test('gives its lines, also where they come in pieces', async () => {
    const source = await listening()
    const socket = await source.connected()
    socket.write('a.b 1 1700000000\na.b 2 17000')
    expect(await source.next()).toBe('a.b 1 1700000000\n')
    socket.write('00001\n')
    expect(await source.next()).toBe('a.b 2 1700000001\n')
  })

  test('that ends in order gives its last line without an end', async () => {
    const source = await listening()
    const socket = await source.connected()
    socket.end('a.b 1 1700000000')
    expect(await source.next()).toBe('a.b 1 1700000000')
  })

  test('that breaks loses its unended line and nothing else', async () => {
    const source = await listening()
    const socket = await source.connected()
    socket.write('a.b 1 1700000000\nunended')
    expect(await source.next()).toBe('a.b 1 1700000000\n')
    socket.resetAndDestroy()
    const other = await source.connected()
    other.write('a.b 2 1700000001\n')
    expect(await source.next()).toBe('a.b 2 1700000001\n')
  })

  test('does not mix its lines with those of others', async () => {
    const source = await listening()
    const [one, two] = [await source.connected(), await source.connected()]
    one.write('one.')
    two.write('two.')
    one.write('a 1 1\n')
    two.write('b 2 2\n')
    const text = await source.text('one.a 1 1\ntwo.b 2 2\n'.length)
    expect(text.split('\n').toSorted()).toEqual(['', 'one.a 1 1', 'two.b 2 2'])
  })

  test('is refused a line over the limit, and goes on behind it', async () => {
    const source = await listening({ lineBytesMax: 256 })
    const socket = await source.connected()
    socket.write('x'.repeat(300))
    await until(() => source.surroundings.rejections.length > 0)
    socket.write('y\na.b 1 1\n')
    expect(await source.next()).toBe('a.b 1 1\n')
    expect(source.surroundings.rejections.map(({ reason }) => reason)).toEqual(['too_long'])
  })

  test('over the limit is closed and counted', async () => {
    const source = await listening({ connectionsMax: 1 })
    const first = await source.connected()
    const second = await source.connected()
    await once(second.resume(), 'close')
    expect(source.surroundings.rejections.map(({ reason }) => reason)).toEqual(['overflow'])
    first.write('a.b 1 1\n')
    expect(await source.next()).toBe('a.b 1 1\n')
  })

  test('waits while nobody takes what it sent, and loses nothing', async () => {
    const bound = 64 * 1024
    const source = await listening({ waitingBytes: bound })
    const socket = await source.connected()
    const line = `${'a'.repeat(990)} 1 1700\n`
    const count = 20_000
    for (let i = 0; i < count; i++) socket.write(line)
    let heldMost = 0
    let received = 0
    // The sender's own buffers fill up: 20 MB do not fit between the two.
    await until(() => source.source.waitingBytes >= bound)
    for (let i = 0; i < 200; i++) await settled()
    expect(socket.writableLength).toBeGreaterThan(0)
    while (received < line.length * count) {
      heldMost = Math.max(heldMost, source.source.waitingBytes)
      const text = await source.next()
      expect(text.length > 0 && text.length % line.length === 0, `${received}`).toBe(true)
      received += text.length
    }
    // One read of a socket is at most 64 KiB over the bound.
    expect(heldMost).toBeLessThan(2 * bound + line.length)
    expect(received).toBe(line.length * count)
  })
})

describe('a datagram', () => {
  test('holds whole lines', async () => {
    const source = await listening()
    const sender = createSocket('udp4')
    sender.send('a.b 1 1\nc.d 2 2\n', source.source.port ?? 0, '127.0.0.1')
    expect(await source.next()).toBe('a.b 1 1\nc.d 2 2\n')
    sender.close()
  })

  test('is dropped and counted where there is no room', async () => {
    const source = await listening({ waitingBytes: 64 * 1024 })
    const sender = createSocket('udp4')
    const lines = 'a.b 1 1\n'.repeat(4000)
    const send = (): Promise<void> => {
      return new Promise((resolve) => {
        sender.send(lines, source.source.port ?? 0, '127.0.0.1', () => resolve())
      })
    }
    await send()
    await source.next()
    const { rejections } = source.surroundings
    while (rejections.length === 0) {
      await send()
      await settled()
    }
    expect(rejections[0]).toMatchObject({
      reason: 'overflow',
      detail: 'a datagram of 32000 bytes was dropped',
    })
    expect(source.source.waitingBytes).toBe(64_000)
    sender.close()
  })

  test('is not taken where that is switched off', async () => {
    const source = await listening({ udp: false })
    const other = createSocket('udp4')
    other.bind({ address: '127.0.0.1', port: source.source.port ?? 0 })
    await once(other, 'listening')
    other.close()
  })
})

test('what has arrived when the program ends comes still, and the port is free again', async () => {
  const source = await listening()
  const socket = await source.connected()
  socket.write('a.b 1 1\n')
  expect(await source.next()).toBe('a.b 1 1\n')
  const { port } = source.source
  socket.write('a.b 2 2\n')
  await until(() => source.source.waitingBytes > 0)
  source.abort()
  expect(await source.next()).toBe('a.b 2 2\n')
  expect(await source.next()).toBe('')
  const again = createServer().listen(port, '127.0.0.1')
  await once(again, 'listening')
  again.close()
})

describe('an address', () => {
  test('that another program has is an error that says so', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const source = carbon({ listen: `127.0.0.1:${port}` }, new TestSurroundings())
    await expect(iterated(source).next()).rejects.toMatchObject({
      code: 'ERR_SERVER_PORT_TAKEN',
      message: `cannot listen on 127.0.0.1:${port} (TCP): another program has this address`,
    })
    other.close()
  })

  test('that this machine does not have is an error', async () => {
    const source = carbon({ listen: '192.0.2.1:0' }, new TestSurroundings())
    await expect(iterated(source).next()).rejects.toMatchObject({ code: 'ERR_SERVER_LISTEN' })
  })

  test('is read as people write it', () => {
    expect(sourceAddress('127.0.0.1:2003')).toEqual({ host: '127.0.0.1', port: 2003 })
    expect(sourceAddress('[::1]:2003')).toEqual({ host: '::1', port: 2003 })
    expect(sourceAddress('2003')).toEqual({ host: '127.0.0.1', port: 2003 })
    expect(sourceAddress(':2003')).toEqual({ host: '::', port: 2003 })
    expect(sourceAddress('*:2003')).toEqual({ host: '::', port: 2003 })
    expect(sourceAddress('carbon.example:2003')).toEqual({ host: 'carbon.example', port: 2003 })
    for (const text of ['', 'host', '::1:2003', '1:65536', '-1']) {
      expect(() => sourceAddress(text), text).toThrow('is not an address like')
    }
  })
})
