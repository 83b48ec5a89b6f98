/**
 * Generator: a stream of which the truth is known, made from a seed.
 *
 * The stream itself is in stats/streams; here it is given a pace and bytes. Sample i has the time
 * start + i × every, exactly; a source that was not asked for a while catches up, so nothing is
 * left out and the stream depends on the seed alone. With `speed` its time runs faster than the
 * clock; each record is then received at its own time.
 *
 * The bytes are in the format of the codec that the configuration names for the source:
 *
 *   influx    response_time value=201.25 1700000000100000000
 *   graphite  response_time 201.25 1700000000.1
 *   json      {"response_time":201.25,"timestamp":1}        one message a sample; `timestamp` is
 *                                                           the tick, as in the original messages;
 *                                                           response-times is the same
 * With `labelled` the truth goes along where the format has a place that decoders pass over: a
 * comment line in Influx (`# anomaly: spike`), the key `anomaly` in JSON.
 */

import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch, InputRecord } from '../core/record.ts'
import { presets } from '../stats/streams/preset.ts'
import type { GeneratedSample, Preset } from '../stats/streams/preset.ts'
import { passed } from './pacing/beats.ts'
import type { Source, SourceSurroundings } from './source.ts'

export const generatorOptions = {
  preset: {
    kind: 'choice',
    words: ['response-times', 'pensu', 'seasonal'],
    default: 'response-times',
    about: 'Which stream: `forewarn generate --help` describes them.',
  },
  seed: {
    kind: 'integer',
    min: 0,
    max: 4_294_967_295,
    default: 1,
    about: 'The same seed gives the same stream.',
  },
  everyMs: {
    kind: 'duration',
    min: 0,
    max: 86_400_000,
    default: 0,
    about: 'Time between two samples. 0: what the stream is meant for.',
  },
  speed: {
    kind: 'number-or-word',
    words: ['max'],
    min: 0.001,
    max: 1_000_000,
    default: 1,
    about: 'How much faster than the clock its time runs; `max`: as fast as samples are taken.',
  },
  count: {
    kind: 'integer',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
    about: 'Ends after this many samples of each metric. 0: never.',
  },
  labelled: {
    kind: 'boolean',
    default: false,
    about: 'Sends the truth along: a comment line in Influx, the key `anomaly` in JSON.',
  },
  periodSamples: {
    kind: 'integer',
    min: 2,
    max: 1_000_000,
    default: 300,
    about: 'Samples in a season of the preset `seasonal`.',
  },
  anomalyEverySamples: {
    kind: 'integer',
    min: 1,
    max: 1_000_000_000,
    default: 400,
    about: 'Mean number of samples between two anomalies of the preset `seasonal`.',
  },
} as const satisfies OptionSpecs

export type GeneratorOptions = OptionsOf<typeof generatorOptions>

/** At most this many steps in one batch, so that catching up stays in small pieces. */
const batchStepsMax = 1000

/** See the head of the file. Throws ERR_CONFIG_INVALID for a codec that it has no bytes for. */
export class GeneratorSource implements Source {
  readonly #options: GeneratorOptions
  readonly #surroundings: SourceSurroundings
  readonly #preset: Preset
  readonly #everyMs: number
  readonly #format: Format

  constructor(options: GeneratorOptions, surroundings: SourceSurroundings) {
    this.#options = options
    this.#surroundings = surroundings
    this.#preset = presets[options.preset]
    this.#everyMs = options.everyMs > 0 ? options.everyMs : this.#preset.everyMs
    this.#format = formatOf(surroundings.codec ?? 'influx')
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { clock } = this.#surroundings
    const next = this.#preset.steps(this.#options)
    const startMs = clock.nowMs()
    const last = this.#options.count === 0 ? Infinity : this.#options.count
    let step = 0
    while (!signal.aborted && step < last) {
      const elapsedMs = clock.nowMs() - startMs
      const due = Math.min(this.#stepsDue(elapsedMs), last, step + batchStepsMax)
      if (due <= step) {
        await passed(this.#delayMs(step, elapsedMs), clock, signal)
        continue
      }
      const records: InputRecord[] = []
      for (; step < due; step++) {
        const timestampMs = Math.round(startMs + step * this.#everyMs)
        records.push(...this.#records(next(), step + 1, timestampMs))
      }
      yield { records, acknowledge: () => {} }
    }
  }

  /** How many steps are due after that much real time. The first is due at once. */
  #stepsDue(elapsedMs: number): number {
    const { speed } = this.#options
    if (typeof speed !== 'number') return Infinity
    return Math.floor((elapsedMs * speed) / this.#everyMs) + 1
  }

  /** Real time until step number `step` is due; never 0, so that waiting lets others run. */
  #delayMs(step: number, elapsedMs: number): number {
    const speed = this.#options.speed as number
    return Math.max(1, Math.ceil((step * this.#everyMs) / speed - elapsedMs))
  }

  #records(samples: readonly GeneratedSample[], tick: number, timestampMs: number): InputRecord[] {
    const partition = this.#surroundings.name
    const texts = this.#format(samples, tick, timestampMs, this.#options.labelled)
    return texts.map((text, i) => ({
      kind: 'data',
      bytes: new TextEncoder().encode(text),
      origin: { partition, offset: tick * samples.length + i, receivedMs: timestampMs },
    }))
  }
}

function jsonMessages(
  samples: readonly GeneratedSample[],
  tick: number,
  _timestampMs: number,
  labelled: boolean,
): string[] {
  return samples.map(({ metric, value, anomaly }) => {
    const truth = labelled ? { anomaly: anomaly !== '' } : {}
    return JSON.stringify({ [metric]: value, timestamp: tick, ...truth })
  })
}

/** The records of one step, as texts. */
type Format = (
  samples: readonly GeneratedSample[],
  tick: number,
  timestampMs: number,
  labelled: boolean,
) => string[]

const formats: Readonly<Record<string, Format>> = {
  influx(samples, _tick, timestampMs, labelled) {
    let text = ''
    for (const { metric, value, anomaly } of samples) {
      if (labelled && anomaly !== '') text += `# anomaly: ${anomaly}\n`
      text += `${metric} value=${value} ${timestampMs}000000\n`
    }
    return [text]
  },
  graphite(samples, _tick, timestampMs) {
    let text = ''
    for (const { metric, value } of samples) text += `${metric} ${value} ${timestampMs / 1000}\n`
    return [text]
  },
  json: jsonMessages,
  'response-times': jsonMessages,
}

function formatOf(codec: string): Format {
  const format = Object.hasOwn(formats, codec) ? formats[codec] : undefined
  if (format !== undefined) return format
  const known = Object.keys(formats).join(', ')
  const message = `the generator cannot write for the codec ${codec}; it can for ${known}`
  throw new ForewarnError('ERR_CONFIG_INVALID', message)
}
