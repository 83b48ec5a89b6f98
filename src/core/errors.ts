/**
 * Operating and configuration errors. Bad input is a Rejection, not an error; a broken invariant is
 * an assertion.
 */

/** Every code, with its meaning. docs/reference/errors.md has one line for each. */
export const errorCodes = {
  ERR_CONFIG_INVALID: 'the configuration has faults; all of them are listed',
  ERR_CONFIG_UNREADABLE: 'the configuration file cannot be read',
  ERR_CONFIG_RESTART:
    'a new configuration changes what only a restart can change; the old one stays',
  ERR_SERVER_PORT_TAKEN: 'the address to listen on is in use by another program',
  ERR_SERVER_LISTEN: 'the address to listen on cannot be used',
  ERR_SINK_WRITE: 'a sink did not take a batch of reports',
  ERR_SOURCE_READ: 'a source cannot be read',
  ERR_SNAPSHOT_DAMAGED: 'a snapshot is cut or changed and cannot be read',
  ERR_SNAPSHOT_UNKNOWN: 'a snapshot is of another detector, version or set of options',
  ERR_STORE_READ: 'the saved state cannot be read',
  ERR_STORE_DAMAGED: 'the saved state is damaged: it is no database any more, or a broken one',
  ERR_STORE_WRITE: 'a checkpoint could not be saved',
  ERR_LOG_FULL: 'the incoming log is at its limit on disk or in memory; the sender must wait',
  ERR_LOG_WRITE: 'the incoming log cannot be written',
  ERR_WORKERS_DIED: 'a worker thread ended by itself; the next start goes on from what is saved',
  ERR_EVALUATION_DATA: 'a data set that an evaluation needs is missing or not as described',
  ERR_TESTBED_PART: 'a part of the real shop does not start, or ended by itself',
  ERR_TESTBED_PLAY: 'a record that is played is not taken where it goes',
  ERR_API_REFUSED: 'a running program does not answer, or refuses what a command asks',
  ERR_CLI_USAGE: 'the command line cannot be understood',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An operating error with a stable code. */
export class ForewarnError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'ForewarnError'
    this.code = code
  }
}
