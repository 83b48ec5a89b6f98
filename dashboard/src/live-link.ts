/**
 * The connection to the server's live stream.
 *
 * One EventSource at a time, for one list and one watched series; another choice opens another one.
 * The id of the last event goes along, so nothing is missed in between or after a break. A break is
 * mended here and not by the EventSource: it gives up for good when a server answers anything but a
 * stream, as one does that is just starting.
 */

import { effect, untracked } from '@preact/signals'
import * as board from './board.ts'
import { sparkValuesMax } from './sparks.ts'

/** First and longest time between two tries. */
const retryMsMin = 500
const retryMsMax = 8_000

/** The server gives a sign of life every ten seconds; a connection silent for longer is dead. */
const silentMsMax = 25_000

/** Time for a choice to settle: keys held down go through many series. */
const settleMs = 120

/** Keeps the page connected. Called once. */
export function startLiveLink(): void {
  const link = new LiveLink()
  effect(() => {
    // Read, so that a change of any of them opens a new stream.
    void [board.search.value, board.filter.value, board.attempts.value]
    const key = board.selected.value
    untracked(() => link.reopenSoon(key))
  })
}

class LiveLink {
  #source: EventSource | undefined
  #lastId = ''
  #loadedKey = ''
  /** The list whose small lines are there already. */
  #listed: string | undefined
  #retryMs = retryMsMin
  #opening: ReturnType<typeof setTimeout> | undefined
  #watchdog: ReturnType<typeof setTimeout> | undefined

  reopenSoon(key: string): void {
    if (board.link.value === 'signed-out') return
    this.#openAfter(this.#source === undefined ? 0 : settleMs)
    if (key !== '' && key !== this.#loadedKey) void this.#loadHistory(key)
  }

  #openAfter(ms: number): void {
    clearTimeout(this.#opening)
    this.#opening = setTimeout(() => this.#open(), ms)
  }

  #open(): void {
    this.#source?.close()
    const query = new URLSearchParams({ search: board.search.value, state: board.filter.value })
    if (board.selected.value !== '') query.append('watch', board.selected.value)
    if (this.#lastId !== '') query.set('since', this.#lastId)
    const list = `${board.search.value}/${board.filter.value}`
    if (list !== this.#listed) query.set('recent', String(sparkValuesMax))
    this.#listed = list
    const source = new EventSource(`api/v1/events?${query}`)
    this.#source = source
    this.#heard()
    source.addEventListener('open', () => {
      board.link.value = 'live'
      this.#retryMs = retryMsMin
    })
    source.addEventListener('error', () => void this.#broken(source))
    this.#listen(source, 'series', board.takeSeries)
    this.#listen(source, 'samples', board.takeSamples)
    this.#listen(source, 'alarms', board.takeAlarms)
    this.#listen(source, 'rejections', board.takeRejections)
    this.#listen(source, 'objectives', board.takeObjectives)
    this.#listen(source, 'sinks', board.takeSinks)
    this.#listen(source, 'beat', () => {})
  }

  /** What comes is what the server's stream-client.ts writes. */
  #listen<Content>(source: EventSource, name: string, take: (content: Content) => unknown): void {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      if (source !== this.#source) return
      this.#heard()
      take(JSON.parse(message.data) as Content)
      if (message.lastEventId !== '') this.#lastId = message.lastEventId
    })
  }

  #heard(): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = setTimeout(() => this.#openAfter(0), silentMsMax)
  }

  async #broken(source: EventSource): Promise<void> {
    if (source !== this.#source) return
    source.close()
    if (board.link.value === 'live') board.link.value = 'lost'
    if (await signedOut()) {
      board.link.value = 'signed-out'
      return
    }
    this.#openAfter(this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax)
  }

  async #loadHistory(key: string): Promise<void> {
    this.#loadedKey = key
    try {
      const answer = await fetch(`api/v1/series/history?${new URLSearchParams({ key })}`)
      if (answer.status === 404 && key === board.selected.value) board.standing.value = 'unknown'
      if (!answer.ok) return
      const { columns, summary, kept, forecast } = await answer.json()
      board.takeHistory(key, columns, summary, forecast)
      board.historyKept.value = kept
    } catch {
      // The server is away: the stream is told so as well, and its first event brings everything.
      this.#loadedKey = ''
    }
  }
}

/** True if the server is there and wants the token. */
async function signedOut(): Promise<boolean> {
  try {
    return (await fetch('api/v1/session')).status === 401
  } catch {
    return false
  }
}
