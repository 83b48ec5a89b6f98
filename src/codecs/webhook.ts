/**
 * Reports as the body of a webhook, in a form of our own:
 *
 *   {"version":"1","sender":"forewarn","reports":[{"kind":"alarm","id":…}, …]}
 *
 * Each report is the object that json-lines has on its line. docs/formats/webhook.schema.json says
 * what is in them; within a version members are only added.
 */

import { seriesLink } from '../core/alarm-facts.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { singleReports } from '../core/score-run.ts'
import type { Reports } from '../core/score-run.ts'
import type { Encoder } from './codec.ts'
import { reportObject } from './json-lines/report-object.ts'

/** Options of the encoder. */
export const webhookEncoderOptions = {
  pageUrl: {
    kind: 'text',
    default: '',
    about: 'Address of the page; alarms then have a `link` to their series.',
  },
} as const satisfies OptionSpecs

export type WebhookEncoderOptions = OptionsOf<typeof webhookEncoderOptions>

/** See the head of the file. */
export class WebhookEncoder implements Encoder {
  readonly contentType = 'application/json'

  readonly #pageUrl: string

  constructor({ pageUrl }: WebhookEncoderOptions) {
    this.#pageUrl = pageUrl
  }

  encode(reports: Reports): Uint8Array {
    if (reports.length === 0) return new Uint8Array(0)
    const objects = singleReports(reports)
      .map((report) => this.#object(report))
      .join(',')
    return new TextEncoder().encode(`{"version":"1","sender":"forewarn","reports":[${objects}]}`)
  }

  #object(report: Report): string {
    const object = reportObject(report)
    if (report.kind !== 'alarm' || this.#pageUrl === '') return object
    const link = JSON.stringify(seriesLink(report.labels, this.#pageUrl))
    return `${object.slice(0, -1)},"link":${link}}`
  }
}
