/**
 * Labels: the identity of a series.
 *
 * A Labels object is immutable and is meant to be held: decoders keep the object they made for a
 * wire prefix and hand out the same one again, so that everything behind them (transforms, the
 * catalog) may look it up by reference instead of building a string for each sample.
 *
 * The series key is the canonical string of the labels, in the manner of Prometheus:
 *
 *   cpu:usage_user{cpu="cpu-total",host="vm1"}
 *   ─┬─ ────┬───── ─────────────┬─────────────
 *    │      │                   └ every other label, sorted by name (UTF-16 code units)
 *    │      └ the field, where one measurement carries several values (Influx, Telegraf)
 *    └ the name
 *
 * A part that holds anything but letters, digits, `_ . / -` is written as a JSON string, so two
 * different label sets never share a key.
 */

import type { SnapshotReader, SnapshotWriter } from './snapshot.ts'

/** Reserved label: the measurement or metric name. */
export const nameLabel = '__name__'
/** Reserved label: the field inside a measurement that has several. */
export const fieldLabel = '__field__'
/** Reserved label: names of the fields that a group judges together, with commas between. */
export const fieldsLabel = '__fields__'

const plainPart = /^[\w./-]+$/

function part(text: string): string {
  return plainPart.test(text) ? text : JSON.stringify(text)
}

/** An immutable, sorted set of label pairs. */
export class Labels {
  /** Pairs sorted by name: name, value, name, value, … Never changed after construction. */
  readonly pairs: readonly string[]
  /**
   * A place for the catalog to keep the series that it found for these labels, so that the next
   * sample needs no look-up. Nobody else reads or writes it.
   */
  slot: object | null | undefined = undefined
  #key: string | undefined

  private constructor(sortedPairs: readonly string[]) {
    this.pairs = sortedPairs
  }

  /**
   * Labels from pairs in any order. Pairs with an empty name or value are left out, as in
   * Prometheus an empty label is an absent one; of two pairs with one name the last one holds.
   */
  static of(pairs: Iterable<readonly [string, string]>): Labels {
    const byName = new Map<string, string>()
    for (const [name, value] of pairs) {
      if (name === '') continue
      if (value === '') byName.delete(name)
      else byName.set(name, value)
    }
    const flat: string[] = []
    for (const name of [...byName.keys()].sort()) flat.push(name, byName.get(name) as string)
    // The copy has no room to grow, which the original has: a fifth of what a series costs.
    return new Labels(flat.slice())
  }

  /** Labels of a bare metric name, with an optional field and further pairs. */
  static named(name: string, rest: Iterable<readonly [string, string]> = []): Labels {
    return Labels.of([...rest, [nameLabel, name]])
  }

  /** The value of a label, or undefined. Linear in the number of labels. */
  get(name: string): string | undefined {
    const pairs = this.pairs
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1]
    return undefined
  }

  /** The metric name, or an empty string. */
  get name(): string {
    return this.get(nameLabel) ?? ''
  }

  /** The field inside the measurement, or an empty string. */
  get field(): string {
    return this.get(fieldLabel) ?? ''
  }

  /** The fields that are judged together; none where it is no group. */
  get fields(): readonly string[] {
    return this.get(fieldsLabel)?.split(',') ?? []
  }

  /** The pairs as entries, sorted by name. */
  *entries(): IterableIterator<[string, string]> {
    for (let i = 0; i < this.pairs.length; i += 2) {
      yield [this.pairs[i] as string, this.pairs[i + 1] as string]
    }
  }

  /** A copy with some labels set; an empty value removes the label. */
  with(changes: Iterable<readonly [string, string]>): Labels {
    return Labels.of([...this.entries(), ...changes])
  }

  /** The canonical series key. Built once, then held. */
  get key(): string {
    this.#key ??= seriesKey(this)
    return this.#key
  }
}

/** Labels as the number of their texts and the texts. */
export function writeLabels(labels: Labels, writer: SnapshotWriter): void {
  writer.uint32(labels.pairs.length)
  for (const text of labels.pairs) writer.string(text)
}

/** What `writeLabels` wrote. */
export function readLabels(reader: SnapshotReader): Labels {
  const count = reader.uint32()
  const pairs: [string, string][] = []
  for (let i = 0; i < count; i += 2) pairs.push([reader.string(), reader.string()])
  return Labels.of(pairs)
}

function seriesKey(labels: Labels): string {
  const field = labels.field
  const texts = [part(labels.name)]
  if (field !== '') texts.push(':', part(field))
  let before = '{'
  for (const [name, value] of labels.entries()) {
    if (name === nameLabel || name === fieldLabel) continue
    texts.push(before, part(name), '=', JSON.stringify(value))
    before = ','
  }
  if (before === ',') texts.push('}')
  // Joined, not added up: a string that was added up keeps its parts, at twice the memory.
  return texts.join('')
}
