/**
 * How the labels of a time series are spelled, and what the spelling means.
 *
 * Version 1 writes them out, and that is the spelling. Version 2 refers to a table of texts; what
 * it refers to is put together in the same way, so that a series has one spelling in both.
 *
 *   spelling = { 0x0a length label }        label = { 0x0a length name | 0x12 length value }
 */

import { hasControlCharacter, utf8Text } from '../../core/byte-text.ts'
import { ByteBuffer } from '../../core/byte-buffer.ts'
import type { NameFault } from '../../core/held-names.ts'
import { fieldLabel, fieldsLabel, Labels } from '../../core/labels.ts'
import { lengthDelimited, MessageReader } from './message.ts'

/** Tags: field 1, and field 2, of kind 2. */
const firstTag = 0x0a
const secondTag = 0x12

/** Bytes of a range of the payload. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** The labels of a spelling. */
export function labelsOf(bytes: Uint8Array, start: number, end: number): Labels | NameFault {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [list, label] = [new MessageReader(), new MessageReader()]
  list.open(bytes, view)
  label.open(bytes, view)
  list.range(start, end)
  const pairs: [string, string][] = []
  const seen = new Set<string>()
  while (list.next()) {
    label.range(list.start, list.end)
    let [name, value]: [string | undefined, string | undefined] = ['', '']
    while (label.next()) {
      if (label.kind !== lengthDelimited) continue
      const text = utf8Text(bytes, label.start, label.end)
      if (label.number === 1) name = text
      else if (label.number === 2) value = text
    }
    if (label.broken) return malformed('a label is no message')
    if (name === undefined || value === undefined) {
      return { reason: 'invalid_utf8', detail: 'a label is not valid UTF-8' }
    }
    if (name === '') return malformed('a label has no name')
    if (hasControlCharacter(name)) return malformed('control characters in the name of a label')
    if (name === fieldLabel || name === fieldsLabel) return malformed('a reserved label name')
    if (seen.has(name)) return malformed('a label is given twice')
    seen.add(name)
    pairs.push([name, value])
  }
  if (pairs.length === 0) return malformed('a time series has no labels')
  return Labels.of(pairs)
}

/** Appends a label to a spelling. */
export function spellLabel(into: ByteBuffer, bytes: Uint8Array, name: Range, value: Range): void {
  const nameBytes = name.end - name.start
  const valueBytes = value.end - value.start
  into.push(firstTag)
  pushLength(into, 2 + lengthBytes(nameBytes) + nameBytes + lengthBytes(valueBytes) + valueBytes)
  into.push(firstTag)
  pushLength(into, nameBytes)
  into.append(bytes, name.start, name.end)
  into.push(secondTag)
  pushLength(into, valueBytes)
  into.append(bytes, value.start, value.end)
}

function pushLength(into: ByteBuffer, length: number): void {
  let rest = length
  for (; rest > 127; rest >>>= 7) into.push((rest & 127) | 128)
  into.push(rest)
}

function lengthBytes(length: number): number {
  let count = 1
  for (let rest = length; rest > 127; rest >>>= 7) count++
  return count
}

export function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}
