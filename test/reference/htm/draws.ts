/**
 * The draws as docs/algorithms/htm.md defines them: a stream for each use, keyed by the seed and
 * two numbers, of MurmurHash3's finalizer over a counter that steps by 0x9e3779b9.
 */

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Returns a function below(bound): the stream's next whole number in [0, bound). */
export function stream(seed: number, a: number, b: number): (bound: number) => number {
  const step = 0x9e3779b9
  let state = mix((mix((seed + Math.imul(step, a)) | 0) + Math.imul(step, b)) | 0)
  return (bound) => {
    state = (state + step) | 0
    return Math.floor(((mix(state) >>> 0) / 2 ** 32) * bound)
  }
}
