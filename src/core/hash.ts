/**
 * A 64-bit hash of text, for report ids and for spreading series: two lanes of 32-bit FNV-1a with
 * different offsets, each finished by murmur3's mixer. Not for secrets.
 *
 * Source: Fowler, Noll, Vo (FNV-1a); Appleby, MurmurHash3 fmix32.
 */

function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The hash as 16 hexadecimal digits. Linear in the length of the text. */
export function hash64(text: string): string {
  const hash = new Hash64()
  hash.add(text)
  return hash.upper.toString(16).padStart(8, '0') + hash.lower.toString(16).padStart(8, '0')
}

/** The same hash of a text that comes in pieces. Where it stands may be held and gone back to. */
export class Hash64 {
  low = 0x811c9dc5 | 0
  high = 0x1b873593

  /** Goes back to where another one stands. */
  goTo({ low, high }: Pick<Hash64, 'low' | 'high'>): void {
    this.low = low
    this.high = high
  }

  add(text: string): void {
    let { low, high } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code, 0x01000193) ^ (low >>> 15)
    }
    this.low = low
    this.high = high
  }

  /** The first eight digits of the hash of what was added, as a number in [0, 2³²). */
  get upper(): number {
    return mixed(this.high)
  }

  /** The last eight. */
  get lower(): number {
    return mixed(this.low)
  }
}

/** The hash as a whole number in [0, 2³²). */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mixed(hash)
}
