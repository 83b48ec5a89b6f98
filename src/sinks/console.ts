/**
 * The console sink: reports as lines on a standard stream.
 *
 * Alarms are always written, everything else only if asked for: a score for every sample is more
 * than a person reads. Lines are for people (`text`), for programs (`json-lines`), or the log lines
 * of the response-time program (`log-line`), which has one for every sample.
 *
 * A stream that was closed by its reader (`forewarn run | head`) refuses for good.
 */

import type { Writable } from 'node:stream'
import { stderr, stdout } from 'node:process'
import type { AnyOptions, OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Report, ReportKind } from '../core/report.ts'
import { reportText } from './console/report-text.ts'
import { SinkError } from './sink.ts'
import type { Sink, SinkRow, SinkSurroundings } from './sink.ts'

/** Options of the console sink. */
export const consoleOptions = {
  format: {
    kind: 'choice',
    words: ['text', 'json-lines', 'log-line'],
    default: 'text',
    about:
      'text: a line for people. json-lines: one JSON object a line. log-line: a log line ' +
      '"time - level - message", with every score as normal or anomalous.',
  },
  stream: {
    kind: 'choice',
    words: ['stdout', 'stderr'],
    default: 'stdout',
    about: 'Which standard stream the lines go to. The log of the program is on stderr.',
  },
  warnings: {
    kind: 'boolean',
    default: true,
    about: 'Write every warning of a broken objective, and what became of it.',
  },
  scores: {
    kind: 'boolean',
    default: false,
    about: 'Also write a line for every scored sample.',
  },
  rejections: {
    kind: 'boolean',
    default: false,
    about: 'Also write a line for every refused sample or line.',
  },
  forecasts: {
    kind: 'boolean',
    default: false,
    about: 'Also write a line for every forecast.',
  },
} as const satisfies OptionSpecs

export type ConsoleOptions = OptionsOf<typeof consoleOptions>

/** A stream that may be a terminal. */
export type ConsoleStream = Writable & {
  readonly isTTY?: boolean
  hasColors?(): boolean
}

/** See the head of the file. */
export class ConsoleSink implements Sink {
  readonly accepts: ReadonlySet<ReportKind>
  readonly #stream: ConsoleStream
  readonly #encode: (reports: readonly Report[]) => Uint8Array | string

  /** Without an encoder it writes lines for people, coloured where the stream shows colours. */
  constructor(
    options: ConsoleOptions,
    stream: ConsoleStream,
    { encoder, pageUrl = '' }: Pick<SinkSurroundings, 'encoder' | 'pageUrl'> = {},
  ) {
    const kinds: ReportKind[] = ['alarm']
    if (options.scores || options.format === 'log-line') kinds.push('score')
    if (options.rejections) kinds.push('rejection')
    if (options.warnings) kinds.push('warning')
    if (options.forecasts) kinds.push('forecast')
    this.accepts = new Set(kinds)
    this.#stream = stream
    const colouring = stream.isTTY === true && stream.hasColors?.() === true ? 'coloured' : 'plain'
    this.#encode =
      encoder === undefined
        ? (reports) =>
            reports.map((report) => reportText(report, colouring, pageUrl) + '\n').join('')
        : (reports) => encoder.encode(reports)
    stream.on('error', ignore)
  }

  write(reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const text = this.#encode(reports)
    if (text.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(new SinkError('cannot write to the console: it takes too long', { retryable: true }))
      }
      if (signal.aborted) {
        abort()
        return
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#stream.write(text, (cause) => {
        signal.removeEventListener('abort', abort)
        if (cause === undefined || cause === null) resolve()
        else reject(refusal(cause))
      })
    })
  }

  /** The stream is not ours to end. */
  close(): Promise<void> {
    this.#stream.off('error', ignore)
    return Promise.resolve()
  }
}

/** The callback of `write` has the same error; without a listener it would end the process. */
function ignore(): void {
  // Nothing to add.
}

function refusal(cause: Error): SinkError {
  return new SinkError(`cannot write to the console: ${cause.message}`, { retryable: false, cause })
}

/** The row of the console sink. */
export const consoleSink: SinkRow = {
  about: 'Writes alarms, and scores if asked, as lines on a standard stream.',
  options: consoleOptions,
  encoderName: (options: AnyOptions) => {
    const { format } = options as ConsoleOptions
    return format === 'text' ? undefined : format
  },
  create: (options: AnyOptions, surroundings: SinkSurroundings) => {
    const chosen = options as ConsoleOptions
    const stream = chosen.stream === 'stdout' ? stdout : stderr
    return new ConsoleSink(chosen, stream, surroundings)
  },
}
