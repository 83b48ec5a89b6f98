/**
 * Spatial pooler and temporal memory of one series, as a WebAssembly program with a memory of its
 * own.
 *
 *   active inputs ─▶ spatial pooler ─▶ active columns ─▶ temporal memory ─▶ bursting columns
 *
 * The pooler turns an input of some hundred bits into a fixed number of active columns, so that
 * similar inputs share columns, and learns which inputs occur. The temporal memory learns which
 * columns follow which, in the context of what went before, and says how much of the present it had
 * foreseen. docs/algorithms/htm.md says every step exactly; test/reference/htm is the same as a
 * plain program, and a test holds both equal at every record.
 *
 * Source: Numenta, BAMI, "Spatial Pooling Algorithm Implementation Details" and "Temporal Memory
 * Algorithm Details"; Cui, Ahmad, Hawkins, "The HTM Spatial Pooler", 2017; Hawkins and Ahmad 2016,
 * "Why Neurons Have Thousands of Synapses".
 *
 * The program is kernels/htm, in AssemblyScript; `kernel-bytes.ts` is what it compiles to. It has
 * vectors, bit counts and a memory that grows in place, and takes a third to a fifth of the time of
 * the same layout in typed arrays (docs/algorithms/htm.md).
 *
 * Cost: docs/algorithms/htm.md.
 */

import { ForewarnError } from '../../core/errors.ts'
import type { SnapshotReader, SnapshotWriter } from '../../core/snapshot.ts'
import { kernelBytes } from './kernel-bytes.ts'
import { PoolerMatrices } from './pooler-matrix.ts'
import type { PoolerMatrix, PoolerShape } from './pooler-matrix.ts'

/** What a kernel computes. Permanences in ten-thousandths. */
export interface KernelSettings {
  readonly shape: PoolerShape
  readonly activeColumns: number
  /** Active inputs of a record. */
  readonly activeInputs: number
  readonly poolerIncrement: number
  readonly poolerDecrement: number
  /** 0 switches boosting off. */
  readonly boostStrength: number
  /** 0 switches bumping off. */
  readonly weakShare: number
  readonly cellsPerColumn: number
  readonly synapsesMax: number
  readonly segmentsMax: number
  readonly segmentsPerCellMax: number
  readonly activationThreshold: number
  readonly matchingThreshold: number
  readonly newSynapses: number
  readonly connected: number
  readonly initial: number
  readonly increment: number
  readonly decrement: number
  /** What a segment loses for a prediction that did not come true. */
  readonly predictedDecrement: number
  /** Share of bursting columns from which a sequence starts anew; over 1: never. */
  readonly surpriseShare: number
  readonly seed: number
}

/** What the program offers; places are addresses in its memory. */
interface Program {
  setUp(): void
  update(inputCount: number, learning: number): number
  overlap(inputCount: number): number
  inhibit(): void
  learnInputs(): void
  compare(): number
  learn(): void
  foresee(): void
  keepPresent(): void
  returnToPresent(): void
  save(): void
  restore(): number
  nextInputsAt(): number
  columnsAt(): number
  connectedRowsAt(): number
  slacksAt(): number
  winnerCellsAt(): number
  winnerCellCount(): number
  segmentCount(): number
  synapseCount(): number
}

/** The part of WebAssembly used here, which the language's own library does not describe. */
interface Assembly {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
  readonly Instance: new (module: object, imports: object) => { exports: unknown }
}

declare const WebAssembly: Assembly

/** Where the program reads its settings. */
const settingsAt = 64
const fractionsAt = settingsAt + 88
const settingsBytes = 128

/** 65,536 pages of 64 KB. */
const pages = { initial: 1, maximum: 65536 }

const none = new Uint8Array(0)

/** Pooler and memory of one series. */
export class Kernel {
  readonly #settings: KernelSettings
  readonly #base: PoolerMatrix
  readonly #memory: { buffer: ArrayBuffer }
  readonly #program: Program
  /** Views on the program's memory, made anew when it has grown. */
  #halves = new Uint16Array(0)
  #inputs = new Uint16Array(0)
  #columns = new Uint16Array(0)
  /** Of a snapshot: written so far, or left to read. */
  #stream: SnapshotStream = { written: none, length: 0, left: none }

  constructor(module: object, settings: KernelSettings, base: PoolerMatrix) {
    this.#settings = settings
    this.#base = base
    const memory = new WebAssembly.Memory(pages)
    this.#memory = memory
    const host = {
      exp: Math.exp,
      copyRow: (column: number, into: number) => this.#copyRow(column, into),
      emit: (at: number, bytes: number) => this.#emit(at, bytes),
      refill: (at: number, bytesMax: number) => this.#refill(at, bytesMax),
    }
    this.#program = new WebAssembly.Instance(module, { env: { memory }, host }).exports as Program
    this.#writeSettings()
    this.#program.setUp()
    const { connectedRows, slack } = base
    new Uint32Array(memory.buffer, this.#program.connectedRowsAt()).set(connectedRows)
    new Uint16Array(memory.buffer, this.#program.slacksAt()).set(slack)
  }

  #writeSettings(): void {
    const s = this.#settings
    const { inputCount, columnCount, connected } = s.shape
    const words = [
      inputCount,
      columnCount,
      s.activeColumns,
      s.activeInputs,
      connected,
      s.poolerIncrement,
      s.poolerDecrement,
      s.cellsPerColumn,
      s.synapsesMax,
      s.segmentsMax,
      s.activationThreshold,
      s.matchingThreshold,
      s.connected,
      s.initial,
      s.increment,
      s.decrement,
      s.predictedDecrement,
      s.newSynapses,
      s.segmentsPerCellMax,
      s.seed,
      Math.ceil(s.surpriseShare * s.activeColumns),
      s.surpriseShare <= 1 && s.cellsPerColumn > 1 ? 1 : 0,
    ]
    new Uint32Array(this.#memory.buffer, settingsAt, settingsBytes / 4).set(words)
    const fractions = new Float64Array(this.#memory.buffer, fractionsAt, 2)
    fractions.set([s.boostStrength, s.weakShare])
  }

  #copyRow(column: number, into: number): void {
    if (this.#halves.buffer !== this.#memory.buffer) this.#view()
    this.#halves.set(this.#base.rows[column]!, into / 2)
  }

  /**
   * Takes the active inputs, ascending, and returns how many of the active columns burst. Then
   * learns, unless masked, and foresees the next record.
   */
  update(inputs: Uint16Array, learning: boolean): number {
    this.#place(inputs)
    return this.#program.update(inputs.length, learning ? 1 : 0)
  }

  #place(inputs: Uint16Array): void {
    if (this.#inputs.buffer !== this.#memory.buffer) this.#view()
    this.#inputs.set(inputs)
  }

  #view(): void {
    const { activeInputs, activeColumns } = this.#settings
    const { buffer } = this.#memory
    this.#halves = new Uint16Array(buffer)
    this.#inputs = new Uint16Array(buffer, this.#program.nextInputsAt(), activeInputs)
    this.#columns = new Uint16Array(buffer, this.#program.columnsAt(), activeColumns)
  }

  /**
   * The stages of `update` by themselves, for measurements: call them in the order in which they
   * stand, `inhibit` only where `overlap` is not 0.
   */
  get stages(): Stages {
    const program = this.#program
    return {
      overlap: (inputs) => {
        this.#place(inputs)
        return program.overlap(inputs.length)
      },
      inhibit: () => program.inhibit(),
      learnInputs: () => program.learnInputs(),
      compare: () => program.compare(),
      learn: () => program.learn(),
      foresee: () => program.foresee(),
    }
  }

  /** Active columns of the last record, ascending; valid until the next call. */
  get columns(): Uint16Array {
    if (this.#columns.buffer !== this.#memory.buffer) this.#view()
    return this.#columns
  }

  /** Winner cells of the last record (column × 32 + cell), ascending; valid until the next call. */
  get winners(): Uint16Array {
    const count = this.#program.winnerCellCount()
    return new Uint16Array(this.#memory.buffer, this.#program.winnerCellsAt(), count)
  }

  get segmentCount(): number {
    return this.#program.segmentCount()
  }

  get synapseCount(): number {
    return this.#program.synapseCount()
  }

  /** Bytes held, without the shared initial matrix. */
  get sizeBytes(): number {
    return this.#memory.buffer.byteLength
  }

  /** Keeps the present, to come back to after records that are only imagined, not learned. */
  keepPresent(): void {
    this.#program.keepPresent()
  }

  /** Comes back to the present kept. */
  returnToPresent(): void {
    this.#program.returnToPresent()
  }

  /** Writes the state; equal states give equal bytes. kernels/htm/snapshot.ts says how. */
  snapshot(writer: SnapshotWriter): void {
    this.#stream = { written: new Uint8Array(65536), length: 0, left: none }
    this.#program.save()
    writer.bytes(this.#stream.written.subarray(0, this.#stream.length))
    this.#stream.written = none
  }

  #emit(at: number, bytes: number): void {
    const stream = this.#stream
    if (stream.length + bytes > stream.written.length) {
      const grown = new Uint8Array(2 * stream.written.length)
      grown.set(stream.written)
      stream.written = grown
    }
    stream.written.set(new Uint8Array(this.#memory.buffer, at, bytes), stream.length)
    stream.length += bytes
  }

  /** Reads the state into a kernel that has seen nothing. */
  restore(reader: SnapshotReader): void {
    this.#stream = { written: none, length: 0, left: reader.bytes() }
    const sound = this.#program.restore() !== 0 && this.#stream.left.length === 0
    this.#stream.left = none
    if (sound) return
    const message = 'cannot read the snapshot: a number of the memory is not sound'
    throw new ForewarnError('ERR_SNAPSHOT_DAMAGED', message)
  }

  #refill(at: number, bytesMax: number): number {
    const bytes = this.#stream.left.subarray(0, bytesMax)
    new Uint8Array(this.#memory.buffer, at, bytesMax).set(bytes)
    this.#stream.left = this.#stream.left.subarray(bytes.length)
    return bytes.length
  }
}

interface SnapshotStream {
  written: Uint8Array
  length: number
  left: Uint8Array
}

/** What one record takes, step by step. */
export interface Stages {
  /** 0 where no input has changed. */
  overlap(inputs: Uint16Array): number
  inhibit(): void
  learnInputs(): void
  /** Bursting columns. */
  compare(): number
  learn(): void
  foresee(): void
}

/** Makes kernels that share the compiled program and the initial matrices of their poolers. */
export class Kernels {
  readonly #matrices: PoolerMatrices
  #module: object | undefined

  /** Holds the matrices of the last so many different settings. */
  constructor(matricesMax: number) {
    this.#matrices = new PoolerMatrices(matricesMax)
  }

  create(settings: KernelSettings): Kernel {
    this.#module ??= new WebAssembly.Module(kernelBytes())
    return new Kernel(this.#module, settings, this.#matrices.find(settings.shape))
  }
}
