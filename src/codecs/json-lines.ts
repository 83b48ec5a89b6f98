/**
 * Reports as JSON lines: one object a line, of whatever kind.
 *
 *   {"kind":"score","id":…,"series":…,"labels":{…},"timestamp":1592222400000.4002,"value":3.5,…}
 *
 * Times are Unix milliseconds. What a sender's timestamp had below a millisecond follows the point,
 * so that no digit is lost to those who read it as text; as a double it is good to a microsecond.
 * Numbers that are unknown are null, because JSON has no NaN.
 *
 * The decoder `json` with `value_keys: [value]` reads score lines back into their observations.
 */

import type { OptionSpecs } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import type { Encoder } from './codec.ts'
import { reportObject } from './json-lines/report-object.ts'

/** It has none. */
export const jsonLinesOptions = {} as const satisfies OptionSpecs

/** See the head of the file. */
export class JsonLinesEncoder implements Encoder {
  readonly contentType = 'application/x-ndjson'

  encode(reports: readonly Report[]): Uint8Array {
    let text = ''
    for (const report of reports) text += reportObject(report) + '\n'
    return new TextEncoder().encode(text)
  }
}
