/**
 * Packs a Snappy block, for tests of what unpacks it: greedy, by the last place of each four bytes,
 * with copies of all three widths where their offsets allow them.
 */

/** Source: Snappy, "format_description.txt". */
export function snappyBlock(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  let length = bytes.length
  for (; length > 127; length >>>= 7) out.push((length & 127) | 128)
  out.push(length)
  const seen = new Map<string, number>()
  let literalStart = 0
  const literal = (end: number): void => {
    for (let at = literalStart; at < end; at += 65_536) {
      const count = Math.min(end - at, 65_536)
      const last = count - 1
      if (last < 60) out.push(last << 2)
      else if (last < 256) out.push(60 << 2, last)
      else out.push(61 << 2, last & 255, last >>> 8)
      for (let i = at; i < at + count; i++) out.push(bytes[i] as number)
    }
  }
  let at = 0
  while (at + 4 <= bytes.length) {
    const word = bytes.subarray(at, at + 4).join()
    const earlier = seen.get(word)
    seen.set(word, at)
    if (earlier === undefined) {
      at++
      continue
    }
    let count = 4
    while (count < 64 && bytes[at + count] === bytes[earlier + count]) {
      if (at + count >= bytes.length) break
      count++
    }
    literal(at)
    copy(out, at - earlier, count)
    at += count
    literalStart = at
  }
  literal(bytes.length)
  return Uint8Array.from(out)
}

function copy(out: number[], offset: number, count: number): void {
  if (count < 12 && offset < 2048)
    out.push(((offset >>> 8) << 5) | ((count - 4) << 2) | 1, offset & 255)
  else if (offset < 65_536) out.push(((count - 1) << 2) | 2, offset & 255, offset >>> 8)
  else {
    out.push(((count - 1) << 2) | 3)
    for (let shift = 0; shift < 32; shift += 8) out.push((offset >>> shift) & 255)
  }
}
