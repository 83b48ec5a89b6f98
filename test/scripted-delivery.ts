/** A delivery over a scripted sink in virtual time, for tests. */

import { expect } from 'vitest'
import { optionsWithDefaults } from '../src/core/options.ts'
import type { Report, ReportKind } from '../src/core/report.ts'
import { Delivery } from '../src/sinks/delivery.ts'
import { deliveryOptions } from '../src/sinks/delivery/options.ts'
import type { DeliveryOptions } from '../src/sinks/delivery/options.ts'
import { SinkError } from '../src/sinks/sink.ts'
import type { Sink } from '../src/sinks/sink.ts'
import type { Telemetry } from '../src/telemetry/telemetry.ts'
import { quietTelemetry } from './quiet-telemetry.ts'
import { alarmReport, scoreReport } from './sample-reports.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a sink in memory does with the next write. */
export type Answer =
  'take' | 'fail' | 'refuse' | 'hang' | 'sulk' | 'crash' | { afterMs: number } | { askMs: number }

/** A sink in memory whose answers are scripted; the last answer holds for all later writes. */
export class ScriptedSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly clock: VirtualClock
  answers: Answer[] = ['take']
  batches: (readonly Report[])[] = []
  attemptsMs: number[] = []
  writing = 0
  closed = 0

  constructor(clock: VirtualClock, kinds: readonly ReportKind[] = ['score', 'alarm']) {
    this.clock = clock
    this.accepts = new Set(kinds)
  }

  async write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    expect(this.writing).toBe(0)
    expect(this.closed).toBe(0)
    this.writing++
    this.attemptsMs.push(this.clock.nowMs())
    try {
      await this.#answer(signal)
      this.batches.push(reports)
    } finally {
      this.writing--
    }
  }

  async #answer(signal: AbortSignal): Promise<void> {
    const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) as Answer
    if (answer === 'fail') throw new SinkError('gone', { retryable: true })
    if (answer === 'refuse') throw new SinkError('too odd', { retryable: false })
    if (answer === 'crash') throw new TypeError('x is not a function')
    if (answer === 'hang' || answer === 'sulk') {
      const retryable = answer === 'hang'
      await new Promise((_, reject) => {
        const abort = (): void => reject(new SinkError('broken off', { retryable }))
        signal.addEventListener('abort', abort)
      })
    }
    if (typeof answer !== 'object') return
    if ('askMs' in answer) {
      throw new SinkError('busy', { retryable: true, retryAfterMs: answer.askMs })
    }
    await new Promise<void>((resolve) => this.clock.after(answer.afterMs, resolve))
  }

  async close(): Promise<void> {
    expect(this.writing).toBe(0)
    this.closed++
  }

  /** Values of what arrived; alarms as negative numbers. */
  get values(): number[] {
    return this.batches.flat().map(valueOf)
  }
}

/** The value of a score, and of an alarm as a negative number. */
export function valueOf(report: Report): number {
  if (report.kind === 'score') return report.value
  return report.kind === 'alarm' ? -report.value : NaN
}

/** Telemetry that notes what deliveries say, as `what sink number detail`. */
function notedTelemetry(notes: string[]): Telemetry {
  return {
    ...quietTelemetry,
    sinkWrote: (sink, reports, tookMs) => notes.push(`wrote ${sink} ${reports} in ${tookMs}`),
    sinkFailed: (sink, error) => notes.push(`failed ${sink} ${(error as Error).message}`),
    sinkDropped: (sink, reports, reason) => notes.push(`dropped ${sink} ${reports} ${reason}`),
  }
}

/** A delivery with these options over a scripted sink, its clock, and what it says. */
export function deliveryWith(
  options: Partial<DeliveryOptions> = {},
  kinds?: readonly ReportKind[],
  respectsSilences = false,
) {
  const clock = new VirtualClock()
  const sink = new ScriptedSink(clock, kinds)
  const notes: string[] = []
  const telemetry = notedTelemetry(notes)
  const all = optionsWithDefaults(deliveryOptions, options)
  const delivery = new Delivery({
    name: 'out',
    sink,
    options: all,
    respectsSilences,
    telemetry,
    clock,
  })
  return { clock, sink, notes, delivery }
}

/** Scores with these values. */
export const scores = (...values: number[]): Report[] =>
  values.map((value) => scoreReport({ value }))
/** A firing alarm with this value. */
export const alarm = (value: number): Report => alarmReport('firing', { value })
/** Whole numbers, both ends included. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Sum of the numbers in notes of one kind. */
export function counted(notes: readonly string[], what: string): number {
  return notes
    .filter((note) => note.startsWith(`${what} `))
    .reduce((sum, note) => sum + Number(note.split(' ')[2]), 0)
}
