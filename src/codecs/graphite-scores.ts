/**
 * Scores as Graphite's plaintext protocol: a line for each number of each scored sample, under a
 * name made by Pensu's template.
 *
 *   pensu.anomaly_score.metrics_analyzer.webservers.cpu.usage 0.25 1587617182
 *         ──────┬──────                  ─────────┬──────────
 *               └ {{#anomaly_metric}}             └ the series: name, field, tags
 *
 *   anomaly_score        the raw score, before score filters
 *   anomaly_likelihood   the score
 *   anomaly_direction    of an anomalous sample 1 above what was expected, -1 below; 0 otherwise,
 *                        and where nothing was expected
 *   prediction, prediction_confidence      of forecasts, at the time that they are for
 *
 * Labels become tags of Carbon: `;host=vm1`. Characters that Carbon's names do not have are written
 * `_`, as Telegraf does. Timestamps are seconds, with a fraction where the sample has one.
 *
 * Source: https://graphite.readthedocs.io/en/latest/feeding-carbon.html
 * Differs: Pensu's code gave the direction the other way round than its README, and compared the
 * value with the forecast of a later one; here as in the README, or by option the other way round,
 * and compared with what was expected of this sample.
 */

import { fieldLabel, nameLabel } from '../core/labels.ts'
import type { Labels } from '../core/labels.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { ForecastReport, Report, ScoreReport } from '../core/report.ts'
import type { Encoder } from './codec.ts'

/** Options of the encoder of scores as Carbon lines. */
export const graphiteScoresOptions = {
  template: {
    kind: 'text',
    default: 'pensu.{{#anomaly_metric}}.metrics_analyzer',
    about:
      'What stands in front of the name of the series; {{#anomaly_metric}} becomes the name of ' +
      'the number, for instance anomaly_score.',
  },
  numbers: {
    kind: 'text-list',
    default: [
      'anomaly_score',
      'anomaly_likelihood',
      'anomaly_direction',
      'prediction',
      'prediction_confidence',
    ],
    about: 'Which numbers are written.',
  },
  direction: {
    kind: 'choice',
    words: ['value', 'prediction'],
    default: 'value',
    about:
      'What a direction of 1 says: that the value lies above what was expected (value), or that ' +
      'what was expected lies above the value (prediction), as Pensu wrote it.',
  },
} as const satisfies OptionSpecs

export type GraphiteScoresOptions = OptionsOf<typeof graphiteScoresOptions>

const placeholder = '{{#anomaly_metric}}'

/** See the head of the file. */
export class GraphiteScoresEncoder implements Encoder {
  readonly contentType = 'text/plain; charset=utf-8'
  readonly #options: GraphiteScoresOptions

  constructor(options: GraphiteScoresOptions) {
    this.#options = options
  }

  encode(reports: readonly Report[]): Uint8Array {
    let text = ''
    for (const report of reports) {
      if (report.kind === 'score') {
        text += this.#lines(report, this.#scoreNumbers(report), report.timestampMs)
      } else if (report.kind === 'forecast') {
        text += this.#lines(report, forecastNumbers(report), report.predictedMs)
      }
    }
    return new TextEncoder().encode(text)
  }

  #scoreNumbers(report: ScoreReport): Record<string, number> {
    const { status, value, expected } = report
    const side = status !== 'anomalous' || Number.isNaN(expected) ? 0 : value >= expected ? 1 : -1
    return {
      anomaly_score: report.rawScore,
      anomaly_likelihood: report.score,
      anomaly_direction: this.#options.direction === 'value' || side === 0 ? side : -side,
    }
  }

  #lines(report: { labels: Labels }, numbers: Record<string, number>, timestampMs: number): string {
    const series = seriesText(report.labels)
    let text = ''
    for (const [name, value] of Object.entries(numbers)) {
      if (!this.#options.numbers.includes(name) || !Number.isFinite(value)) continue
      const prefix = this.#options.template.replaceAll(placeholder, name)
      text += `${prefix}.${series} ${value} ${timestampMs / 1000}\n`
    }
    return text
  }
}

function forecastNumbers(report: ForecastReport): Record<string, number> {
  return { prediction: report.value, prediction_confidence: report.probability }
}

/** Name and field as a path, the other labels as tags. */
function seriesText(labels: Labels): string {
  let text = clean(labels.name)
  if (labels.field !== '') text += '.' + clean(labels.field)
  for (const [name, value] of labels.entries()) {
    if (name !== nameLabel && name !== fieldLabel) text += `;${clean(name)}=${clean(value)}`
  }
  return text
}

function clean(text: string): string {
  return text.replace(/[^A-Za-z0-9_.:-]/g, '_')
}
