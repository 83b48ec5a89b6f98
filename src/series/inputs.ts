/**
 * Runs the inputs of a pipeline side by side: when each ends, what ends with it, and how the set of
 * them changes while they run.
 *
 *   until the signal aborts, one of them fails, or the last has ended: then all end
 *   end(names) … start(inputs)    some make room for others; meanwhile it is not over
 */

import type { Telemetry } from '../telemetry/telemetry.ts'

/** What of an input matters to its end. */
export interface EndingInput {
  readonly name: string
  /** True for ticks: they go on only as long as there is another input. */
  readonly companion?: boolean
}

interface Run {
  readonly companion: boolean
  readonly stop: AbortController
  readonly ended: Promise<void>
}

type InputTelemetry = Pick<Telemetry, 'sourceEnded' | 'sourceFailed'>

/** See the head of the file. Iterated once: `run` may be called once. */
export class InputRuns<I extends EndingInput> {
  readonly #work: (input: I, signal: AbortSignal) => Promise<void>
  readonly #telemetry: InputTelemetry
  readonly #running = new Map<string, Run>()
  readonly #over = Promise.withResolvers<void>()
  /** Whether all that run are ticks, by configuration: then they go on by themselves. */
  #onlyCompanions = true
  #changing = false
  #stopped = false
  #ended = false
  #failure: { readonly error: unknown } | undefined

  /** `work` is what running an input means. */
  constructor(work: (input: I, signal: AbortSignal) => Promise<void>, telemetry: InputTelemetry) {
    this.#work = work
    this.#telemetry = telemetry
  }

  /** Resolves when all have ended; throws what the first of those that failed threw. */
  async run(inputs: readonly I[], signal: AbortSignal): Promise<void> {
    const stopAll = (): void => this.#stopAll()
    signal.addEventListener('abort', stopAll, { once: true })
    if (signal.aborted) this.#stopAll()
    this.#changing = true
    this.start(inputs)
    await this.#over.promise
    signal.removeEventListener('abort', stopAll)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** True once all have ended: nothing begins any more. */
  get ended(): boolean {
    return this.#ended
  }

  /** Ends the inputs of these names; resolves once they have. Until `start` it is not over. */
  async end(names: ReadonlySet<string>): Promise<void> {
    this.#changing = true
    const ending = [...this.#running].filter(([name]) => names.has(name)).map(([, run]) => run)
    for (const { stop } of ending) stop.abort()
    await Promise.all(ending.map(({ ended }) => ended))
  }

  /** Starts those of the inputs that do not run, unless everything is to end. */
  start(inputs: readonly I[]): void {
    this.#onlyCompanions = inputs.every(({ companion }) => companion === true)
    for (const input of inputs) {
      if (!this.#stopped && !this.#ended && !this.#running.has(input.name)) this.#begin(input)
    }
    this.#changing = false
    this.#settle()
  }

  #begin(input: I): void {
    const stop = new AbortController()
    const ended = this.#finished(input, stop.signal)
    this.#running.set(input.name, { companion: input.companion === true, stop, ended })
  }

  async #finished(input: I, signal: AbortSignal): Promise<void> {
    try {
      await this.#work(input, signal)
      this.#telemetry.sourceEnded(input.name)
    } catch (error) {
      this.#failure ??= { error }
      this.#telemetry.sourceFailed(input.name, error, 0)
      this.#stopAll()
    }
    this.#running.delete(input.name)
    this.#settle()
  }

  #stopAll(): void {
    this.#stopped = true
    for (const { stop } of this.#running.values()) stop.abort()
  }

  /** Is it over, or are there only ticks left of what there was? */
  #settle(): void {
    if (this.#changing) return
    if (this.#running.size === 0) {
      this.#ended = true
      this.#over.resolve()
    } else if (!this.#onlyCompanions && [...this.#running.values()].every((run) => run.companion)) {
      this.#stopAll()
    }
  }
}
