/** A local SMTP server that keeps what it is sent and refuses what it is told to. For tests. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'

/** One mail as it came. */
export interface PeerMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string
  readonly secure: boolean
  readonly text: string
}

/** A certificate for 127.0.0.1 with its key, PEM. */
export interface PeerCertificate {
  readonly cert: string
  readonly key: string
}

/** How the peer speaks. */
export interface SmtpPeerOptions {
  /** Offers STARTTLS with it; absent: no TLS. */
  readonly certificate?: PeerCertificate
  /** TLS from the start. */
  readonly implicit?: boolean
  /** The one password that is taken; absent: nobody signs in. */
  readonly password?: string
}

/** A certificate of its own for 127.0.0.1, made by openssl. */
export function peerCertificate(): PeerCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-certificate-'))
  try {
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync('openssl', ['req', ...kind, ...files, ...name], { stdio: 'ignore' })
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
    return { cert: read('certificate.pem'), key: read('key.pem') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** See the head of the file. */
export class SmtpPeer {
  readonly mails: PeerMail[] = []
  /** Answers by receiver, as `550`; `*` is what comes after the body. */
  readonly refusals = new Map<string, number>()
  /** Cuts the connection where a body would be taken. */
  cut = false
  /** Takes bodies without a word. */
  silent = false
  /** Bodies taken so. */
  unanswered = 0
  /** Connections taken so far. */
  connectionCount = 0
  readonly #server: SMTPServer

  private constructor({ certificate, implicit = false, password }: SmtpPeerOptions) {
    const disabled = certificate === undefined ? ['STARTTLS'] : []
    if (password === undefined) disabled.push('AUTH')
    this.#server = new SMTPServer({
      ...certificate,
      secure: implicit,
      disabledCommands: disabled,
      authOptional: password === undefined,
      disableReverseLookup: true,
      closeTimeout: 100,
      onConnect: (_session, answer) => {
        this.connectionCount++
        answer()
      },
      onAuth: ({ username = '', password: given }, _session, answer) => {
        if (given === password) answer(null, { user: username })
        else answer(refused(535, 'no such password'))
      },
      onRcptTo: ({ address }, _session, answer) => {
        const code = this.refusals.get(address)
        answer(code === undefined ? undefined : refused(code, 'not this one'))
      },
      onData: (stream, session, answer) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const code = this.refusals.get('*')
          if (this.cut) return this.hangUp()
          if (this.silent) return void this.unanswered++
          if (code !== undefined) return answer(refused(code, 'not now'))
          const { mailFrom, rcptTo } = session.envelope
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: String(session.user ?? ''),
            secure: session.secure,
            text: Buffer.concat(chunks).toString(),
          })
          answer()
        })
      },
    })
    this.#server.on('error', () => undefined)
  }

  static async started(options: SmtpPeerOptions = {}): Promise<SmtpPeer> {
    const peer = new SmtpPeer(options)
    await new Promise<void>((done) => void peer.#server.listen(0, '127.0.0.1', done))
    return peer
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  /** Closes every connection. */
  hangUp(): void {
    this.#server.connections.forEach((each) => each.close())
  }

  async stop(): Promise<void> {
    if (!this.#server.server.listening) return
    await new Promise<void>((done) => this.#server.close(done))
  }
}

function refused(code: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode: code })
}
