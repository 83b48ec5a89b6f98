/** Labels out of JSON: names and tags that were checked to be JSON already. */

import { asciiText, hasControlCharacter } from './byte-text.ts'
import type { NameFault } from './held-names.ts'
import {
  closeBrace,
  colon,
  comma,
  jsonStringText,
  openBrace,
  openBracket,
  quote,
} from './json-text.ts'
import type { JsonText } from './json-text.ts'

const smallN = 110

/** The text of a string that becomes a name or a label, or why it cannot be one. */
export function jsonNameText(bytes: Uint8Array, start: number, end: number): string | NameFault {
  const text = jsonStringText(bytes, start, end)
  if (text === undefined) return { reason: 'invalid_utf8', detail: 'a name is not valid UTF-8' }
  if (!hasControlCharacter(text)) return text
  return { reason: 'malformed', detail: 'a name has a control character' }
}

/**
 * Appends the members of the object that comes next as pairs. Numbers and truth values are labels
 * as they are written, null is no label.
 */
export function readLabelPairs(json: JsonText, pairs: [string, string][]): NameFault | undefined {
  json.take(openBrace)
  if (json.take(closeBrace)) return undefined
  do {
    json.next()
    const keyAt = json.at
    json.string()
    const key = jsonNameText(json.bytes, keyAt, json.at)
    if (typeof key !== 'string') return key
    json.take(colon)
    const first = json.next()
    const value = labelText(json, first)
    if (typeof value !== 'string') return value
    if (first !== smallN) pairs.push([key, value])
  } while (json.take(comma))
  json.take(closeBrace)
  return undefined
}

function labelText(json: JsonText, first: number): string | NameFault {
  const start = json.at
  json.skip()
  if (first === quote) return jsonNameText(json.bytes, start, json.at)
  if (first !== openBrace && first !== openBracket) return asciiText(json.bytes, start, json.at)
  return { reason: 'malformed', detail: 'a label is neither a text nor a number' }
}
