/** Names and field keys of InfluxDB line protocol: what they spell, as labels. */

import { hasControlCharacter, utf8Text } from '../../core/byte-text.ts'
import type { HeldName, NameFault } from '../../core/held-names.ts'
import { fieldLabel, Labels, nameLabel } from '../../core/labels.ts'

const space = 32
const comma = 44
const equals = 61
const backslash = 92

/** What a name or a field key means. */
export function labelsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  parent: HeldName | undefined,
): Labels | NameFault {
  const text = utf8Text(bytes, start, end)
  if (text === undefined) return { reason: 'invalid_utf8', detail: 'a name is not valid UTF-8' }
  if (hasControlCharacter(text)) return malformed('a name has a control character')
  if (parent === undefined) return nameLabels(bytes, start, end)
  const cut = Math.min(unescaped(bytes, start, end, comma), unescaped(bytes, start, end, space))
  if (text === '' || cut < end) return malformed('a field is not a key and a value')
  return parent.labels.with([[fieldLabel, plain(text)]])
}

/** Each part is made a text of its own: a piece of a longer text would hold on to all of it. */
function nameLabels(bytes: Uint8Array, start: number, end: number): Labels | NameFault {
  let at = unescaped(bytes, start, end, comma)
  if (at === start) return malformed('there is no measurement')
  const measurement = utf8Text(bytes, start, at) as string
  const labels = new Map([[nameLabel, measurement.replace(/\\([, ])/g, '$1')]])
  while (at < end) {
    const keyAt = at + 1
    at = unescaped(bytes, keyAt, end, comma)
    const valueAt = unescaped(bytes, keyAt, at, equals) + 1
    if (valueAt === keyAt + 1 || valueAt >= at || unescaped(bytes, valueAt, at, equals) < at) {
      return malformed('a tag is not a key and a value')
    }
    const key = plain(utf8Text(bytes, keyAt, valueAt - 1) as string)
    if (labels.has(key) || key === fieldLabel) return malformed('a tag is given twice')
    labels.set(key, plain(utf8Text(bytes, valueAt, at) as string))
  }
  return Labels.of(labels)
}

/** The text that a tag or a field key spells. */
function plain(spelled: string): string {
  return spelled.replace(/\\([,= ])/g, '$1')
}

/** Where a byte first stands without a backslash in front of it; `end` where it does not. */
export function unescaped(bytes: Uint8Array, start: number, end: number, wanted: number): number {
  let at = start
  while (at < end && (bytes[at] !== wanted || (at > start && bytes[at - 1] === backslash))) at++
  return at
}

/** A fault of a line that does not keep to the grammar. */
export function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}
