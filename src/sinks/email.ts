/**
 * The e-mail sink: alarms as mails over SMTP, in one thread for each alarm, with a picture.
 *
 * Of more than ten changes at once each fifty are one mail. What the server answers with 4yz is
 * tried again, and so is a refused password and a connection that fails; 5yz is given up. Of
 * several receivers only those are tried again that have not been sent it; one that is refused for
 * good does not keep the others from being told, but fails the batch, so that it is seen.
 *
 * Mails go out of a thread of their own, over one connection that stays open for a while, so that
 * they do not wait for scoring at each answer of the server.
 *
 * Source: RFC 5321, 4.2.1; RFC 3207 (STARTTLS). The library is nodemailer.
 */

import { isForPeople } from '../core/report.ts'
import type { AlarmReport, Report, ReportKind } from '../core/report.ts'
import { chartOf } from './email/chart.ts'
import { alarmMail, digestMail } from './email/mail.ts'
import type { Mail } from './email/mail.ts'
import { MailThread } from './email/mail-thread.ts'
import type { Refusal } from './email/mail-thread.ts'
import { checkEmail } from './email/options.ts'
import type { EmailOptions } from './email/options.ts'
import { RecentSamples } from './email/recent-samples.ts'
import { SinkError } from './sink.ts'
import type { Sink } from './sink.ts'
import { alarmFacts, isTold } from '../core/alarm-facts.ts'
import { RecentlyTold } from './telling/recently-told.ts'

const singleMax = 10
const digestMax = 50
/** Under the usual timeout of a delivery, so that the reason is known. */
const answerWithinMs = 20_000
const implicitPort = 465
/** Signing in failed: 530 to 538 of RFC 4954. Somebody can put it right. */
const isSigningIn = (code: number): boolean => code >= 530 && code <= 538

/** See the head of the file. Throws ERR_CONFIG_INVALID as `checkEmail` does. */
export class EmailSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #options: EmailOptions
  readonly #pageUrl: string
  readonly #place: string
  readonly #domain: string
  readonly #thread: MailThread
  readonly #told = new RecentlyTold()
  readonly #recent: RecentSamples
  /** Receivers that have a mail, by its Message-ID, until all are done with. */
  readonly #reached = new Map<string, Set<string>>()

  constructor(options: EmailOptions, pageUrl: string) {
    checkEmail(options)
    const { host, port, user, password, tls, tlsCa, helo, from, chart } = options
    this.accepts = new Set<ReportKind>(chart ? ['alarm', 'score'] : ['alarm'])
    this.#options = options
    this.#pageUrl = pageUrl
    this.#place = `${host}:${port}`
    this.#domain = from.slice(from.indexOf('@') + 1)
    this.#recent = new RecentSamples(options.chartSeriesMax)
    const secure = tls === 'implicit' || (tls === 'auto' && port === implicitPort)
    this.#thread = new MailThread({
      host,
      port,
      secure,
      requireTLS: !secure && tls !== 'none',
      ignoreTLS: tls === 'none',
      connectionTimeout: answerWithinMs,
      greetingTimeout: answerWithinMs,
      socketTimeout: answerWithinMs,
      ...(helo !== '' && { name: helo }),
      ...(user !== '' && { auth: { user, pass: password } }),
      ...(tlsCa !== '' && { tls: { ca: tlsCa } }),
    })
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const wanted: AlarmReport[] = []
    for (const report of reports) {
      if (report.kind === 'score') this.#recent.add(report)
      if (report.kind !== 'alarm' || this.#told.has(report)) continue
      if (isTold(report) && (isForPeople(report) || report.news === undefined)) wanted.push(report)
    }
    const failures: SinkError[] = []
    const size = wanted.length <= singleMax ? 1 : digestMax
    for (let i = 0; i < wanted.length; i += size) {
      const some = wanted.slice(i, i + size)
      const failure = await this.#send(this.#mailOf(some), signal)
      if (failure?.retryable === true) throw failure
      if (failure !== undefined) failures.push(failure)
      for (const alarm of some) this.#told.add(alarm)
    }
    if (failures[0] !== undefined) throw failures[0]
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  #mailOf(alarms: readonly AlarmReport[]): Mail {
    const domain = this.#domain
    const all = alarms.map((alarm) => alarmFacts(alarm, this.#pageUrl))
    const [alarm, facts] = [alarms[0], all[0]]
    if (alarms.length > 1 || alarm === undefined || facts === undefined) {
      return digestMail(alarms, all, domain)
    }
    const chart = chartOf(this.#recent.of(alarm.labels.key))
    return alarmMail(alarm, facts, { domain, chart })
  }

  /** Sends to whoever has not got it; the failure, where one is left. */
  async #send(mail: Mail, signal: AbortSignal): Promise<SinkError | undefined> {
    const { from, to } = this.#options
    const reached = this.#reached.get(mail.messageId) ?? new Set()
    const left = to.filter((each) => !reached.has(each))
    try {
      signal.throwIfAborted()
      const message = { ...mail, from, to: [...to], envelope: { from, to: left } }
      const errors = await this.#thread.send(message, signal)
      const [first] = errors
      if (first === undefined) {
        this.#reached.delete(mail.messageId)
        return undefined
      }
      const refused = new Set(errors.map(({ recipient }) => recipient))
      for (const each of left) if (!refused.has(each)) reached.add(each)
      this.#reached.set(mail.messageId, reached)
      const later = errors.find((error) => isRetryable(error))
      if (later === undefined) this.#reached.delete(mail.messageId)
      return this.#failure(later ?? first, `some receivers of ${mail.messageId}: `)
    } catch (error) {
      return this.#failure(error as Refusal | Error)
    }
  }

  #failure(cause: Refusal, what = ''): SinkError {
    const line = cause.message.replace(/[\u0000-\u001f]+/g, ' ').slice(0, 300)
    const message = `cannot send mail by ${this.#place}: ${what}${line}`
    return new SinkError(message, { retryable: isRetryable(cause), cause })
  }
}

function isRetryable({ responseCode, code }: Refusal): boolean {
  // No TLS: the server, or somebody between, may offer it again.
  if (responseCode === undefined || code === 'ETLS') return true
  return responseCode < 500 || isSigningIn(responseCode)
}
