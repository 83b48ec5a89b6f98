/**
 * Random draws that depend only on where they are used: src/detectors/htm/draws.ts, in 32 bits.
 */

const golden: u32 = 0x9e3779b9

function mixed(value: u32): u32 {
  let h = (value ^ (value >>> 16)) * 0x85ebca6b
  h = (h ^ (h >>> 13)) * 0xc2b2ae35
  return h ^ (h >>> 16)
}

/** The first state of the stream for one use. Advance it with `nextState` before each draw. */
export function streamState(seed: u32, a: u32, b: u32): u32 {
  return mixed(mixed(seed + golden * a) + golden * b)
}

/** The state that follows. */
export function nextState(state: u32): u32 {
  return state + golden
}

/** The whole number in [0, bound) that a state stands for. */
export function drawBelow(state: u32, bound: u32): u32 {
  return <u32>((<u64>mixed(state) * bound) >>> 32)
}
