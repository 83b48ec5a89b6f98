/**
 * The way to the e-mail sink's thread, which is started with the first mail; see thread.ts.
 *
 * A thread that ends by itself fails the mails that it had, and the next mail starts another.
 */

import { Worker } from 'node:worker_threads'

/** What the library takes of where and how to send. */
export interface SmtpPlace {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly requireTLS: boolean
  readonly ignoreTLS: boolean
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  readonly socketTimeout: number
  readonly name?: string
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly tls?: { readonly ca: string }
}

/** Why a mail, or one receiver of it, was not taken. */
export interface Refusal {
  readonly message: string
  /** The server's, where it answered. */
  readonly responseCode?: number
  /** The library's word for it. */
  readonly code?: string
  readonly recipient?: string
}

export type Request =
  | { readonly id: number; readonly do: 'send'; readonly message: object }
  | { readonly id: number; readonly do: 'give up' }

export type Answer =
  | { readonly id: number; readonly refusals: readonly Refusal[] }
  | { readonly id: number; readonly failure: Refusal }

interface Pending {
  readonly resolve: (refusals: readonly Refusal[]) => void
  readonly reject: (why: Refusal) => void
}

/** See the head of the file. */
export class MailThread {
  readonly #place: SmtpPlace
  readonly #pending = new Map<number, Pending>()
  #thread: Worker | undefined
  #nextId = 0

  constructor(place: SmtpPlace) {
    this.#place = place
  }

  /**
   * Sends a mail: resolves to the receivers that were refused while others were not, rejects with
   * a `Refusal` where nobody has it. Given up at the signal; whether the server has it is then not
   * known.
   */
  send(message: object, signal: AbortSignal): Promise<readonly Refusal[]> {
    const thread = (this.#thread ??= this.#started())
    const id = this.#nextId++
    const giveUp = (): void => {
      this.#take({ id, failure: { message: 'given up: it took too long' } })
      thread.postMessage({ id, do: 'give up' } satisfies Request)
    }
    const sent = new Promise<readonly Refusal[]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      signal.addEventListener('abort', giveUp, { once: true })
      thread.postMessage({ id, do: 'send', message } satisfies Request)
    })
    return sent.finally(() => signal.removeEventListener('abort', giveUp))
  }

  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.terminate()
  }

  #started(): Worker {
    const file = import.meta.url.endsWith('.ts') ? 'thread.ts' : 'thread.js'
    const thread = new Worker(new URL(file, import.meta.url), { workerData: this.#place })
    thread.on('message', (answer: Answer) => this.#take(answer))
    thread.on('error', (error) => this.#lose(thread, String(error)))
    thread.on('exit', () => this.#lose(thread, 'its thread has ended'))
    return thread
  }

  #take(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('refusals' in answer) pending?.resolve(answer.refusals)
    else pending?.reject(answer.failure)
  }

  /** Fails what the thread had; it had all, since there is one at a time. */
  #lose(thread: Worker, message: string): void {
    if (this.#thread !== undefined && this.#thread !== thread) return
    this.#thread = undefined
    for (const id of this.#pending.keys()) this.#take({ id, failure: { message } })
  }
}
