/**
 * The spatial pooler as it is before it has learned anything, shared by all poolers alike.
 *
 * Each column may connect to a random share of the input bits; half of these potential synapses
 * start connected, with a permanence spread evenly above the threshold, half below it. All of it
 * follows from the seed, so a pooler keeps only the rows it has changed, and a thousand models of
 * one kind keep this matrix once.
 *
 * Draws, for column c, from stream (seed, c, 1): for k = 0, 1, … potential - 1 in turn: one draw
 * j = k + below(inputs - k), which swaps entries k and j of the list 0, 1, 2, … of inputs; then one
 * draw below(2): 1 means connected; then one draw for the permanence, `connected` +
 * below(10001 - connected) or below(connected). The list starts afresh for each column.
 *
 * Source: Numenta, BAMI, "Spatial Pooling Algorithm Implementation Details", initialization.
 * Laid out as the kernel wants it: rows of permanences are padded to multiples of 8, rows of bits
 * to multiples of 128.
 *
 * Cost: 2 bytes a pair of column and input, once a process for each set of shape and seed.
 */

import { drawBelow, nextState, streamState } from './draws.ts'

/** Permanences are whole ten-thousandths: every published increment is exact. */
export const permanenceOne = 10000

/** Marks a pair of column and input that can never connect. */
const neverConnected = 0xffff

/** What the initial state depends on. */
export interface PoolerShape {
  readonly inputCount: number
  /** A multiple of 32. */
  readonly columnCount: number
  /** Potential synapses of a column. */
  readonly potentialCount: number
  /** Permanence from which a synapse counts, in ten-thousandths. */
  readonly connected: number
  readonly seed: number
}

/** The initial matrix; never written to. */
export interface PoolerMatrix {
  /** Row c holds the permanences of column c, by input. */
  readonly rows: readonly Uint16Array[]
  /** Row i holds a bit for each column connected to input i. */
  readonly connectedRows: Uint32Array
  /** The least `permanence - connected` over the connected synapses of a column. */
  readonly slack: Uint16Array
}

/** Finds the matrix of a shape, making it the first time. Holds at most `matricesMax` of them. */
export class PoolerMatrices {
  readonly #made = new Map<string, PoolerMatrix>()
  readonly #matricesMax: number

  constructor(matricesMax: number) {
    this.#matricesMax = matricesMax
  }

  find(shape: PoolerShape): PoolerMatrix {
    const { inputCount, columnCount, potentialCount, connected, seed } = shape
    const key = [inputCount, columnCount, potentialCount, connected, seed].join(' ')
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const matrix = poolerMatrix(shape)
    const oldest = this.#made.keys().next().value
    if (this.#made.size >= this.#matricesMax && oldest !== undefined) this.#made.delete(oldest)
    this.#made.set(key, matrix)
    return matrix
  }
}

/** The initial matrix of one shape. */
export function poolerMatrix(shape: PoolerShape): PoolerMatrix {
  const { inputCount, columnCount, connected } = shape
  const words = Math.ceil(columnCount / 128) * 4
  const rowLength = Math.ceil(inputCount / 8) * 8
  const permanences = new Uint16Array(columnCount * rowLength).fill(neverConnected)
  const rows = Array.from({ length: columnCount }, (_, c) =>
    permanences.subarray(c * rowLength, (c + 1) * rowLength),
  )
  const connectedRows = new Uint32Array(inputCount * words)
  const slack = new Uint16Array(columnCount).fill(permanenceOne)
  const order = new Uint16Array(inputCount)
  for (let c = 0; c < columnCount; c++) {
    const row = rows[c]!
    drawRow(shape, c, { row, order })
    for (let i = 0; i < inputCount; i++) {
      const permanence = row[i]!
      if (permanence === neverConnected || permanence < connected) continue
      const at = i * words + (c >>> 5)
      connectedRows[at] = connectedRows[at]! | (1 << (c & 31))
      slack[c] = Math.min(slack[c]!, permanence - connected)
    }
  }
  return { rows, connectedRows, slack }
}

function drawRow(
  { inputCount, potentialCount, connected, seed }: PoolerShape,
  column: number,
  { row, order }: { row: Uint16Array; order: Uint16Array },
): void {
  for (let i = 0; i < inputCount; i++) order[i] = i
  let state = streamState(seed, column, 1)
  for (let k = 0; k < potentialCount; k++) {
    state = nextState(state)
    const j = k + drawBelow(state, inputCount - k)
    const input = order[j]!
    order[j] = order[k]!
    state = nextState(state)
    const above = drawBelow(state, 2) === 1
    state = nextState(state)
    const permanence = above
      ? connected + drawBelow(state, permanenceOne + 1 - connected)
      : drawBelow(state, connected)
    row[input] = permanence
  }
}
