/**
 * The log: one JSON object a line on stderr, or lines for people on a terminal.
 *
 *   {"level":"warn","time":"2025-03-01T12:00:05.000Z","component":"sink","msg":"…","sink":"page"}
 *   2025-03-01T12:00:05.000Z  warn   sink  cannot write, trying again  sink=page
 *
 * Levels are by consequence: error, something was lost or an alarm not delivered; warn, something
 * went wrong and is made up for; info, the life of the program; debug, every batch. Nothing is
 * written for each sample. Whatever is known to be secret is replaced by `***` in every line.
 */

import { pino } from 'pino'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import { prettyLine } from './pretty-line.ts'
import { Repeats } from './repeats.ts'

export const logLevels = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
export type LineLevel = Exclude<LogLevel, 'silent'>

/** Where lines go. */
export interface LogStream {
  write(text: string): unknown
}

/** What a log is made with. */
export interface LogParts {
  readonly level: LogLevel
  /** stderr where nothing else is given. */
  readonly stream?: LogStream
  readonly style: 'json' | 'pretty' | 'coloured'
  readonly clock: Clock
  /** Texts that never appear in a line: passwords and tokens from the configuration. */
  readonly secrets?: readonly string[]
}

/** One line. */
export interface LogLine {
  readonly level: LineLevel
  /** The part of the program that speaks: a folder's name in the singular. */
  readonly component: string
  readonly message: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly error?: unknown
  /** Lines with the same key are written once in this time; the next one says how many were not. */
  readonly atMostOnce?: { readonly key: string; readonly everyMs: number }
}

/** A secret this short would blot out ordinary words; a token is longer. */
const secretLengthMin = 4

/** What of a log may change while it is written. */
export type LogChange = Pick<LogParts, 'level' | 'style' | 'secrets'>

/** See the head of the file. */
export class Log {
  readonly #parts: LogParts
  readonly #repeats: Repeats
  /** Grows only: what was secret once is never written. */
  #secrets: readonly string[] = []
  #logger: Logger

  constructor(parts: LogParts) {
    this.#parts = parts
    this.#repeats = new Repeats(parts.clock)
    this.#logger = this.#made(parts)
  }

  /** From now on lines are written like this; what was secret stays so. */
  change(change: LogChange): void {
    this.#logger = this.#made(change)
  }

  #made({ level, style, secrets = [] }: LogChange): Logger {
    const { clock, stream = pino.destination({ dest: 2, sync: true }) } = this.#parts
    this.#secrets = [...new Set([...this.#secrets, ...secrets])]
    const hidden = hiddenTexts(this.#secrets)
    return pino(
      {
        level,
        base: null,
        timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: errorFields },
        hooks: {
          streamWrite: (json) => {
            let text = json
            for (const secret of hidden) text = text.replaceAll(secret, '***')
            return style === 'json' ? text : prettyLine(text, style)
          },
        },
      },
      { write: (text: string) => void stream.write(text) },
    )
  }

  /** Writes a line, unless its level is below the log's or it repeats another one. */
  write(line: LogLine): void {
    const { level, component, message, facts, error, atMostOnce } = line
    if (!this.#logger.isLevelEnabled(level)) return
    let repeated = 0
    if (atMostOnce !== undefined) {
      const held = this.#repeats.next(atMostOnce.key, atMostOnce.everyMs)
      if (held === undefined) return
      repeated = held
    }
    const fields: Record<string, unknown> = { component, ...facts }
    if (repeated > 0) fields['repeated'] = repeated
    if (error !== undefined) fields['err'] = error
    this.#logger[level](fields, message)
  }
}

/** A text without what is secret, for others who show what went wrong. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return hiddenTexts(secrets).reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

/** The secrets, and how they look inside a JSON text; longest first, so that none is cut in two. */
function hiddenTexts(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) =>
    secret.length < secretLengthMin ? [] : [secret, JSON.stringify(secret).slice(1, -1)],
  )
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** At most so many causes are told. */
const causesMax = 5
/** At most so many errors are looked through for them. */
const searchedMax = 50

/**
 * What made an error, each message once: its cause, or the errors that it stands for, and theirs.
 * Where no broker can be reached there is one for each attempt, all alike.
 */
function causesOf(error: Error): string[] {
  const messages = new Set<string>()
  const left: unknown[] = [error]
  for (let i = 0; i < left.length && i < searchedMax && messages.size < causesMax; i++) {
    const each = left[i]
    if (!(each instanceof Error)) continue
    if (i > 0) messages.add(each.message)
    const { cause, errors } = each as Error & { errors?: unknown }
    left.push(cause, ...(Array.isArray(errors) ? errors : []))
  }
  return [...messages]
}

/** An error as plain fields; its causes as a list of messages. */
function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const fields: Record<string, unknown> = { type: error.name, message: error.message }
  if ('code' in error) fields['code'] = error.code
  const causes = causesOf(error)
  if (causes.length > 0) fields['causes'] = causes
  fields['stack'] = error.stack
  return fields
}
