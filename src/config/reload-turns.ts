/**
 * Whose turn it is to reload: one at a time, and at most one waits; what became of the last one.
 */

import type { Clock } from '../core/clock.ts'
import { ForewarnError } from '../core/errors.ts'
import type { ConfigurationState } from '../server/health.ts'
import type { ReloadDone, ReloadOutcome } from '../server/reload.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** What turns are made with. */
export interface ReloadTurnsParts {
  readonly clock: Clock
  readonly telemetry: Pick<Telemetry, 'reloaded' | 'reloadFailed'>
  /** Reloads. Throws where the configuration of before stays. */
  readonly reload: (startMs: number) => Promise<ReloadDone>
}

/** See the head of the file. */
export class ReloadTurns {
  readonly #parts: ReloadTurnsParts
  #state: ConfigurationState
  #present: Promise<ReloadOutcome> | undefined
  #next: Promise<ReloadOutcome> | undefined
  #closed = false

  constructor(parts: ReloadTurnsParts) {
    this.#parts = parts
    this.#state = { loadedMs: parts.clock.nowMs(), lastReload: 'none' }
  }

  get state(): ConfigurationState {
    return this.#state
  }

  /** Loads the configuration again. While that is under way one further request waits. */
  request(): Promise<ReloadOutcome> {
    if (this.#present === undefined) return this.#begin()
    this.#next ??= this.#present.then(() => {
      this.#next = undefined
      return this.#begin()
    })
    return this.#next
  }

  /** Lets the reload that is under way come to its end; there is none after it. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#present
  }

  async #begin(): Promise<ReloadOutcome> {
    this.#present = this.#outcome()
    try {
      return await this.#present
    } finally {
      this.#present = undefined
    }
  }

  async #outcome(): Promise<ReloadOutcome> {
    const { clock, telemetry, reload } = this.#parts
    const startMs = clock.nowMs()
    const { loadedMs } = this.#state
    this.#state = { loadedMs, lastReload: 'running' }
    try {
      if (this.#closed) throw new ForewarnError('ERR_CONFIG_RESTART', 'the program is stopping')
      const done = await reload(startMs)
      const { sources, sinks, series, tookMs } = done
      this.#state = { loadedMs: startMs, lastReload: 'done' }
      const begun = [...prefixed('sources', sources.begun), ...prefixed('sinks', sinks.begun)]
      const ended = [...prefixed('sources', sources.ended), ...prefixed('sinks', sinks.ended)]
      telemetry.reloaded({ series, begun, ended, tookMs })
      return { kind: 'done', done }
    } catch (error) {
      this.#state = { loadedMs, lastReload: 'failed' }
      telemetry.reloadFailed(error)
      return { kind: 'failed', error }
    }
  }
}

function prefixed(section: string, names: readonly string[]): string[] {
  return names.map((name) => `${section}.${name}`)
}
