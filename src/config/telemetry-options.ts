/** Options of what the program says about itself. */

import type { OptionSpecs, OptionsOf } from '../core/options.ts'

/** Options under `telemetry:`. */
export const telemetryOptions = {
  logLevel: {
    kind: 'choice',
    words: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    about:
      'Least level that is logged. error: data lost or an alarm undelivered; warn: recovered; ' +
      'info: start, stop and alarms; debug: each batch.',
  },
  logFormat: {
    kind: 'choice',
    words: ['auto', 'json', 'text'],
    default: 'auto',
    about: 'json: one object a line; text: for people; auto: text on a terminal, else json.',
  },
} as const satisfies OptionSpecs

export type TelemetryOptions = OptionsOf<typeof telemetryOptions>
