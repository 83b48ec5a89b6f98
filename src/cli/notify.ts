/** `forewarn notify test NAME`: a test alarm through a configured sink, and what became of it. */

import { madeSink } from '../config/compose.ts'
import type { Config, SinkConfig } from '../config/config.ts'
import { configFile, loadConfig } from '../config/load.ts'
import { didYouMean } from '../config/nearest-name.ts'
import { tables } from '../config/tables.ts'
import { Labels } from '../core/labels.ts'
import type { AlarmReport } from '../core/report.ts'
import { SinkError } from '../sinks/sink.ts'
import type { Sink } from '../sinks/sink.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { configFlags, configSets } from './config-flags.ts'

const page = {
  name: 'forewarn notify',
  usage: 'test NAME [-c FILE] [--set PATH=VALUE]…',
  summary: 'Send a test alarm through a configured sink.',
  about: [
    'Sends an alarm that fires, and then its end, about the series forewarn_test through the ' +
      'sink NAME of the configuration, and prints what became of each. Whoever the sink tells is ' +
      'told. Nothing is tried again: what a running program would do is printed instead.',
    'Exit code 0: the other side took both; 1: it did not.',
  ],
  flags: configFlags,
  examples: [
    { line: 'forewarn notify test slack', does: 'Is the address right, and does a message come?' },
  ],
  operandsMin: 2,
  operandsMax: 2,
}

/** See the head of the file. */
export const notifyCommand = command(page, async ({ values, operands }, io) => {
  const [verb, name = ''] = operands
  if (verb !== 'test') throw usageError(`expected: test NAME, found "${verb}"`)
  const file = configFile(values.config, io.env)
  const sets = configSets(values)
  const config = loadConfig({ file, environment: io.env, sets }, tables)
  const chosen = sinkNamed(name, config)
  const { clock } = io
  const sink = await madeSink(chosen, { tables, clock }, new Map())
  try {
    if (!sink.accepts.has('alarm')) {
      io.stderr.write(`sink ${name} takes no alarms as it is configured\n`)
      return exitCodes.failure
    }
    const startedMs = clock.nowMs()
    for (const state of ['firing', 'resolved'] as const) {
      const alarm = testAlarm(name, state, { startedMs, nowMs: clock.nowMs() })
      if (!(await sent(sink, alarm, chosen, io))) return exitCodes.failure
    }
    return exitCodes.ok
  } finally {
    await sink.close()
  }
})

function sinkNamed(name: string, { sinks }: Config): SinkConfig {
  const found = sinks.find((sink) => sink.name === name)
  if (found !== undefined) return found
  const names = sinks.map((sink) => sink.name)
  const hint = didYouMean(name, names) || `; there are ${names.join(', ') || 'none'}`
  throw usageError(`no sink "${name}" in the configuration${hint}`)
}

/** True once the other side has it; says what became of it in either case. */
async function sent(
  sink: Sink,
  alarm: AlarmReport,
  { delivery }: SinkConfig,
  io: CommandIo,
): Promise<boolean> {
  const { clock } = io
  const { state } = alarm
  const late = new AbortController()
  const cancel = clock.after(delivery.timeoutMs, () => late.abort())
  const startMs = clock.nowMs()
  try {
    await sink.write([alarm], AbortSignal.any([late.signal, io.signal]))
  } catch (error) {
    if (!(error instanceof SinkError)) throw error
    io.stdout.write(`${state}: not taken: ${error.message}; ${whatNext(error)}\n`)
    return false
  } finally {
    cancel()
  }
  io.stdout.write(`${state}: taken in ${clock.nowMs() - startMs} ms\n`)
  return true
}

function whatNext({ retryable, retryAfterMs }: SinkError): string {
  if (!retryable) return 'a running program would give it up'
  const wait = retryAfterMs > 0 ? `, not before ${Math.ceil(retryAfterMs / 1000)} s` : ''
  return `a running program would try it again${wait}`
}

/** One and the same alarm for both states, another one for each run. */
function testAlarm(
  name: string,
  state: 'firing' | 'resolved',
  { startedMs, nowMs }: { readonly startedMs: number; readonly nowMs: number },
): AlarmReport {
  return {
    kind: 'alarm',
    alarmId: `test-${startedMs.toString(36)}`,
    rule: 'notify test',
    labels: Labels.named('forewarn_test', [['sink', name]]),
    state,
    severity: 'warning',
    timestampMs: nowMs,
    startedMs,
    value: state === 'firing' ? 412 : 221,
    score: state === 'firing' ? 0.9995 : 0.1,
    expected: 220,
    lower: 180,
    upper: 260,
    reason: 'a test of this sink: 412, expected 180 to 260',
    origin: { partition: 'notify', offset: nowMs, receivedMs: nowMs },
    index: 0,
  }
}
