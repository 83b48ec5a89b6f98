/** The table of sinks, by the name in `type:`. */

import { consoleSink } from './console.ts'
import { fileSink } from './file.ts'
import type { SinkRow } from './sink.ts'

export const sinks = {
  console: consoleSink,
  file: fileSink,
} as const satisfies Readonly<Record<string, SinkRow>>
