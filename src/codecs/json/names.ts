/**
 * How the names of a JSON message are spelled, and what labels the spellings mean.
 *
 * A name is put together as an object of what the message says of its series, in its own words:
 *
 *   {"__name__":"cpu","host":"vm1","region":"eu"}
 *
 * A value below it is spelled by its path, in quotes: `"data.value"`.
 */

import type { HeldName, NameFault } from '../../core/held-names.ts'
import { jsonNameText, readLabelPairs } from '../../core/json-labels.ts'
import { JsonText } from '../../core/json-text.ts'
import { fieldLabel, Labels, nameLabel } from '../../core/labels.ts'
import type { JsonOptions } from './options.ts'

/** What a spelling means, by the options of the decoder. */
export function labelsOf(
  options: JsonOptions,
  spelling: { bytes: Uint8Array; start: number; end: number },
  parent: HeldName | undefined,
): Labels | NameFault {
  const { bytes, start, end } = spelling
  if (parent !== undefined) {
    const path = jsonNameText(bytes, start, end)
    return typeof path === 'string' ? valueLabels(path, parent.labels, options) : path
  }
  const pairs: [string, string][] = options.name === '' ? [] : [[nameLabel, options.name]]
  const json = new JsonText()
  json.open(bytes, start, end)
  const fault = readLabelPairs(json, pairs)
  return fault ?? Labels.of(pairs)
}

function valueLabels(path: string, parent: Labels, options: JsonOptions): Labels {
  if (parent.name === '') return parent.with([[nameLabel, path]])
  return options.valueKeys.length === 1 ? parent : parent.with([[fieldLabel, path]])
}
