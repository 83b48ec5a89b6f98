/**
 * How Telegraf's JSON spells the parts of a metric, and what labels the spellings mean.
 *
 * The spelling of a name is `"cpu","tags":{"host":"vm1"}`: as Telegraf writes name and tags, one
 * behind the other. Where a sender writes them apart, they are put together so.
 */

import type { HeldName, NameFault } from '../../core/held-names.ts'
import { jsonNameText, readLabelPairs } from '../../core/json-labels.ts'
import { JsonText } from '../../core/json-text.ts'
import { fieldLabel, Labels, nameLabel } from '../../core/labels.ts'

const memberNames = ['fields', 'name', 'tags', 'timestamp', 'metrics'] as const
/** What a member of a metric is called. */
export type Member = (typeof memberNames)[number]
const memberSpellings = memberNames.map((name) => new TextEncoder().encode(`"${name}"`))
/** What stands between name and tags where Telegraf writes them. */
const beforeTags = new TextEncoder().encode(',"tags":')

/** The member that a key, quotes included, is the name of. */
export function memberOf(bytes: Uint8Array, start: number, end: number): Member | undefined {
  for (let k = 0; k < memberNames.length; k++) {
    const spelling = memberSpellings[k] as Uint8Array
    let i = end - start === spelling.length ? 0 : -1
    while (i >= 0 && i < spelling.length && bytes[start + i] === spelling[i]) i++
    if (i === spelling.length) return memberNames[k]
  }
  return undefined
}

/** A buffer in which the spelling of a name is put together. */
export class MetricSpelling {
  bytes = new Uint8Array(256)

  /** Puts name and tags together, each as it stands in the text; returns the length. */
  write(name: Uint8Array, tags: Uint8Array): number {
    const between = tags.length === 0 ? 0 : beforeTags.length
    const length = name.length + between + tags.length
    if (length > this.bytes.length) this.bytes = new Uint8Array(2 * length)
    this.bytes.set(name)
    if (between > 0) this.bytes.set(beforeTags, name.length)
    this.bytes.set(tags, name.length + between)
    return length
  }
}

/** What a key means, or a name with its tags. */
export function labelsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  parent: HeldName | undefined,
): Labels | NameFault {
  const json = new JsonText()
  json.open(bytes, start, end)
  json.string()
  const text = jsonNameText(bytes, start, json.at)
  if (typeof text !== 'string') return text
  if (text === '') return malformed('a name is empty')
  if (parent !== undefined) return parent.labels.with([[fieldLabel, text]])
  const tags: [string, string][] = []
  json.at += beforeTags.length
  const fault = json.at < end ? readLabelPairs(json, tags) : undefined
  if (fault !== undefined) return fault
  if (tags.some(([key]) => key === nameLabel || key === fieldLabel)) {
    return malformed('a tag has a reserved name')
  }
  return Labels.named(text, tags)
}

function malformed(detail: string): NameFault {
  return { reason: 'malformed', detail }
}
