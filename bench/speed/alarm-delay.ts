/**
 * How long an alarm takes, from its sample to the service that tells people, while samples come as
 * fast as they are scored.
 *
 *   node bench/speed/alarm-delay.ts [--json] [--alarms 60] [--every-ms 1000]
 *     [--store none|embedded] [--charts]
 *
 * The real program takes Influx lines over HTTP, two requests of 5,000 series at any time, the next
 * as soon as one is answered. Every `--every-ms` a series of its own sends a value that it never
 * had; peers for a webhook, Slack and SMTP note when they are told. Median and 99th percentile in
 * milliseconds, each beside the time of a request that brings a single sample. With `--charts` each
 * mail has a picture of the last samples of its series, for which the sink takes every score.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LiveProgram, forewarnCommand, freePort, pause } from '../../test/live/live-program.ts'
import { HttpPeer } from '../../test/http-peer.ts'
import { SmtpPeer } from '../../test/smtp-peer.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    alarms: { type: 'string', default: '60' },
    'every-ms': { type: 'string', default: '1000' },
    store: { type: 'string', default: 'none' },
    charts: { type: 'boolean', default: false },
  },
})
const alarmCount = Number(flags.alarms)
const loadSeries = 5_000
const requestsAtOnce = 2
const learnedSamples = 200
const startS = Math.floor(Date.now() / 1000) - learnedSamples
/** Time between two alarms. */
const everyMs = Number(flags['every-ms'])
/** An alarm that is not told by then is lost. */
const lostMs = 30_000

const folder = mkdtempSync(join(tmpdir(), 'forewarn-delay-'))
const webhook = await HttpPeer.started()
const slack = await HttpPeer.started()
slack.way = (response) => response.writeHead(200).end('ok')
const smtp = await SmtpPeer.started()
const port = await freePort()
const program = await new LiveProgram(
  forewarnCommand(
    folder,
    port,
    `sources: { in: { type: http, codec: influx } }
detectors: [{ match: '*', detector: ema }]
sinks:
  webhook: { type: webhook, url: '${webhook.url}' }
  slack: { type: slack, url: '${slack.url}' }
  email:
    type: email
    host: 127.0.0.1
    port: ${smtp.port}
    tls: none
    chart: ${flags.charts}
    from: forewarn@example.org
    to: [ada@example.org]
store: { type: ${flags.store} }
`,
  ),
).ready()

async function sent(lines: string): Promise<void> {
  const url = program.url('/api/v2/write?org=o&bucket=b&precision=s')
  const answer = await fetch(url, { method: 'POST', body: lines })
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`)
}

const alarmSeries = (n: number): string => `alarm,n=n${n}n`
/** What is usual: every series is learned before anything is measured. */
for (let second = 0; second < learnedSamples; second += 20) {
  const lines: string[] = []
  for (let each = second; each < second + 20; each++) {
    for (let n = 0; n < alarmCount; n++) {
      lines.push(`${alarmSeries(n)} value=${10 + ((n + each) % 7)} ${startS + each}`)
    }
  }
  await sent(lines.join('\n'))
}

const over = new AbortController()
let samples = 0
const loadBegan = performance.now()
async function load(which: number): Promise<void> {
  for (let second = which; !over.signal.aborted; second += requestsAtOnce) {
    const lines = Array.from({ length: loadSeries }, (_, i) => {
      return `load,host=h${i},of=o${which} value=${50 + ((i + second) % 11)} ${startS + second}`
    })
    await sent(lines.join('\n'))
    samples += loadSeries
  }
}
const loads = Array.from({ length: requestsAtOnce }, (_, which) => load(which))

/** When each peer was first told of each alarm. */
const told = {
  webhook: new Map<number, number>(),
  slack: new Map<number, number>(),
  email: new Map<number, number>(),
}
function note(times: Map<number, number>, text: string): void {
  for (const [, digits] of text.matchAll(/n(\d+)n/g)) {
    const n = Number(digits)
    if (!times.has(n)) times.set(n, performance.now())
  }
}
webhook.way = (response, { body }) => {
  note(told.webhook, body)
  response.writeHead(204).end()
}
slack.way = (response, { body }) => {
  note(told.slack, body)
  response.writeHead(200).end('ok')
}
let mailsSeen = 0
let pictures = 0
const looking = setInterval(() => {
  for (const { text } of smtp.mails.slice(mailsSeen)) {
    // What a picture is made of may look like a number.
    const [words = '', picture] = text.split('image/png')
    note(told.email, words)
    if (picture !== undefined) pictures++
  }
  mailsSeen = smtp.mails.length
}, 2)

const begun: number[] = []
const requestMs: number[] = []
for (let n = 0; n < alarmCount; n++) {
  const start = performance.now()
  begun.push(start)
  await sent(`${alarmSeries(n)} value=1000000 ${startS + learnedSamples + 1}`)
  requestMs.push(performance.now() - start)
  await pause(everyMs)
}
const isTold = (): boolean => Object.values(told).every(({ size }) => size >= alarmCount)
for (const lateMs = performance.now() + lostMs; !isTold() && performance.now() < lateMs;) {
  await pause(50)
}
over.abort()
await Promise.all(loads)
const perSecond = Math.round(samples / ((performance.now() - loadBegan) / 1000))
clearInterval(looking)
await program.ended('SIGTERM')
await Promise.all([webhook.stop(), slack.stop(), smtp.stop()])
rmSync(folder, { recursive: true, force: true })

const quantile = (all: readonly number[], q: number): number => {
  return Math.round(all.toSorted((a, b) => a - b)[Math.ceil(all.length * q) - 1] ?? NaN)
}
const row = (to: string, delaysMs: readonly number[]) => {
  const [medianMs, p99Ms] = [quantile(delaysMs, 0.5), quantile(delaysMs, 0.99)]
  return { to, told: delaysMs.length, medianMs, p99Ms }
}
const rows = [
  row('a request alone', requestMs),
  ...Object.entries(told).map(([to, times]) =>
    row(
      to,
      [...times].map(([n, atMs]) => atMs - (begun[n] as number)),
    ),
  ),
]
const found = { alarmCount, loadSamplesPerSecond: perSecond, pictures, rows }
process.stdout.write(
  flags.json === true
    ? `${JSON.stringify(found, null, 2)}\n`
    : `${perSecond} samples/s beside it, ${pictures} pictures\n` +
        rows
          .map((each) => {
            const { to, told: count, medianMs, p99Ms } = each
            const delays = `median ${medianMs} ms  p99 ${p99Ms} ms`
            return `${to.padEnd(16)} ${count} of ${alarmCount}  ${delays}\n`
          })
          .join(''),
)
process.exit(isTold() ? 0 : 1)
