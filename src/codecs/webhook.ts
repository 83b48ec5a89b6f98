/**
 * Reports as the body of a webhook, in a form of our own:
 *
 *   {"version":"1","sender":"forewarn","reports":[{"kind":"alarm","id":…}, …]}
 *
 * Each report is the object that json-lines has on its line. docs/formats/webhook.schema.json says
 * what is in them; within a version members are only added.
 */

import type { OptionSpecs } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import type { Encoder } from './codec.ts'
import { reportObject } from './json-lines/report-object.ts'

/** It has none. */
export const webhookEncoderOptions = {} as const satisfies OptionSpecs

/** See the head of the file. */
export class WebhookEncoder implements Encoder {
  readonly contentType = 'application/json'

  encode(reports: readonly Report[]): Uint8Array {
    if (reports.length === 0) return new Uint8Array(0)
    const objects = reports.map(reportObject).join(',')
    return new TextEncoder().encode(`{"version":"1","sender":"forewarn","reports":[${objects}]}`)
  }
}
