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
 */

import type { Labels } from '../core/labels.ts'
import { carbonOptions } from '../core/carbon-options.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { AlarmReport, ForecastReport, Report, ScoreReport } from '../core/report.ts'
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
  add(path: string, value: number, timestampMs: number): void
  bytes(): Uint8Array
}

/** See the head of the file. */
export class GraphiteScoresEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #form: GraphiteScoresOptions['form']
  readonly #direction: GraphiteScoresOptions['direction']
  /** What stands in front of the series, by the name of the number; only numbers to be written. */
  readonly #prefixes: ReadonlyMap<string, string>
  readonly #series = new WeakMap<Labels, string>()

  constructor({ template, numbers, form, direction }: GraphiteScoresOptions) {
    this.#form = form
    this.#direction = direction
    const prefix = (name: string): string => `${template.replaceAll(placeholder, () => name)}.`
    this.#prefixes = new Map(numbers.map((name) => [name, prefix(name)]))
  }

  encode(reports: readonly Report[]): Uint8Array {
    const writing = this.#form === 'pickle' ? new PickleFrames() : new Lines()
    for (const report of reports) {
      if (report.kind === 'score') {
        this.#add(writing, report, this.#scoreNumbers(report), report.timestampMs)
      } else if (report.kind === 'forecast') {
        this.#add(writing, report, forecastNumbers(report), report.predictedMs)
      } else if (report.kind === 'alarm') {
        this.#add(writing, report, alarmNumbers(report), report.timestampMs)
      }
    }
    return writing.bytes()
  }

  #scoreNumbers(report: ScoreReport): Record<string, number> {
    return {
      anomaly_score: report.detectorScore,
      anomaly_likelihood: report.score,
      anomaly_direction: directionOf(report, this.#direction),
      value: report.value,
      expected: report.expected,
      lower: report.lower,
      upper: report.upper,
    }
  }

  #add(
    writing: Writing,
    { labels }: { labels: Labels },
    numbers: Record<string, number>,
    timestampMs: number,
  ): void {
    let series = this.#series.get(labels)
    if (series === undefined) this.#series.set(labels, (series = carbonName(labels)))
    for (const name in numbers) {
      const prefix = this.#prefixes.get(name)
      const value = numbers[name] as number
      if (prefix === undefined || !Number.isFinite(value)) continue
      writing.add(prefix + series, value, timestampMs)
    }
  }
}

/** `path value timestamp`, a line each. */
class Lines implements Writing {
  #text = ''

  add(path: string, value: number, timestampMs: number): void {
    this.#text += `${path} ${value} ${timestampMs / 1000}\n`
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#text)
  }
}

function forecastNumbers(report: ForecastReport): Record<string, number> {
  return { prediction: report.value, prediction_confidence: report.probability }
}

/** What people said of an alarm changes neither. */
function alarmNumbers({ state, news, value }: AlarmReport): Record<string, number> {
  if (news !== undefined && news !== 'told') return {}
  return { alarm: state === 'firing' ? 1 : 0, alarm_value: value }
}
