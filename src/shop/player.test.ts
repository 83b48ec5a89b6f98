import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { HttpPeer } from '../../test/http-peer.ts'
import { VirtualClock, settled } from '../../test/virtual-clock.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { fileOutlet, httpOutlet } from './outlet.ts'
import type { Outlet } from './outlet.ts'
import { play } from './player.ts'
import { recordedSeconds } from './record-lines.ts'
import type { RecordedSecond } from './record-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'forewarn-player-'))
afterAll(() => rmSync(folder, { recursive: true }))

const stats = '1000,7,5\n1001,8,5\n1002,9,5\n'
const responsetime = '12,1000\n300,1000\n15,1002\n'
writeFileSync(join(folder, 'stats'), stats)
writeFileSync(join(folder, 'responsetime.gz'), gzipSync(responsetime))

const fast = (): Parameters<typeof play>[2] => {
  return { speed: 1e6, clock: systemClock, signal: new AbortController().signal }
}

describe('a record', () => {
  test('is read second by second, packed or not', () => {
    expect([...recordedSeconds(folder)]).toEqual([
      { stats: '1000,7,5', responses: ['12,1000', '300,1000'] },
      { stats: '1001,8,5', responses: [] },
      { stats: '1002,9,5', responses: ['15,1002'] },
    ])
  })

  test('gets other epochs, one second each', () => {
    expect([...recordedSeconds(folder, 5000)].map((second) => Object.values(second))).toEqual([
      ['5000,7,5', ['12,5000', '300,5000']],
      ['5001,8,5', []],
      ['5002,9,5', ['15,5002']],
    ])
  })

  test('that is none is an error', () => {
    const f = (path: string): void => {
      expect(() => [...recordedSeconds(path)]).toThrow(/cannot read the record/)
    }
    f(join(folder, 'missing'))
    const strange = join(folder, 'strange')
    mkdirSync(strange)
    writeFileSync(join(strange, 'stats'), 'cpu,mem\n')
    writeFileSync(join(strange, 'responsetime'), '')
    f(strange)
    writeFileSync(join(strange, 'responsetime.gz'), 'not packed')
    rmSync(join(strange, 'responsetime'))
    f(strange)
  })
})

describe('playing', () => {
  let peer: HttpPeer | undefined
  afterEach(() => peer?.stop())

  test('into files gives the record again', async () => {
    const out = join(folder, 'out')
    const outlet = fileOutlet(out)
    expect(await play(recordedSeconds(folder), outlet, fast())).toBe(3)
    await outlet.close()
    expect(readFileSync(join(out, 'stats'), 'utf8')).toBe(stats)
    expect(readFileSync(join(out, 'responsetime'), 'utf8')).toBe(responsetime)
  })

  test('hands over a second when it is over, twice as fast at twice the speed', async () => {
    const clock = new VirtualClock(7)
    const taken: RecordedSecond[] = []
    const outlet: Outlet = {
      write: async (seconds) => void taken.push(...seconds),
      close: async () => undefined,
    }
    const stop = new AbortController()
    const world = { speed: 2, clock, signal: stop.signal }
    const played = play(recordedSeconds(folder), outlet, world)
    await clock.advance(480)
    expect(taken).toHaveLength(0)
    await clock.advance(40)
    expect(taken).toHaveLength(1)
    await clock.advance(500)
    expect(taken).toHaveLength(2)
    stop.abort()
    await clock.advance(1000)
    await settled()
    expect(await played).toBe(2)
  })

  test('over HTTP posts to two sources, and again to one that has no room', async () => {
    peer = await HttpPeer.started()
    let full = 1
    peer.way = (response) => response.writeHead(full-- > 0 ? 503 : 204).end()
    const outlet = httpOutlet(peer.url)
    expect(await play(recordedSeconds(folder), outlet, fast())).toBe(3)
    await outlet.close()
    expect(peer.requests.map(({ path, body }) => [path, body])).toEqual([
      ['/hook/stats/api/v1/ingest/csv', stats.trimEnd()],
      ['/hook/stats/api/v1/ingest/csv', stats.trimEnd()],
      ['/hook/responsetime/api/v1/ingest/csv', responsetime.trimEnd()],
    ])
  })

  test('says who does not take it', async () => {
    peer = await HttpPeer.started()
    peer.way = (response) => response.writeHead(404).end('no such path')
    const outlet = httpOutlet(peer.url)
    const code = 'ERR_TESTBED_PLAY'
    const message = expect.stringMatching(/answers 404: no such path/)
    await expect(play(recordedSeconds(folder), outlet, fast())).rejects.toMatchObject({
      code,
      message,
    })
    await peer.stop()
    await expect(play(recordedSeconds(folder), outlet, fast())).rejects.toMatchObject({ code })
    peer = undefined
  })
})
