/**
 * The e-mail sink's thread: mails are put together and handed to the server here.
 *
 * A mail takes some twenty turns of an event loop, a few of them for the server's answers, and the
 * scoring thread's turns are long. One connection is kept open between mails, so mails go out in
 * the order in which they come; each has a number, its answer has the same.
 *
 * A connection that the server closed between two mails is not seen by anybody: the library opens
 * another one where nothing of the mail was sent.
 */

import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { createTransport } from 'nodemailer'
import type { Answer, Refusal, Request, SmtpPlace } from './mail-thread.ts'

/** What the library says of one mail. */
interface Sent {
  readonly rejectedErrors?: readonly Refusal[]
}

/** Changes of alarms come in bursts. Servers wait 300 s (RFC 5321, 4.5.3.2.7), busy ones less. */
const idleMs = 60_000
/** What was not sent goes to one new connection; what fails there is for the delivery to retry. */
const againMax = 1

const port = parentPort as MessagePort
const place = workerData as SmtpPlace
const transport = createTransport({
  ...place,
  pool: true,
  maxConnections: 1,
  maxRequeues: againMax,
  idleTimeout: idleMs,
  disableFileAccess: true,
  disableUrlAccess: true,
} as object)
/** Mails under way, by their number. */
const underWay = new Map<number, AbortController>()

port.on('message', (request: Request) => {
  if (request.do === 'give up') underWay.get(request.id)?.abort()
  else void send(request.id, request.message)
})

async function send(id: number, message: object): Promise<void> {
  const stop = new AbortController()
  underWay.set(id, stop)
  try {
    const mail = { ...message, attachments: attachmentsOf(message), signal: stop.signal }
    const sent = (await transport.sendMail(mail as object)) as unknown as Sent
    tell({ id, refusals: (sent.rejectedErrors ?? []).map((each) => plain(each)) })
  } catch (error) {
    tell({ id, failure: plain(error as Refusal) })
  } finally {
    underWay.delete(id)
  }
}

function tell(answer: Answer): void {
  port.postMessage(answer)
}

/** Bytes lose their kind between threads. */
function attachmentsOf(message: { attachments?: { content: Uint8Array }[] }): object[] {
  const all = message.attachments ?? []
  for (const each of all) each.content = Buffer.from(each.content)
  return all
}

/** An error's own fields are lost between threads as well. */
function plain({ message, responseCode, code, recipient }: Refusal): Refusal {
  return {
    message: String(message),
    ...(responseCode !== undefined && { responseCode }),
    ...(code !== undefined && { code }),
    ...(recipient !== undefined && { recipient }),
  }
}
