/**
 * What a command is: a page of help, and a function from arguments and streams to an exit code.
 *
 * Commands get everything that is outside of them through `CommandIo`, so a test can run one in its
 * own process and read what it wrote. Data goes to stdout, everything said to people to stderr.
 */

import type { Readable, Writable } from 'node:stream'
import type { Clock, Timers } from '../core/clock.ts'
import { commandArguments } from './arguments.ts'
import type { FlagSpecs, FlagValues } from './arguments.ts'
import { helpText } from './help.ts'

/** Exit codes. 78 is EX_CONFIG of sysexits.h; 130 and 143 are 128 plus SIGINT and SIGTERM. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** The world outside of a command. */
export interface CommandIo {
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  /** The environment variables; handed to `config`, which alone gives them meaning. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when the process is asked to stop; the reason is the name of the signal. */
  readonly signal: AbortSignal
  /** Calls back at each SIGHUP. A process that does not ask for it is ended by one. */
  readonly onHangUp: (call: () => void) => void
  readonly clock: Clock & Timers
}

/** What `--help` says of a command, and the flags it takes. */
export interface CommandPage<F extends FlagSpecs = FlagSpecs> {
  /** As typed, with the program's name: `forewarn replay`. */
  readonly name: string
  /** The arguments after the name: `FILE… [options]`. */
  readonly usage: string
  /** One sentence, for the list of commands. */
  readonly summary: string
  /** Paragraphs, each one text; wrapped when printed. */
  readonly about: readonly string[]
  readonly flags: F
  /** Command lines with what they do. */
  readonly examples: readonly { readonly line: string; readonly does: string }[]
  /** How many arguments without a flag it takes; more or fewer are a usage error. */
  readonly operandsMin: number
  readonly operandsMax: number
}

/** What was typed, checked against the page. */
export interface Typed<F extends FlagSpecs> {
  readonly values: FlagValues<F>
  readonly operands: readonly string[]
}

/** A command ready to run: the arguments after its name in, an exit code out. */
export type Command = (args: readonly string[], io: CommandIo) => Promise<number>

/**
 * A command from its page and its work. `--help` is answered here; what cannot be understood throws
 * ForewarnError ERR_CLI_USAGE, which the program turns into exit code 2.
 */
export function command<F extends FlagSpecs>(
  page: CommandPage<F>,
  work: (typed: Typed<F>, io: CommandIo) => Promise<number>,
): Command {
  return async (args, io) => {
    const typed = commandArguments(page, args)
    if (typed === 'help') {
      io.stdout.write(helpText(page, io.stdout.columns ?? 80))
      return exitCodes.ok
    }
    return work(typed, io)
  }
}
