/**
 * Blocks of memory in sizes 16, 24, 32, 48, 64, 96, … bytes: a freed one is taken again for the
 * same size. Fresh memory is zero, a block taken again is not.
 */

const classes: u32 = 48
const pageBytes: usize = 65536

let freeHeads: usize = 0
let top: usize = 0

/** Everything from `start` on is free. */
export function layFirst(start: usize): void {
  top = start
  freeHeads = takeFresh(classes << 2)
}

/** Bytes taken so far. */
export function takenBytes(): usize {
  return top
}

/** Memory that is never given back; zero, at a multiple of 16. */
export function takeFresh(bytes: u32): usize {
  const start = (top + 15) & ~15
  top = start + bytes
  // Vectors may be read from the last element on.
  const pages = <i32>((top + 16 + pageBytes - 1) / pageBytes) - memory.size()
  if (pages > 0 && memory.grow(pages) < 0) unreachable()
  return start
}

/** Bytes of a size class. */
export function classBytes(size: u32): u32 {
  return (size & 1 ? 24 : 16) << (size >>> 1)
}

/** The smallest class that holds so many bytes. */
export function classOf(bytes: u32): u32 {
  let size: u32 = 0
  while (classBytes(size) < bytes) size++
  return size
}

export function take(size: u32): usize {
  const head = freeHeads + (size << 2)
  const free = load<u32>(head)
  if (free === 0) return takeFresh(classBytes(size))
  store<u32>(head, load<u32>(free))
  return free
}

export function give(block: usize, size: u32): void {
  const head = freeHeads + (size << 2)
  store<u32>(block, load<u32>(head))
  store<u32>(head, block)
}
