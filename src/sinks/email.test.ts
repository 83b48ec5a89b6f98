import { expect, test, vi } from 'vitest'
import { alarmReport, noonMs, scoreReport } from '../../test/sample-reports.ts'
import { SmtpPeer, peerCertificate } from '../../test/smtp-peer.ts'
import type { SmtpPeerOptions } from '../../test/smtp-peer.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { EmailSink } from './email.ts'
import { checkEmail, emailOptions } from './email/options.ts'
import type { EmailOptions } from './email/options.ts'
import { sinkContract } from './sink.contract.ts'
import type { SinkError } from './sink.ts'

const patience = new AbortController().signal
const certificate = peerCertificate()
const addresses = { from: 'forewarn@example.org', to: ['ada@example.org'] }

function made(port: number, given: Partial<EmailOptions> = {}): EmailSink {
  const place = { host: '127.0.0.1', port, tls: 'none', ...addresses } as const
  return new EmailSink(optionsWithDefaults(emailOptions, { ...place, ...given }), 'https://fw')
}

async function withPeer(options: SmtpPeerOptions, work: (peer: SmtpPeer) => Promise<void>) {
  const peer = await SmtpPeer.started(options)
  await work(peer).finally(() => peer.stop())
}

/** A header's value, unfolded. */
function header(text: string, name: string): string | undefined {
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const value = new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim()
  return value
    ?.replace(/\?= =\?UTF-8\?Q\?/g, '')
    .replace(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, words: string) => {
      const quoted = words.replace(/_/g, ' ').replace(/%/g, '%25')
      return decodeURIComponent(quoted.replace(/=([0-9A-F]{2})/g, '%$1'))
    })
}

async function failure(sink: EmailSink, reports = [alarmReport('firing')]): Promise<SinkError> {
  try {
    await sink.write(reports, patience)
  } catch (error) {
    return error as SinkError
  } finally {
    await sink.close()
  }
  throw new Error('it was taken')
}

sinkContract('email', {
  runs: 20,
  open: async () => {
    const peer = await SmtpPeer.started()
    return {
      sink: made(peer.port, { chart: false }),
      received: () => Promise.resolve(peer.mails.map(({ text }) => text)),
      breakOtherSide: () => {
        peer.refusals.set('*', 554)
        return Promise.resolve()
      },
      dispose: () => peer.stop(),
    }
  },
})

test('a mail says what an alarm is, in text and HTML, with a picture', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const scores = [1, 2, 3].map((i) => scoreReport({ timestampMs: noonMs - 4000 + i * 1000 }))
    await sink.write(scores, patience)
    expect(peer.mails).toEqual([])
    await sink.write([alarmReport('firing')], patience)
    await sink.close()
    const [mail] = peer.mails
    expect(mail).toMatchObject({ ...addresses, secure: false })
    const text = mail?.text ?? ''
    expect(header(text, 'Subject')).toBe('[warning] Firing: cpu{host="a"}')
    expect(header(text, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(text, 'To')).toBe('ada@example.org')
    expect(header(text, 'Date')).toBeDefined()
    for (const line of [
      'Value: 412',
      'Expected: 220 (180 to 260)',
      'How rare: once in 2000 samples',
    ]) {
      expect(text).toContain(line)
    }
    expect(text).toContain('Since: 2025-03-01 11:59:55 UTC')
    expect(text).toContain('https://fw/#cpu%7Bhost%3D%22a%22%7D')
    expect(text).toMatch(/Content-Type: image\/png/)
    expect(text).toMatch(/Content-Id: <chart>/i)
    expect(text).toContain('iVBORw0KGgo')
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
  }))

test('all mails of an alarm are one thread; the same report has the same id', () =>
  withPeer({}, async (peer) => {
    const write = async (): Promise<void> => {
      const sink = made(peer.port)
      await sink.write([alarmReport('firing'), alarmReport('resolved')], patience)
      await sink.close()
    }
    await write()
    await write()
    const texts = peer.mails.map(({ text }) => text)
    const [first, second, third, fourth] = texts.map((text) => header(text, 'Message-ID'))
    expect(first).toBe('<alarm-a1@example.org>')
    expect([third, fourth]).toEqual([first, second])
    expect(header(texts[0] ?? '', 'References')).toBeUndefined()
    expect(header(texts[1] ?? '', 'References')).toBe(first)
    expect(header(texts[1] ?? '', 'In-Reply-To')).toBe(first)
    expect(header(texts[1] ?? '', 'Subject')).toMatch(/Resolved/)
  }))

test('texts from the wire stay texts', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const labels = Labels.named('x\r\nBcc: eve@example.org\r\n\r\n<script>é' + 'y'.repeat(3000))
    const reason = '.\r\n.\r\nQUIT <b>&'
    await sink.write([alarmReport('firing', { labels, reason })], patience)
    await sink.close()
    expect(peer.mails).toHaveLength(1)
    const [mail] = peer.mails
    expect(mail?.to).toEqual(['ada@example.org'])
    expect(header(mail?.text ?? '', 'Bcc')).toBeUndefined()
    const html = (mail?.text ?? '').split('Content-Type: text/html')[1]
    expect(html).toMatch(/&lt;script&gt;/)
    expect(html).not.toMatch(/<script>|<b>/)
    for (const line of (mail?.text ?? '').split('\r\n')) expect(line.length).toBeLessThan(999)
  }))

test('STARTTLS is asked for, and its certificate is checked', () =>
  withPeer({ certificate, password: 'secret' }, async (peer) => {
    const who = { user: 'fw', password: 'secret', tls: 'auto' } as const
    const sink = made(peer.port, { ...who, tlsCa: certificate.cert })
    await sink.write([alarmReport('firing')], patience)
    await sink.close()
    expect(peer.mails).toMatchObject([{ user: 'fw', secure: true }])
    const distrusting = await failure(made(peer.port, who))
    expect(distrusting).toMatchObject({ retryable: true })
    expect(distrusting.message).toMatch(/certificate/)
    const wrong = await failure(made(peer.port, { ...who, password: 'x', tlsCa: certificate.cert }))
    expect(wrong).toMatchObject({ retryable: true })
    expect(peer.mails).toHaveLength(1)
  }))

test('a server without STARTTLS is sent nothing', () =>
  withPeer({}, async (peer) => {
    expect(await failure(made(peer.port, { tls: 'starttls' }))).toMatchObject({ retryable: true })
    expect(peer.mails).toEqual([])
  }))

test('TLS from the start', () =>
  withPeer({ certificate, implicit: true }, async (peer) => {
    const sink = made(peer.port, { tls: 'implicit', tlsCa: certificate.cert })
    await sink.write([alarmReport('firing')], patience)
    await sink.close()
    expect(peer.mails).toMatchObject([{ secure: true }])
  }))

test('4yz is tried again, 5yz is not, a cut is', () =>
  withPeer({}, async (peer) => {
    peer.refusals.set('*', 451)
    expect(await failure(made(peer.port))).toMatchObject({ retryable: true })
    peer.refusals.set('*', 554)
    expect(await failure(made(peer.port))).toMatchObject({ retryable: false })
    peer.refusals.clear()
    peer.refusals.set('ada@example.org', 450)
    expect(await failure(made(peer.port))).toMatchObject({ retryable: true })
    peer.refusals.set('ada@example.org', 550)
    expect(await failure(made(peer.port))).toMatchObject({ retryable: false })
    peer.refusals.clear()
    peer.cut = true
    expect(await failure(made(peer.port))).toMatchObject({ retryable: true })
    const { port } = peer
    await peer.stop()
    const gone = await failure(made(port))
    expect(gone).toMatchObject({ retryable: true })
    expect(gone.message).toMatch(`cannot send mail by 127.0.0.1:${port}: `)
  }))

test('of several receivers only those are tried again that have not been sent it', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port, { to: ['ada@example.org', 'bob@example.org'] })
    peer.refusals.set('bob@example.org', 451)
    const batch = [alarmReport('firing'), alarmReport('firing', { alarmId: 'a2' })]
    await expect(sink.write(batch, patience)).rejects.toMatchObject({ retryable: true })
    peer.refusals.clear()
    await sink.write(batch, patience)
    expect(peer.mails.map(({ to }) => to.join(' '))).toEqual([
      'ada@example.org',
      'bob@example.org',
      'ada@example.org bob@example.org',
    ])
    peer.refusals.set('bob@example.org', 550)
    const more = ['a3', 'a4'].map((alarmId) => alarmReport('firing', { alarmId }))
    await expect(sink.write(more, patience)).rejects.toMatchObject({ retryable: false })
    expect(peer.mails).toHaveLength(5)
    await sink.close()
  }))

test('a server that does not answer is given up when the delivery says so', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const stop = new AbortController()
    const write = sink.write([alarmReport('firing')], stop.signal)
    stop.abort()
    await expect(write).rejects.toMatchObject({ retryable: true })
    await sink.close()
  }))

const alarmed = (alarmId: string) => alarmReport('firing', { alarmId })
const threads = (peer: SmtpPeer): (string | undefined)[] => {
  return peer.mails.map(({ text }) => header(text, 'X-Entity-Ref-ID'))
}

test('mails go over one connection, in order; refusals do not end it', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    await sink.write([alarmed('a1'), alarmReport('resolved', { alarmId: 'a1' })], patience)
    for (const code of [451, 554]) {
      peer.refusals.set('ada@example.org', code)
      await expect(sink.write([alarmed(`a${code}`)], patience)).rejects.toThrow(`${code}`)
    }
    peer.refusals.clear()
    await sink.write([alarmed('a451'), alarmed('a2')], patience)
    await sink.close()
    expect(threads(peer)).toEqual(['a1', 'a1', 'a451', 'a2'])
    expect(peer.connectionCount).toBe(1)
  }))

test('a connection that the server closed between two mails is opened anew, unseen', () =>
  withPeer({ certificate, password: 'secret' }, async (peer) => {
    const who = { user: 'fw', password: 'secret', tls: 'auto', tlsCa: certificate.cert } as const
    const sink = made(peer.port, who)
    for (const alarmId of ['a1', 'a2', 'a3']) {
      await sink.write([alarmed(alarmId)], patience)
      peer.hangUp()
    }
    await sink.close()
    expect(threads(peer)).toEqual(['a1', 'a2', 'a3'])
    expect(peer.mails.every(({ user, secure }) => user === 'fw' && secure)).toBe(true)
    expect(peer.connectionCount).toBe(3)
  }))

test('a mail that was cut goes out again before those behind it', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const batch = ['a1', 'a2', 'a3'].map(alarmed)
    await sink.write(batch.slice(0, 1), patience)
    peer.cut = true
    await expect(sink.write(batch, patience)).rejects.toMatchObject({ retryable: true })
    peer.cut = false
    await sink.write(batch, patience)
    await sink.close()
    expect(threads(peer)).toEqual(['a1', 'a2', 'a3'])
  }))

test('a connection is changed after a hundred mails, in order', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const ids = Array.from({ length: 103 }, (_, i) => `a${i}`)
    for (const id of ids) await sink.write([alarmed(id)], patience)
    await sink.close()
    expect(threads(peer)).toEqual(ids)
    expect(peer.connectionCount).toBe(2)
  }))

test('what was given up holds up no mail behind it', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    await sink.write([alarmed('a1')], patience)
    peer.silent = true
    const stop = new AbortController()
    const write = sink.write([alarmed('a2')], stop.signal)
    await vi.waitFor(() => expect(peer.unanswered).toBe(1), { timeout: 20_000 })
    stop.abort()
    await expect(write).rejects.toMatchObject({ retryable: true })
    peer.silent = false
    await sink.write([alarmed('a2'), alarmed('a3')], patience)
    await sink.close()
    expect(threads(peer)).toEqual(['a1', 'a2', 'a3'])
  }))

test('closing ends a write that is under way', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    peer.silent = true
    const write = sink.write([alarmed('a1')], patience)
    await vi.waitFor(() => expect(peer.unanswered).toBe(1), { timeout: 20_000 })
    await sink.close()
    await expect(write).rejects.toMatchObject({ retryable: true })
  }))

test('a storm is a few mails', () =>
  withPeer({}, async (peer) => {
    const sink = made(peer.port)
    const storm = Array.from({ length: 60 }, (_, i) => alarmReport('firing', { alarmId: `a${i}` }))
    await sink.write(storm, patience)
    await sink.close()
    expect(peer.mails.map(({ text }) => header(text, 'Subject'))).toEqual([
      '50 changes of alarms',
      '10 changes of alarms',
    ])
  }))

test('options that cannot be sent by are faults of the configuration', () => {
  const f = (given: Partial<EmailOptions>): void => {
    const options = optionsWithDefaults(emailOptions, { ...addresses, ...given })
    const invalid = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' })
    expect(() => checkEmail(options)).toThrow(invalid)
  }
  f({ from: '' })
  f({ from: 'a@b\r\nX: y' })
  f({ to: [] })
  f({ to: ['Ada <ada@example.org>'] })
  f({ host: 'a b' })
  f({ user: 'a' })
  f({ user: 'a', password: 'b', tls: 'none' })
  expect(() => checkEmail(optionsWithDefaults(emailOptions, addresses))).not.toThrow()
})
