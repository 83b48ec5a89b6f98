/** The world outside of a command, for tests: what it writes is kept, its environment is given. */

import { PassThrough, Readable, Writable } from 'node:stream'
import type { CommandIo } from '../src/cli/command.ts'
import { systemClock } from '../src/telemetry/system-clock.ts'

/** A command's world, and what was written to it. */
export interface KeptIo extends CommandIo {
  /** Asks the command to stop. */
  stop(signal: 'SIGINT' | 'SIGTERM'): void
  /** Sends it a SIGHUP. */
  hangUp(): void
  out(): string
  err(): string
}

/** Keeps what is written; never full. */
class Kept extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}

/** A world with this input and environment. */
export function keptIo(given: { stdin?: string; env?: CommandIo['env'] } = {}): KeptIo {
  const stdout = new Kept()
  const stderr = new Kept()
  const stop = new AbortController()
  const hangUps: (() => void)[] = []
  return {
    stdin: given.stdin === undefined ? new PassThrough() : Readable.from([given.stdin]),
    stdout,
    stderr,
    env: given.env ?? {},
    signal: stop.signal,
    onHangUp: (call) => hangUps.push(call),
    hangUp: () => hangUps.forEach((call) => call()),
    clock: systemClock,
    stop: (signal) => stop.abort(signal),
    out: () => stdout.text,
    err: () => stderr.text,
  }
}
