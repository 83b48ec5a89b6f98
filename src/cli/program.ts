/** The program `forewarn`: finds the command, runs it, turns what it throws into an exit code. */

import { didYouMean } from '../config/nearest-name.ts'
import { ForewarnError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { ackCommand } from './ack.ts'
import { benchCommand } from './bench.ts'
import { checkCommand } from './check.ts'
import type { Command, CommandIo } from './command.ts'
import { exitCodes } from './command.ts'
import { demoCommand } from './demo.ts'
import { detectorsCommand } from './detectors.ts'
import { evaluateCommand } from './evaluate.ts'
import { explainCommand } from './explain.ts'
import { generateCommand } from './generate.ts'
import { healthCommand } from './health.ts'
import { row, wrapped } from './help.ts'
import { notifyCommand } from './notify.ts'
import { replayCommand } from './replay.ts'
import { runCommand } from './run.ts'
import { silenceCommand } from './silence.ts'
import { stateCommand } from './state.ts'
import { testbedCommand } from './testbed.ts'
import { trainCommand } from './train.ts'
import { version } from './version.ts'

interface Entry {
  readonly run: Command
  readonly summary: string
}

/** Every command by its name, in the order of the help. */
const commands: Readonly<Record<string, Entry>> = {
  run: { run: runCommand, summary: 'Run a configuration until stopped.' },
  demo: { run: demoCommand, summary: 'This machine’s metrics and a test stream, live on a page.' },
  replay: { run: replayCommand, summary: 'Score files: one row out for each row in.' },
  explain: { run: explainCommand, summary: 'What was chosen for a series, and why it alarmed.' },
  generate: { run: generateCommand, summary: 'Write a seeded stream with known anomalies.' },
  testbed: { run: testbedCommand, summary: 'A web shop that breaks: simulated, recorded, played.' },
  evaluate: { run: evaluateCommand, summary: 'Judge early warnings on breaches.' },
  train: { run: trainCommand, summary: 'Teach early warning on breaches.' },
  silence: { run: silenceCommand, summary: 'Silence alarms of a running program for a while.' },
  ack: { run: ackCommand, summary: 'Acknowledge alarms of a running program.' },
  health: { run: healthCommand, summary: 'Ask a running program whether it is well.' },
  notify: { run: notifyCommand, summary: 'Send a test alarm through a configured sink.' },
  state: { run: stateCommand, summary: 'Look at the saved state, export it, import it.' },
  check: { run: checkCommand, summary: 'Check a configuration; print every value’s origin.' },
  detectors: { run: detectorsCommand, summary: 'List detectors and score filters, with options.' },
  bench: { run: benchCommand, summary: 'Measure accuracy and speed.' },
}

/** Runs `forewarn ARGS…`; resolves to the exit code and never throws what a command throws. */
export async function program(args: readonly string[], io: CommandIo): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    io.stdout.write(overview(io.stdout.columns ?? 80))
    return exitCodes.ok
  }
  if (name === '--version' || name === '-V') {
    io.stdout.write(version() + '\n')
    return exitCodes.ok
  }
  if (name === 'help') return program([...rest, '--help'], io)
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) return unknownCommand(name, io)
  try {
    return await entry.run(rest, io)
  } catch (error) {
    io.stderr.write(`forewarn ${name}: ${errorText(error)}\n`)
    const code = error instanceof ForewarnError ? codeOf(error.code) : exitCodes.failure
    if (code === exitCodes.usage) io.stderr.write(`See forewarn ${name} --help\n`)
    return code
  }
}

function unknownCommand(name: string, io: CommandIo): number {
  if (name === '') {
    io.stderr.write(overview(io.stderr.columns ?? 80))
    return exitCodes.usage
  }
  const kind = name.startsWith('-') ? 'option' : 'command'
  const names = [...Object.keys(commands), '--help', '--version']
  io.stderr.write(`forewarn: unknown ${kind} "${name}"${didYouMean(name, names)}\n`)
  io.stderr.write('See forewarn --help\n')
  return exitCodes.usage
}

function overview(columns: number): string {
  const width = Math.min(100, columns)
  const rows = Object.entries(commands).map(([name, { summary }]) => row(name, summary, width))
  return [
    'Usage: forewarn COMMAND [options]',
    '',
    'Learns what is normal for every metric stream, and says when a stream stops being normal.',
    '',
    'Commands:',
    ...rows,
    '',
    'Options:',
    row('-h, --help', 'Print this page, or with a command that command’s page.', width),
    row('-V, --version', 'Print the version.', width),
    '',
    wrapped(streamsAndCodes, width, 0),
    '',
  ].join('\n')
}

const streamsAndCodes =
  'Data goes to stdout, messages to stderr. Exit codes: 0 done; 1 failed; 2 the command line is ' +
  'wrong; 78 the configuration is wrong; 130 and 143 stopped by SIGINT and SIGTERM.'

/** The exit code of an error. */
function codeOf(code: ErrorCode): number {
  if (code === 'ERR_CLI_USAGE') return exitCodes.usage
  return code.startsWith('ERR_CONFIG_') ? exitCodes.config : exitCodes.failure
}

/** What people can act on, without a stack; a fault of the program with its stack. */
function errorText(error: unknown): string {
  if (error instanceof ForewarnError) return codedText(error)
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof Error && typeof code === 'string') return error.message
  const stack = error instanceof Error ? error.stack : String(error)
  return `this is a fault of forewarn itself: ${stack ?? ''}`
}

/** The message with its code, which stands before the list where there is one. */
function codedText({ code, message }: ForewarnError): string {
  if (code === 'ERR_CLI_USAGE') return message
  const [title = '', ...list] = message.split(':\n')
  return list.length === 0 ? `${message} (${code})` : [`${title} (${code})`, ...list].join(':\n')
}
