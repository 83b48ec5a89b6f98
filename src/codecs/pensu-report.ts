/**
 * Pensu's report of an anomaly: a JSON object for each anomalous sample, one a line.
 *
 *   {"report_id":"9f0c…","reporter":"forewarn",
 *    "metric":{"metric_family_hierarchy":["web","cpu"],"metric_family":"web.cpu",
 *      "metric_item":"usage","metric_name":"web.cpu.usage",
 *      "metric_value":59,"metric_timestamp":1587617182},
 *    "meta_data":{"htm_anomaly_score":1,"htm_anomaly_likelihood":0.99999,"anomaly_score":99.999,
 *      "timestamp":"2020-04-23T04:46:22.000Z","metric":"web.cpu.usage",
 *      "prediction":{"timestamp":1587617182,"value":12,"confidence_level":0.93},"value":59}}
 *
 *   report_id                the score report's own: the same when it is sent again
 *   htm_anomaly_score        the detector's own score, before score filters
 *   htm_anomaly_likelihood   the score
 *   anomaly_score            likelihood × direction × 100, from -100 to 100
 *   prediction               what was expected of this sample; null where nothing was
 *
 * With `compat: pensu` it is what Pensu wrote, to the letter: four keys of `meta_data` end in a
 * colon and a blank, the reporter is `pensu`, timestamps are whole seconds and the date has no zone
 * (UTC).
 *
 * Differs: Pensu's id was random; its prediction was that for a later sample, and the direction
 * compared the value with it; its dates were local. The sign of the direction is that of Pensu's
 * README or, by option, of its code.
 */

import { dateText } from '../core/date-text.ts'
import { directionOption } from '../core/carbon-options.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import { reportId } from '../core/report.ts'
import type { ScoreReport } from '../core/report.ts'
import { eachReport } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Encoder } from './codec.ts'
import { carbonName, carbonPath } from './graphite-scores/carbon-name.ts'
import { directionOf } from './graphite-scores/direction.ts'

/** Options of the encoder of Pensu's anomaly reports. */
export const pensuReportOptions = {
  compat: {
    kind: 'choice',
    words: ['none', 'pensu'],
    default: 'none',
    about:
      'pensu: to the letter as Pensu wrote them, with keys that end in a colon and a blank. ' +
      'none: the same under clean keys.',
  },
  direction: directionOption,
} as const satisfies OptionSpecs

export type PensuReportOptions = OptionsOf<typeof pensuReportOptions>

/** See the head of the file. */
export class PensuReportEncoder implements Encoder {
  readonly contentType = 'application/x-ndjson'
  readonly #options: PensuReportOptions

  constructor(options: PensuReportOptions) {
    this.#options = options
  }

  encode(reports: Reports): Uint8Array {
    let text = ''
    for (const report of eachReport(reports)) {
      if (report.kind === 'score' && report.status === 'anomalous') text += this.#object(report)
    }
    return new TextEncoder().encode(text)
  }

  #object(report: ScoreReport): string {
    const { labels, value, score, detectorScore } = report
    const asPensu = this.#options.compat === 'pensu'
    const [mark, seconds] = asPensu
      ? [': ', Math.floor(report.timestampMs / 1000)]
      : ['', report.timestampMs / 1000]
    const name = carbonName(labels)
    const object = {
      report_id: reportId(report),
      reporter: asPensu ? 'pensu' : 'forewarn',
      metric: {
        ...familyOf(carbonPath(labels)),
        metric_name: name,
        metric_value: value,
        metric_timestamp: seconds,
      },
      meta_data: {
        htm_anomaly_score: detectorScore,
        htm_anomaly_likelihood: score,
        anomaly_score: score * directionOf(report, this.#options.direction) * 100,
        [`timestamp${mark}`]: asPensu ? isoTextOfSeconds(seconds) : isoText(report.timestampMs),
        [`metric${mark}`]: name,
        [`prediction${mark}`]: predictionOf(report, seconds),
        [`value${mark}`]: value,
      },
    }
    return JSON.stringify(object) + '\n'
  }
}

/** Everything up to the last dot of a name, and what follows it. */
function familyOf(path: string): object {
  const hierarchy = path.split('.')
  const item = hierarchy.pop()
  return {
    metric_family_hierarchy: hierarchy,
    metric_family: hierarchy.join('.'),
    metric_item: item,
  }
}

/** Null stands for a confidence that the detector does not say. */
function predictionOf({ expected, confidence }: ScoreReport, seconds: number): object | null {
  if (!Number.isFinite(expected)) return null
  return { timestamp: seconds, value: expected, confidence_level: confidence }
}

/** `2020-04-23T04:46:22.500Z` */
function isoText(ms: number): string {
  return dateText(ms).replace(' ', 'T') + 'Z'
}

/** `2020-04-23T04:46:22`, as Python writes a date without a zone. */
function isoTextOfSeconds(seconds: number): string {
  return dateText(seconds * 1000)
    .replace(' ', 'T')
    .replace(/\.\d+$/, '')
}
