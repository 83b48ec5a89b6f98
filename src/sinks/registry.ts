/** The table of sinks, by the name in `type:`. */

import type { AnyOptions } from '../core/options.ts'
import { consoleSink } from './console.ts'
import { DashboardSink, dashboardOptions } from './dashboard.ts'
import type { DashboardOptions } from './dashboard.ts'
import { fileSink } from './file.ts'
import type { SinkRow, SinkSurroundings } from './sink.ts'

export const sinks = {
  console: consoleSink,
  dashboard: {
    about: 'Keeps what the live page shows, in bounded memory.',
    options: dashboardOptions,
    create: (options: AnyOptions, { clock }: SinkSurroundings) =>
      new DashboardSink(options as DashboardOptions, clock),
  },
  file: fileSink,
} as const satisfies Readonly<Record<string, SinkRow>>
