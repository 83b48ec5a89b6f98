/**
 * `forewarn generate`: a stream of which the truth is known, as text.
 *
 * The same seed gives the same values everywhere: here, in the `generator` source, in the benches.
 */

import { once } from 'node:events'
import { presets } from '../stats/streams/preset.ts'
import type { GeneratedSample, Preset } from '../stats/streams/preset.ts'
import { numberOf, usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { choiceOf } from './choice.ts'
import { pause } from './pause.ts'

const page = {
  name: 'forewarn generate',
  usage: '[options]',
  summary: 'Write a seeded stream with known anomalies.',
  about: [
    'Writes a stream that is drawn from a seed, with the truth about each sample, to stdout. The ' +
      'same seed gives the same stream. Presets:',
    ...Object.entries(presets).map(([name, { about }]) => `  ${name}: ${about}`),
    'Formats: csv with the columns timestamp, value, label (1: an anomaly) and anomaly (its ' +
      'kind), and a column series first where the preset has several; jsonl with the same names; ' +
      'influx and graphite, the truth in comment lines where the format has comments.',
  ],
  flags: {
    preset: { value: 'NAME', about: 'Which stream. Default: response-times.' },
    count: { value: 'N', about: 'Steps to write. Default: 10000; with --rate, without end.' },
    seed: { value: 'N', about: 'Default: 1.' },
    format: { value: 'NAME', about: 'csv, jsonl, influx or graphite. Default: csv.' },
    rate: { value: 'N', about: 'Steps a second. Without it, as fast as they are read.' },
    start: {
      value: 'TIME',
      about: 'Time of the first step. Default: 2024-01-01T00:00:00Z; with --rate, now.',
    },
    every: { value: 'MS', about: 'Milliseconds between two steps in the timestamps.' },
    period: { value: 'N', about: 'Steps in a season of the preset seasonal. Default: 300.' },
    'anomaly-every': {
      value: 'N',
      about: 'Mean steps between two anomalies of the preset seasonal. Default: 400.',
    },
  },
  examples: [
    {
      line: 'forewarn generate --count 100000 | forewarn replay - --detector ema',
      does: 'Score a hundred thousand response times.',
    },
    {
      line: 'forewarn generate --preset seasonal --seed 7 --format jsonl > season.jsonl',
      does: 'A seasonal series with spikes, dips, shifts and flat stretches.',
    },
  ],
  operandsMin: 0,
  operandsMax: 0,
} as const

/** Steps without --count, where nothing says when to stop. */
const usualCount = 10_000

/** 2024-01-01T00:00:00Z: fixed, so that the same seed gives the same bytes. */
const usualStartMs = 1_704_067_200_000

/** Text is handed on in pieces of about this size. */
const pieceCharacters = 65_536

/** See the head of the file. */
export const generateCommand = command(page, async ({ values }, io) => {
  const preset = choiceOf('preset', values.preset ?? 'response-times', presets) as Preset
  const format = choiceOf('format', values.format ?? 'csv', formats)
  const whole = (flag: string, text: string | undefined, usual: number, min: number): number =>
    text === undefined ? usual : numberOf(flag, text, { min, max: 1e15, whole: true })
  const rate =
    values.rate === undefined
      ? undefined
      : numberOf('rate', values.rate, { min: 0.001, max: 1e6, whole: false })
  const usualSteps = rate === undefined ? usualCount : Infinity
  const everyMs = whole('every', values.every, preset.everyMs, 1)
  const next = preset.steps({
    seed: whole('seed', values.seed, 1, 0),
    periodSamples: whole('period', values.period, 300, 2),
    anomalyEverySamples: whole('anomaly-every', values['anomaly-every'], 400, 1),
  })
  const startMs = startTime(values.start, rate === undefined ? usualStartMs : io.clock.nowMs())
  await write(
    { next, format, everyMs, startMs, rate },
    whole('count', values.count, usualSteps, 1),
    io,
  )
  return exitCodes.ok
})

function startTime(text: string | undefined, usualMs: number): number {
  if (text === undefined) return usualMs
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw usageError(`option "--start" needs a time, found "${text}"`)
  return ms
}

interface Stream {
  readonly next: () => readonly GeneratedSample[]
  readonly format: Format
  readonly everyMs: number
  readonly startMs: number
  /** Steps a second; undefined: as fast as they are read. */
  readonly rate: number | undefined
}

/** Writes `count` steps; waits where the reader is slow, stops early where it is asked to. */
async function write(stream: Stream, count: number, io: CommandIo): Promise<void> {
  const { format, everyMs, startMs, rate } = stream
  const beginMs = io.clock.nowMs()
  let text = ''
  for (let step = 0; step < count && !io.signal.aborted; step++) {
    const samples = stream.next()
    const several = samples.length > 1
    if (step === 0) text += format.header(several)
    for (const sample of samples) text += format.line(sample, startMs + step * everyMs, several)
    if (rate === undefined && text.length < pieceCharacters && step < count - 1) continue
    if (!io.stdout.write(text))
      await once(io.stdout, 'drain', { signal: io.signal }).catch(() => {})
    text = ''
    if (rate !== undefined) {
      const dueMs = beginMs + ((step + 1) / rate) * 1000
      await pause(dueMs - io.clock.nowMs(), io.clock, io.signal)
    }
  }
}

interface Format {
  header(several: boolean): string
  line(sample: GeneratedSample, timestampMs: number, several: boolean): string
}

const formats: Readonly<Record<string, Format>> = {
  csv: {
    header: (several) => `${several ? 'series,' : ''}timestamp,value,label,anomaly\n`,
    line({ metric, value, anomaly }, timestampMs, several) {
      const time = new Date(timestampMs).toISOString()
      const series = several ? `${metric},` : ''
      return `${series}${time},${value},${anomaly === '' ? 0 : 1},${anomaly}\n`
    },
  },
  jsonl: {
    header: () => '',
    line({ metric, value, anomaly }, timestampMs) {
      const timestamp = new Date(timestampMs).toISOString()
      const label = anomaly === '' ? 0 : 1
      return JSON.stringify({ series: metric, timestamp, value, label, anomaly }) + '\n'
    },
  },
  influx: {
    header: () => '',
    line({ metric, value, anomaly }, timestampMs) {
      const truth = anomaly === '' ? '' : `# anomaly: ${anomaly}\n`
      return `${truth}${metric} value=${value} ${timestampMs}000000\n`
    },
  },
  graphite: {
    header: () => '',
    line: ({ metric, value }, timestampMs) => `${metric} ${value} ${timestampMs / 1000}\n`,
  },
}
