#!/usr/bin/env node
/** The process: streams, signals and environment for the program; its exit code. */

import { systemClock } from '../telemetry/system-clock.ts'
import { exitCodes } from './command.ts'
import { program } from './program.ts'

/** The first signal asks to drain and stop, the second one stops at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const codes = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated } as const
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(codes[name])
      stop.abort(name)
    })
  }
  return stop.signal
}

/** Whoever reads stdout may close it early, as `head` does: then there is nobody to write for. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failure)
})

const code = await program(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stopSignal(),
  onHangUp: (call) => process.on('SIGHUP', call),
  clock: systemClock,
})
// What is still in the pipe is written first; then nothing left open may hold the process.
process.stdout.write('', () => process.exit(code))
