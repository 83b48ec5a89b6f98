/** `forewarn run`: a configuration at work until it is stopped. */

import { configFile, loadConfig } from '../config/load.ts'
import type { Config } from '../config/config.ts'
import { runConfig } from '../config/start.ts'
import { tables } from '../config/tables.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { configFlags, configSets } from './config-flags.ts'
import { version } from './version.ts'

const page = {
  name: 'forewarn run',
  usage: '[-c FILE] [--set PATH=VALUE]…',
  summary: 'Run a configuration until stopped.',
  about: [
    'Values come from the flags, before the environment (FOREWARN_SECTION__KEY), before the ' +
      'file, before the defaults; `forewarn check` shows which. SIGINT and SIGTERM stop it after ' +
      'everything that waits was delivered; a second signal stops it at once.',
    'SIGHUP, or POST /api/v1/reload, loads the configuration again without a pause: what it does ' +
      'not change goes on, a configuration with faults is told of and the one of before stays.',
  ],
  flags: configFlags,
  examples: [
    { line: 'forewarn run -c forewarn.yaml', does: 'Run this file.' },
    {
      line: 'FOREWARN_SERVER__LISTEN=:8686 forewarn run',
      does: 'Run forewarn.yaml, reachable from other machines.',
    },
  ],
  operandsMin: 0,
  operandsMax: 0,
}

/** See the head of the file. */
export const runCommand = command(page, async ({ values }, io) => {
  const file = configFile(values.config, io.env)
  const sets = configSets(values)
  const load = (): Config =>
    loadConfig({ file: configFile(values.config, io.env), environment: io.env, sets }, tables)
  await runConfig(load, {
    ...runSurroundings(io),
    onListening: ({ address, exposed }) => {
      io.stderr.write(`forewarn: ${file.name} is running; page and API at ${address}\n`)
      if (exposed) io.stderr.write(exposedWarning)
    },
  })
  return stopCode(io.signal)
})

/** Said where other machines can read everything. */
export const exposedWarning =
  'forewarn: other machines can read this without a token; server.token_file would ask for one\n'

/** What every running configuration is given of the process. */
export function runSurroundings(io: CommandIo) {
  const terminal = io.stderr.isTTY === true
  return {
    clock: io.clock,
    signal: io.signal,
    onReload: io.onHangUp,
    log: io.stderr,
    terminal,
    colours: terminal && (io.env['NO_COLOR'] ?? '') === '',
    version: version(),
  }
}

/** 0 where the input ended by itself, else 128 plus the number of the signal. */
export function stopCode(signal: AbortSignal): number {
  if (!signal.aborted) return exitCodes.ok
  return signal.reason === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
}
