import { afterEach, describe, expect, test } from 'vitest'
import { startedServer } from '../../test/running-server.ts'
import type { Word } from '../core/record.ts'
import type { AlarmState } from '../core/report.ts'
import { silencesMax } from '../series/silences.ts'
import type { Silence } from '../series/silences.ts'
import type { ControlDesk } from './control.ts'

const firing = 'f'.repeat(16)
const over = '0'.repeat(16)

/** A desk that keeps what it was told, and takes it or not. */
class HandDesk implements ControlDesk {
  readonly said: Word[] = []
  readonly held: Silence[] = []
  outcome: 'taken' | 'refused' = 'taken'

  say(word: Word): Promise<'taken' | 'refused'> {
    this.said.push(word)
    return Promise.resolve(this.outcome)
  }

  silences(): readonly Silence[] {
    return this.held
  }

  alarmState(alarmId: string): AlarmState | undefined {
    return alarmId === firing ? 'firing' : alarmId === over ? 'inactive' : undefined
  }
}

const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0)) await close()
})

async function servedDesk(token = '') {
  const desk = new HandDesk()
  const server = await startedServer({ desk, token })
  closes.push(() => server.close())
  const ask = async (method: string, path: string, body?: unknown, headers = {}) => {
    const answer = await fetch(server.address + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const json = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)
    return { status: answer.status, type: answer.headers.get('content-type'), json, answer }
  }
  return { desk, ask }
}

const held: Silence = {
  silenceId: 's1',
  match: 'cpu*',
  alarmId: '',
  createdMs: 1,
  untilMs: 2,
  who: 'ann',
  text: '',
}

describe('a silence over the API', () => {
  test('is said as a word, with a time from now or until a time', async () => {
    const { desk, ask } = await servedDesk()
    const beforeMs = Date.now()
    const body = { match: 'cpu*', durationMs: 3_600_000, who: ' ann ', comment: 'deploy' }
    const { status, json } = await ask('POST', '/api/v1/silences', body)
    expect(status).toBe(201)
    const word = desk.said[0] as Word & { untilMs: number; silenceId: string }
    expect(word).toMatchObject({ action: 'silence', match: 'cpu*', alarmId: '', who: 'ann' })
    expect(word.untilMs).toBeGreaterThanOrEqual(beforeMs + 3_600_000)
    expect(word.untilMs).toBeLessThanOrEqual(Date.now() + 3_600_000)
    expect(json).toMatchObject({ id: word.silenceId, match: 'cpu*', comment: 'deploy' })
    const untilMs = Date.now() + 60_000
    const one = { id: 'mine', alarm: firing, untilMs, who: 'ann' }
    expect((await ask('POST', '/api/v1/silences', one)).status).toBe(201)
    expect(desk.said[1]).toMatchObject({ silenceId: 'mine', alarmId: firing, untilMs, text: '' })
  })

  test('takes patterns as configuration writes them', async () => {
    const { desk, ask } = await servedDesk()
    const match = ['cpu*', { __name__: 'mem', host: 'vm*' }]
    await ask('POST', '/api/v1/silences', { match, durationMs: 1000, who: 'ann' })
    expect(desk.said[0]).toMatchObject({ match })
  })

  test('is refused with what is wrong, and nothing is said', async () => {
    const { desk, ask } = await servedDesk()
    const f = async (body: unknown, want: string): Promise<void> => {
      const { status, type, json } = await ask('POST', '/api/v1/silences', body)
      expect(type).toContain('application/problem+json')
      expect(`${status} ${String(json?.['detail'])}`).toContain(want)
    }
    await f({ durationMs: 1000, who: 'ann' }, '400 expected either match or alarm')
    await f({ match: 'a', alarm: firing, durationMs: 1000, who: 'ann' }, '400 expected either')
    await f({ match: 'a', who: 'ann' }, '400 expected either durationMs or untilMs')
    await f({ match: 'a', durationMs: 1000 }, '400 who:')
    await f({ match: 'a', durationMs: 1000, who: ' ' }, '400 who:')
    await f({ match: 'a', durationMs: 5, who: 'ann' }, '400 durationMs:')
    await f({ match: 'a', durationMs: 1e300, who: 'ann' }, '400 durationMs:')
    await f({ match: 'a', untilMs: 1000, who: 'ann' }, '400 untilMs: this time is over')
    await f({ match: 'a', untilMs: 9e15, who: 'ann' }, '400 untilMs: over ten years')
    await f({ match: '', durationMs: 1000, who: 'ann' }, '400 match:')
    await f({ match: 'x'.repeat(5000), durationMs: 1000, who: 'ann' }, '400 match:')
    await f({ match: 'a', durationMs: 1000, who: 'ann', extra: 1 }, '400')
    await f({ match: 'a', id: '../..', durationMs: 1000, who: 'ann' }, '400 id:')
    await f({ alarm: 'nope', durationMs: 1000, who: 'ann' }, '400 alarm:')
    await f({ alarm: 'a'.repeat(16), durationMs: 1000, who: 'ann' }, '404 no series has an alarm')
    await f('text', '400')
    await f({ match: 'x'.repeat(20_000), durationMs: 1000, who: 'ann' }, '413')
    expect(desk.said).toEqual([])
  })

  test('is answered 503 where the log does not take it', async () => {
    const { desk, ask } = await servedDesk()
    desk.outcome = 'refused'
    const body = { match: 'cpu*', durationMs: 1000, who: 'ann' }
    const { status, answer } = await ask('POST', '/api/v1/silences', body)
    expect(status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
  })

  test('is one of a bounded number; one that is there can still be changed', async () => {
    const { desk, ask } = await servedDesk()
    for (let i = 0; i < silencesMax; i++) desk.held.push({ ...held, silenceId: `s${i}` })
    const body = { match: 'cpu*', durationMs: 1000, who: 'ann' }
    expect((await ask('POST', '/api/v1/silences', body)).status).toBe(409)
    expect((await ask('POST', '/api/v1/silences', { ...body, id: 's1' })).status).toBe(201)
  })

  test('can be listed and ended', async () => {
    const { desk, ask } = await servedDesk()
    desk.held.push(held, { ...held, silenceId: 's2', match: '', alarmId: firing })
    const said = { createdMs: 1, untilMs: 2, who: 'ann', comment: '' }
    expect((await ask('GET', '/api/v1/silences')).json).toEqual({
      silences: [
        { id: 's1', match: 'cpu*', ...said },
        { id: 's2', alarm: firing, ...said },
      ],
    })
    expect((await ask('DELETE', '/api/v1/silences/s1?who=bob')).status).toBe(204)
    expect(desk.said).toEqual([{ action: 'end_silence', silenceId: 's1', who: 'bob', text: '' }])
    expect((await ask('DELETE', '/api/v1/silences/s3')).status).toBe(404)
  })
})

describe('what is said of an alarm over the API', () => {
  test('is an acknowledgement while it is up', async () => {
    const { desk, ask } = await servedDesk()
    const body = { who: 'ann', comment: 'on it' }
    expect((await ask('POST', `/api/v1/alarms/${firing}/acknowledge`, body)).status).toBe(204)
    const said = { action: 'acknowledge', alarmId: firing, who: 'ann', text: 'on it' }
    expect(desk.said).toEqual([said])
    expect((await ask('POST', `/api/v1/alarms/${over}/acknowledge`, body)).status).toBe(409)
    expect((await ask('POST', '/api/v1/alarms/nope/acknowledge', body)).status).toBe(404)
    expect((await ask('POST', `/api/v1/alarms/${firing}/acknowledge`)).status).toBe(400)
  })

  test('is a label, also when it is over', async () => {
    const { desk, ask } = await servedDesk()
    const body = { who: 'ann', verdict: 'false' }
    expect((await ask('POST', `/api/v1/alarms/${over}/label`, body)).status).toBe(204)
    expect(desk.said[0]).toMatchObject({ action: 'label', verdict: 'false alarm' })
    const wrong = { who: 'ann', verdict: 'maybe' }
    expect((await ask('POST', `/api/v1/alarms/${over}/label`, wrong)).status).toBe(400)
  })
})

test('nobody says anything without the token', async () => {
  const { desk, ask } = await servedDesk('right')
  const body = { match: 'cpu*', durationMs: 1000, who: 'ann' }
  expect((await ask('POST', '/api/v1/silences', body)).status).toBe(401)
  expect((await ask('GET', '/api/v1/silences')).status).toBe(401)
  expect((await ask('DELETE', '/api/v1/silences/s1')).status).toBe(401)
  expect((await ask('POST', `/api/v1/alarms/${firing}/acknowledge`, { who: 'a' })).status).toBe(401)
  expect(desk.said).toEqual([])
  const headers = { authorization: 'Bearer right' }
  expect((await ask('POST', '/api/v1/silences', body, headers)).status).toBe(201)
})

test('a page of another site cannot say anything: its body is not taken', async () => {
  const { desk, ask } = await servedDesk()
  const body = { match: '*', durationMs: 1000, who: 'mallory' }
  const headers = { 'content-type': 'text/plain' }
  expect((await ask('POST', '/api/v1/silences', body, headers)).status).toBe(400)
  expect(desk.said).toEqual([])
})
