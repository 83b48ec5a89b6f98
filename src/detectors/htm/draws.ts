/**
 * The random draws of the hierarchical temporal memory: numbers that depend only on where they are
 * used, never on how many were drawn before.
 *
 * A generator with a running state would tie every result to the order in which columns and
 * segments are visited. Here each use opens its own short stream, keyed by the seed and by two
 * numbers that say what it is for (a column and its purpose; a record and a segment). So a fast
 * implementation may visit things in any order, and nothing of it has to be saved.
 *
 *   state₀ = mix(mix(seed + φ·a) + φ·b)      state ← state + φ      draw = mix(state)
 *
 * φ = 0x9e3779b9 is 2³² divided by the golden ratio (Knuth, TAOCP 3, 6.4); `mix` is the finalizer
 * of MurmurHash3 (Appleby). Cost: five integer operations a draw.
 */

const golden = 0x9e3779b9

/** The finalizer fmix32 of MurmurHash3: every input bit changes every output bit. */
export function mixed(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The first state of the stream for one use. Advance it with `nextState` before each draw. */
export function streamState(seed: number, a: number, b: number): number {
  return mixed(mixed((seed + Math.imul(golden, a)) | 0) + Math.imul(golden, b))
}

/** The state that follows. */
export function nextState(state: number): number {
  return (state + golden) | 0
}

/** The whole number in [0, bound) that a state stands for. */
export function drawBelow(state: number, bound: number): number {
  return Math.floor(((mixed(state) >>> 0) * bound) / 4294967296)
}
