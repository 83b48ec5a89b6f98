/**
 * Whatever tells people of an alarm says in words and fields: series, value, expected band, since
 * when, how rare, severity, and links to the series on the page. One alarm and, where a sink sends
 * many in one message, each of them.
 */

import { Writable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { optionsWithDefaults } from '../src/core/options.ts'
import { ConsoleSink, consoleOptions } from '../src/sinks/console.ts'
import { alarmReport, noonMs } from './sample-reports.ts'
import { sinksOnPeers } from './sinks-on-peers.ts'
import { VirtualClock } from './virtual-clock.ts'

const patience = new AbortController().signal
const page = 'https://fw.example.org'
/** These keep numbers for other programs; they call nobody. */
const keepers = ['influx', 'graphite', 'redis, channel', 'redis, stream']

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** What a person reads: without the escapes of JSON, HTML and mail. */
function plain(text: string): string {
  const words = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('\\n', '\n')
  return words.replaceAll('\\"', '"')
}

const alarms = [412, 413, 414].map((value) =>
  alarmReport('firing', {
    alarmId: `a${value}`,
    value,
    reason: `${value}, expected 180 to 260; once in 2000 samples`,
    severity: 'critical',
  }),
)

/** Everything that has to be said of each alarm. */
function expectTold(said: string, value: number): void {
  expect(said).toContain('cpu{host="a"}')
  expect(said).toMatch(new RegExp(`\\b${value}\\b`))
  expect(said).toMatch(/180 to 260/)
  expect(said).toMatch(/2025-03-01[T ]11:59:55|\b1740830395000\b/)
  expect(said).toMatch(/once in 2000 samples/)
  expect(said).toMatch(/critical/)
  expect(said).toContain(`${page}/#cpu%7Bhost%3D%22a%22%7D`)
}

describe.each(sinksOnPeers.filter(({ name }) => !keepers.includes(name)))('$name', (subject) => {
  test.each([1, 3])('says all of %i in one write', async (count) => {
    const peer = await subject.start()
    cleanups.push(() => peer.stop())
    const sink = subject.sink(peer.port, new VirtualClock(noonMs))
    cleanups.push(() => sink.close())
    const told = alarms.slice(0, count)
    await sink.write(told, patience)
    const texts = peer.texts().map(plain)
    for (const { value } of told) {
      const about = texts.filter((text) => new RegExp(`\\b${value}\\b`).test(text))
      expectTold(about.join('\n'), value)
    }
  })
})

test('the console says it in a line', async () => {
  let said = ''
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      said += String(chunk)
      done()
    },
  })
  const sink = new ConsoleSink(optionsWithDefaults(consoleOptions), stream, { pageUrl: page })
  await sink.write(alarms.slice(0, 1), patience)
  await sink.close()
  expect(said.split('\n')).toHaveLength(2)
  expectTold(said, 412)
})
