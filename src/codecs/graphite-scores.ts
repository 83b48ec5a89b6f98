/**
 * Scores as Graphite's plaintext protocol: a line for each number of each scored sample, under a
 * name made by Pensu's template.
 *
 *   pensu.anomaly_score.metrics_analyzer.webservers.cpu.usage 0.25 1587617182
 *         ──────┬──────                  ─────────┬──────────
 *               └ {{#anomaly_metric}}             └ the series: name, field, tags
 *
 *   anomaly_score        the detector's own score, before score filters
 *   anomaly_likelihood   the score
 *   anomaly_direction    of an anomalous sample 1 above what was expected, -1 below; 0 otherwise,
 *                        and where nothing was expected
 *   value                the sample
 *   expected, lower, upper                 where the detector says what it expected
 *   prediction, prediction_confidence      of forecasts, at the time that they are for
 *   alarm                1 once an alarm fires, 0 once it does not
 *   alarm_value          the value at which it changed
 *
 * Labels become tags of Carbon: `;host=vm1`. Characters that Carbon's names do not have are written
 * `_`, as Telegraf does. Timestamps are seconds, with a fraction where the sample has one.
 *
 * In the form `pickle` the same is a list [(path, (timestamp, value)), …] of pickle's protocol 2,
 * in frames that begin with their length: Carbon reads those in less time.
 *
 * Source: https://graphite.readthedocs.io/en/latest/feeding-carbon.html
 * Differs: Pensu's code gave the direction the other way round than its README, and compared the
 * value with the forecast of a later one; here as in the README, or by option the other way round,
 * and compared with what was expected of this sample.
 * Cost: bench/speed/encoders.ts.
 */

import type { Labels } from '../core/labels.ts'
import { carbonOptions } from '../core/carbon-options.ts'
import { LabelsCache } from '../core/labels-cache.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { AlarmReport, ScoreReport } from '../core/report.ts'
import type { Reports } from '../core/score-run.ts'
import { Slab } from '../core/slab.ts'
import { asciiBytes, TextBytes } from '../core/text-bytes.ts'
import type { Encoder } from './codec.ts'
import { carbonName } from './graphite-scores/carbon-name.ts'
import { directionOf } from './graphite-scores/direction.ts'
import { PickleFrames } from './graphite-scores/pickle-frames.ts'

/** Options of the encoder of scores as Carbon lines. */
export const graphiteScoresOptions = {
  ...carbonOptions,
  numbers: {
    kind: 'text-list',
    default: [
      'anomaly_score',
      'anomaly_likelihood',
      'anomaly_direction',
      'prediction',
      'prediction_confidence',
    ],
    about:
      'Which numbers are written; there are value, expected, lower, upper, alarm and alarm_value ' +
      'besides.',
  },
} as const satisfies OptionSpecs

export type GraphiteScoresOptions = OptionsOf<typeof graphiteScoresOptions>

const placeholder = '{{#anomaly_metric}}'

/** Takes one number after another. */
interface Writing {
  /** What a series is called, in the form that `add` takes. */
  path(text: string): Uint8Array
  add(prefix: Uint8Array, path: Uint8Array, value: number, timestampMs: number): void
  bytes(): Uint8Array
}

/** See the head of the file. */
export class GraphiteScoresEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #direction: GraphiteScoresOptions['direction']
  /** What stands in front of the series, by the name of the number; only numbers to be written. */
  readonly #prefixes: Readonly<Record<string, Uint8Array>>
  readonly #series = new LabelsCache<Uint8Array>()
  readonly #slab = new Slab()
  readonly #writing: Writing

  constructor({ template, numbers, form, direction }: GraphiteScoresOptions) {
    this.#writing = form === 'pickle' ? new PickleFrames() : new Lines()
    this.#direction = direction
    const prefixes: Record<string, Uint8Array> = Object.create(null)
    const utf8 = new TextEncoder()
    for (const name of numbers) {
      prefixes[name] = utf8.encode(`${template.replaceAll(placeholder, () => name)}.`)
    }
    this.#prefixes = prefixes
  }

  encode(reports: Reports): Uint8Array {
    for (const report of reports) {
      if (report.kind === 'rejection' || report.kind === 'warning') continue
      if (report.kind === 'scores') {
        for (let i = 0; i < report.count; i++) this.#score(report.at(i))
        continue
      }
      if (report.kind === 'score') {
        this.#score(report)
        continue
      }
      const path = this.#path(report.labels)
      const { timestampMs } = report
      if (report.kind === 'forecast') {
        const { prediction, prediction_confidence } = this.#prefixes
        this.#add(prediction, path, report.value, report.predictedMs)
        this.#add(prediction_confidence, path, report.probability, report.predictedMs)
      } else if (changesState(report)) {
        const { alarm, alarm_value } = this.#prefixes
        this.#add(alarm, path, report.state === 'firing' ? 1 : 0, timestampMs)
        this.#add(alarm_value, path, report.value, timestampMs)
      }
    }
    return this.#writing.bytes()
  }

  #score(report: ScoreReport): void {
    const { timestampMs } = report
    const path = this.#path(report.labels)
    const prefixes = this.#prefixes
    this.#add(prefixes.anomaly_score, path, report.detectorScore, timestampMs)
    this.#add(prefixes.anomaly_likelihood, path, report.score, timestampMs)
    if (prefixes.anomaly_direction !== undefined) {
      const direction = directionOf(report, this.#direction)
      this.#add(prefixes.anomaly_direction, path, direction, timestampMs)
    }
    this.#add(prefixes.value, path, report.value, timestampMs)
    this.#add(prefixes.expected, path, report.expected, timestampMs)
    this.#add(prefixes.lower, path, report.lower, timestampMs)
    this.#add(prefixes.upper, path, report.upper, timestampMs)
  }

  #path(labels: Labels): Uint8Array {
    const held = this.#series.get(labels)
    if (held !== undefined) return held
    const path = this.#slab.copy(this.#writing.path(carbonName(labels)))
    this.#series.set(labels, path)
    return path
  }

  #add(prefix: Uint8Array | undefined, path: Uint8Array, value: number, timestampMs: number): void {
    if (prefix === undefined || !Number.isFinite(value)) return
    this.#writing.add(prefix, path, value, timestampMs)
  }
}

const space = 32
const newline = 10

/** `path value timestamp`, a line each. */
class Lines implements Writing {
  readonly #text = new TextBytes()

  path(text: string): Uint8Array {
    return asciiBytes(`${text} `)
  }

  add(prefix: Uint8Array, path: Uint8Array, value: number, timestampMs: number): void {
    const text = this.#text
    text.append(prefix)
    text.append(path)
    text.number(value)
    text.byte(space)
    text.number(timestampMs / 1000)
    text.byte(newline)
  }

  bytes(): Uint8Array {
    const bytes = this.#text.copy()
    this.#text.clear()
    return bytes
  }
}

/** What people said of an alarm changes neither of its numbers. */
function changesState({ news }: AlarmReport): boolean {
  return news === undefined || news === 'told'
}
