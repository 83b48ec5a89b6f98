/**
 * A series key taken apart for reading: `cpu:usage_user{cpu="cpu-total",host="vm1"}` is shown as a
 * name and its labels. The grammar is that of src/core/labels.ts: parts that hold anything but
 * letters, digits and `_ . / -` are JSON strings.
 */

/** Name with field, and the labels in their order. */
export interface KeyParts {
  readonly name: string
  readonly labels: readonly (readonly [name: string, value: string])[]
}

const quoted = /^"(?:[^"\\]|\\.)*"/
const plain = /^[\w./-]+/

/** A key that does not follow the grammar is all name. */
export function keyParts(key: string): KeyParts {
  const reader = new Reader(key)
  let name = reader.part() ?? ''
  if (reader.skip(':')) name += ':' + (reader.part() ?? '')
  const labels: [string, string][] = []
  if (reader.skip('{')) {
    do {
      const label = reader.part()
      if (label === undefined || !reader.skip('=')) return { name: key, labels: [] }
      labels.push([label, reader.part() ?? ''])
    } while (reader.skip(','))
    if (!reader.skip('}')) return { name: key, labels: [] }
  }
  return reader.ended ? { name, labels } : { name: key, labels: [] }
}

/** Letters of a name that a row of the list has room for. */
const nameLettersMax = 24

/**
 * A long dotted name as its end, which tells series apart, and the path before it:
 * `site.host.network.rx_bytes.eth0` is `rx_bytes.eth0` in `site.host.network`.
 */
export function endAndPath(name: string): { end: string; path: string } {
  const parts = name.split('.')
  let end = parts.pop() ?? ''
  if (name.length <= nameLettersMax) return { end: name, path: '' }
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length + 1 + end.length > nameLettersMax)
      return { end, path: [...parts, part].join('.') }
    end = `${part}.${end}`
  }
  return { end, path: '' }
}

class Reader {
  #rest: string

  constructor(text: string) {
    this.#rest = text
  }

  get ended(): boolean {
    return this.#rest === ''
  }

  skip(mark: string): boolean {
    if (!this.#rest.startsWith(mark)) return false
    this.#rest = this.#rest.slice(mark.length)
    return true
  }

  /** A plain or quoted part, or undefined. */
  part(): string | undefined {
    const found = (quoted.exec(this.#rest) ?? plain.exec(this.#rest))?.[0]
    if (found === undefined) return undefined
    this.#rest = this.#rest.slice(found.length)
    return found.startsWith('"') ? unquoted(found) : found
  }
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
