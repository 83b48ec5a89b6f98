/**
 * Reloads of the real process, seen from outside: by signal and by API, under load, with faults in
 * the file, with rules and sinks that change.
 */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Random } from '../src/core/random.ts'
import { freePort } from './live/live-program.ts'
import { Program, eventually, program } from './running-program.ts'

const startS = 1_700_000_000

/** Three seconds of three series, with a spike now and then. */
function linesOf(request: number): string {
  const noise = new Random(request + 1)
  const lines: string[] = []
  for (let second = 0; second < 3; second++) {
    for (let series = 0; series < 3; series++) {
      const spike = noise.uniform() < 0.02 ? 60 : 0
      const value = 40 + noise.gaussian(0, 2) + spike
      lines.push(`load,host=h${series} value=${value} ${startS + request * 3 + second}`)
    }
  }
  return lines.join('\n') + '\n'
}

/** What was written about each sample and alarm, and what was written about twice. */
function told(lines: readonly Record<string, unknown>[]): Map<string, string[]> {
  const contents = new Map<string, string[]>()
  for (const { id: _id, ...report } of lines) {
    if (report['kind'] === 'rejection') continue
    const about = [report['kind'], report['series'], report['timestamp'], report['state']].join(' ')
    contents.set(about, [...(contents.get(about) ?? []), JSON.stringify(report)])
  }
  return contents
}

const requests = 400

/** Sends everything over HTTP and over one connection of Carbon; reloads in between, or not. */
async function fed(store: string, reloads: 'reloads' | 'none'): Promise<Program> {
  const sections = (extra: string): string => `
detectors: [{ match: '*', detector: ema, probation: 30 }]
transforms: [{ type: rate, match: 'counter*' }]
sinks:
  file: { type: file, path: out.jsonl }
${extra}
store: ${store}
`
  const running = await program(sections(''))
  const carbon: Socket = connect(running.carbonPort, '127.0.0.1')
  await once(carbon, 'connect')
  let again = 0
  let sent = 0
  const load = async (): Promise<void> => {
    for (let request = 0; request < requests; request++) {
      again += await running.send(linesOf(request))
      sent++
      carbon.write(`carbon.load ${request % 7} ${startS + request}\n`)
      carbon.write(`counter.total ${request * request} ${startS + request}\n`)
    }
  }
  const loading = load()
  let done = reloads === 'none' ? 6 : 0
  for (; done < 6; done++) {
    running.write(sections(done % 2 === 0 ? `  more: { type: file, path: more.jsonl }` : ''))
    const before = running.log.split('was loaded again').length
    running.hangUp()
    await eventually(() => running.log.split('was loaded again').length > before || undefined)
    expect(sent).toBeLessThan(requests)
  }
  await loading
  expect(again).toBe(0)
  const carbonEnd = once(carbon, 'close')
  const lost = await Promise.race([carbonEnd.then(() => true), Promise.resolve(false)])
  expect(lost).toBe(false)
  await eventually(async () => {
    return running.lines('out.jsonl').some((line) => {
      return (
        line['series'] === 'carbon.load' && line['timestamp'] === (startS + requests - 1) * 1000
      )
    })
      ? true
      : undefined
  })
  carbon.end()
  await running.stop()
  return running
}

describe('under load over HTTP and Carbon', () => {
  test.each(['{ folder: state, checkpoint_every: 100ms }', '{ type: none }'])(
    'SIGHUPs change nothing of what is told, and drop no connection, with store: %s',
    async (store) => {
      const calm = told((await fed(store, 'none')).lines('out.jsonl'))
      const disturbed = told((await fed(store, 'reloads')).lines('out.jsonl'))
      expect(calm.size).toBeGreaterThan(requests * 9)
      expect(disturbed).toEqual(calm)
    },
    60_000,
  )
})

const quiet = `
detectors: [{ match: '*', detector: ema, probation: 30 }]
sinks:
  page: { type: dashboard }
store: { folder: state }
`

describe('a file with faults', () => {
  test('is told of with all of them, and the one of before stays', async () => {
    const running = await program(quiet)
    await running.send(linesOf(0))
    running.write(`${quiet}detecters: []\ntelemetry: { log_level: lots }\n`)
    const { status, body } = await running.reload()
    expect(status).toBe(422)
    expect(body['detail']).toContain('2 faults')
    expect(body['detail']).toMatch(/forewarn\.yaml:12:1: .*did you mean "detectors"\?/)
    expect(body['detail']).toMatch(/forewarn\.yaml:13:\d+: telemetry\.log_level: /)
    expect(running.log).toContain('the configuration cannot be loaded again')
    expect(await running.metric('forewarn_config_last_reload_successful')).toBe('0')
    const ready = await fetch(`${running.address}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ configuration: { lastReload: 'failed' } })
    await running.send(linesOf(1))

    running.write(quiet)
    expect((await running.reload()).status).toBe(200)
    expect(await running.metric('forewarn_config_last_reload_successful')).toBe('1')
    await running.stop()
  })

  test('that needs a restart is refused as a whole, with what needs it', async () => {
    const running = await program(quiet)
    running.write(quiet.replace('folder: state', 'folder: elsewhere').replace('ema', 'sma'))
    const { status, body } = await running.reload()
    expect(status).toBe(422)
    expect(body['detail']).toMatch(/:11:\d+: store\.folder: .*restart: state became elsewhere/)
    await running.send(linesOf(0))
    await eventually(async () => {
      const answer = await fetch(`${running.address}/api/v1/series`)
      return (await answer.text()).includes('"ema"') || undefined
    })
    await running.stop()
  })

  test('whose source cannot have its address leaves everything as it was', async () => {
    const running = await program(quiet)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    running.write(quiet, `  second: { type: carbon, listen: '127.0.0.1:${port}', udp: false }`)
    const { status, body } = await running.reload()
    expect([status, String(body['detail'])]).toEqual([500, expect.stringContaining('this address')])
    await running.send(linesOf(0))
    running.write(quiet)
    expect((await running.reload()).status).toBe(200)
    await running.stop()
  })
})

describe('a rule that changes', () => {
  test('keeps its series where the option does not shape their state', async () => {
    const running = await program(quiet)
    for (let request = 0; request < 20; request++) await running.send(linesOf(request))
    running.write(quiet.replace('probation: 30', 'probation: 30, alarm: { threshold: 0.5 }'))
    expect(await running.reload()).toMatchObject({ status: 200, body: { series: 3 } })
    await running.send(linesOf(20))
    await eventually(async () => {
      const { lastTimestampMs, learnedSamples } = (await running.series('h1')) ?? {}
      if (lastTimestampMs !== (startS + 62) * 1000) return undefined
      expect(learnedSamples).toBe(30)
      return true
    })
    await running.stop()
  })

  test('starts its series anew where it does, and says so', async () => {
    const running = await program(quiet)
    for (let request = 0; request < 20; request++) await running.send(linesOf(request))
    running.write(quiet.replace('detector: ema', 'detector: sma'))
    expect(await running.reload()).toMatchObject({ status: 200, body: { series: 0 } })
    expect(running.log).toContain('the saved state cannot be used; the series starts anew')
    await running.send(linesOf(20))
    const { learnedSamples } = await eventually(() => running.series('h1'))
    expect(learnedSamples).toBe(3)
    await running.stop()
  })

  test.each([
    [
      'has another detector',
      'detector: sma, probation: 30',
      'its rule was changed, so the series begins anew',
    ],
    ['is no more', 'detector: none', 'no rule is for the series any more'],
  ])('ends the alarms of its series: %s', async (_how, detector, reason) => {
    const told = `sinks:\n  told: { type: file, path: told.jsonl, scores: false }`
    const before = quiet.replace('sinks:', told)
    const running = await program(before)
    for (let request = 0; request < 20; request++) await running.send(linesOf(request))
    await running.send(`load,host=h1 value=9999 ${startS + 60}\n`)
    const lines = () => running.lines('told.jsonl')
    const atMs = (startS + 60) * 1000
    const up = await eventually(() => lines().find((each) => each['timestamp'] === atMs))
    running.write(before.replace('detector: ema, probation: 30', detector))
    expect((await running.reload()).status).toBe(200)
    const end = await eventually(() => lines().find((each) => each['reason'] === reason))
    const { alarm_id, rule, severity } = up
    expect(end).toMatchObject({ state: 'resolved', alarm_id, rule, severity })
    await running.stop()
  })
})

describe('a sink', () => {
  const withFile = (path: string): string =>
    quiet.replace('sinks:', `sinks:\n  told: { type: file, path: '${path}', scores: false }`)

  test('that is added is told what comes from then on', async () => {
    const running = await program(quiet)
    await running.send(linesOf(0))
    running.write(quiet.replace('sinks:', 'sinks:\n  added: { type: file, path: added.jsonl }'))
    const { body } = await running.reload()
    expect(body['sinks']).toEqual({ kept: ['page'], begun: ['added'], ended: [] })
    await running.send(linesOf(1))
    await eventually(() => running.lines('added.jsonl').length >= 9 || undefined)
    const times = running.lines('added.jsonl').map((line) => Number(line['timestamp']) / 1000)
    expect(Math.min(...times)).toBe(startS + 3)
    await running.stop()
  })

  test('that goes with alarms in its outbox leaves them there, counted', async () => {
    const running = await program(withFile('told/alarms.jsonl'))
    rmSync(join(running.folder, 'told'), { recursive: true })
    writeFileSync(join(running.folder, 'told'), 'in the way')
    for (let request = 0; request < 20; request++) await running.send(linesOf(request))
    for (const host of ['h0', 'h1', 'h2']) {
      await running.send(`load,host=${host} value=9999 ${startS + 60}\n`)
    }
    await eventually(async () => {
      return (await running.metric('forewarn_sink_failures_total{sink="told"}')) ?? undefined
    })
    running.write(quiet)
    expect((await running.reload()).body['sinks']).toMatchObject({ ended: ['told'] })
    expect(await running.metric('forewarn_outbox_unclaimed_alarms{sink="told"}')).toBe('3')
    expect(running.log).toContain('alarms wait for a sink that is not configured')

    rmSync(join(running.folder, 'told'))
    running.write(withFile('told/alarms.jsonl'))
    expect((await running.reload()).status).toBe(200)
    await eventually(() => running.lines('told/alarms.jsonl').length >= 3 || undefined)
    expect(await running.metric('forewarn_outbox_unclaimed_alarms{sink="told"}')).toBe('0')
    await running.stop()
  })
})

/** A certificate for 127.0.0.1 whose subject says which one it is. */
function certificate(folder: string, subject: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', ...kind, ...files, '-subj', `/CN=${subject}`], {
    stdio: 'ignore',
  })
}

test('certificate, token and log level are those of the new configuration', async () => {
  const text = (rest: string): string => `${quiet}${rest}
server:
  listen: '127.0.0.1:0'
  tls_certificate_file: certificate.pem
  tls_key_file: key.pem
  token_file: token.txt`
  const running = new Program(await freePort())
  const write = (rest: string): void => {
    running.write(text(rest))
    const path = join(running.folder, 'forewarn.yaml')
    writeFileSync(path, readFileSync(path, 'utf8').replace("server: { listen: '127.0.0.1:0' }", ''))
  }
  certificate(running.folder, 'first')
  writeFileSync(join(running.folder, 'token.txt'), 'first-token')
  write('')
  await running.start()
  const port = Number(new URL(running.address).port)
  const subject = async (): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }
  const status = (token: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      const options = { port, path: '/api/v1/series', headers, rejectUnauthorized: false }
      get(options, (answer) => resolve(answer.resume().statusCode)).on('error', reject)
    })
  expect([await subject(), await status('first-token')]).toEqual(['first', 200])
  certificate(running.folder, 'second')
  writeFileSync(join(running.folder, 'token.txt'), 'second-token')
  write('telemetry: { log_level: warn }')
  running.hangUp()
  await eventually(async () => (await subject()) === 'second' || undefined)
  expect([await status('first-token'), await status('second-token')]).toEqual([401, 200])
  const { log } = running
  await running.stop()
  expect(running.log).toBe(log)
})
