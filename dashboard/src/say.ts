/**
 * What the reader of the page says about alarms: silences, acknowledgements. Each goes to the API;
 * what it changes comes back by the live stream, like everything else.
 */

import { signal } from '@preact/signals'
import { retained } from './retained.ts'

/** A silence as the API shows it. */
export interface ShownSilence {
  readonly id: string
  readonly match?: unknown
  readonly alarm?: string
  readonly untilMs: number
  readonly who: string
  readonly comment: string
}

/** Who is speaking; kept in this browser. */
export const speaker = retained('forewarn.who')

/** The silences that hold; read again after each word and now and then. */
export const silences = signal<readonly ShownSilence[]>([])

/** Why the last word was not taken; empty where it was. */
export const refused = signal('')

/** Silences are read again after this time: others may speak too. */
const silencesEveryMs = 30_000

/** What is said takes effect a moment after it is answered. */
const settleMs = 400

async function said(method: string, path: string, body?: object): Promise<boolean> {
  try {
    const answer = await fetch(path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' } }),
      ...(body && { body: JSON.stringify(body) }),
    })
    if (answer.ok) refused.value = ''
    else refused.value = await detailOf(answer)
    setTimeout(() => void readSilences(), settleMs)
    return answer.ok
  } catch {
    refused.value = 'The server does not answer; nothing was said.'
    return false
  }
}

async function detailOf(answer: Response): Promise<string> {
  const { detail, title } = (await answer.json().catch(() => ({}))) as {
    detail?: string
    title?: string
  }
  return detail ?? title ?? `The server answered ${answer.status}.`
}

/** Silences one alarm for a time; false where that was not taken. */
export function silenceAlarm(alarm: string, durationMs: number): Promise<boolean> {
  return said('POST', 'api/v1/silences', { alarm, durationMs, who: speaker.value })
}

export function endSilence(id: string): Promise<boolean> {
  const query = new URLSearchParams({ who: speaker.value || 'somebody' })
  return said('DELETE', `api/v1/silences/${encodeURIComponent(id)}?${query}`)
}

export function acknowledge(alarm: string): Promise<boolean> {
  return said('POST', `api/v1/alarms/${alarm}/acknowledge`, { who: speaker.value })
}

/** Reads the silences that hold. A server that takes no words has none. */
export async function readSilences(): Promise<void> {
  const answer = await fetch('api/v1/silences').catch(() => undefined)
  if (answer?.ok !== true) return
  const read = (await answer.json()) as { silences: readonly ShownSilence[] }
  silences.value = read.silences
}

/** Keeps the list of silences true while the page is open. */
export function followSilences(): void {
  void readSilences()
  setInterval(() => void readSilences(), silencesEveryMs)
}
