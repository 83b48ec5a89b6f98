/**
 * Standard input: whole lines until it ends, as in `tail -F access.log | forewarn run`.
 */

import type { Readable } from 'node:stream'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { LinePayloads } from './framing/line-payloads.ts'
import { streamedLines } from './framing/streamed-lines.ts'
import type { Source, SourceSurroundings } from './source.ts'

const mebibyte = 1024 ** 2

export const stdinOptions = {
  lineBytesMax: {
    kind: 'size',
    min: 256,
    max: 64 * mebibyte,
    default: mebibyte,
    about: 'A longer line is refused and what comes after it is read on.',
  },
} as const satisfies OptionSpecs

export type StdinOptions = OptionsOf<typeof stdinOptions>

/** See the head of the file. The offset of a record is the position of the byte behind it. */
export class StdinSource implements Source {
  readonly #options: StdinOptions
  readonly #surroundings: SourceSurroundings
  readonly #input: Readable

  constructor(
    options: StdinOptions,
    surroundings: SourceSurroundings,
    input: Readable = process.stdin,
  ) {
    this.#options = options
    this.#surroundings = surroundings
    this.#input = input
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { name, clock, onRejection } = this.#surroundings
    const payloads = new LinePayloads(this.#options.lineBytesMax, 0, onRejection)
    for await (const payload of streamedLines(this.#input, payloads, 'standard input', signal)) {
      const { bytes, endOffset: offset } = payload
      const origin = { partition: name, offset, receivedMs: clock.nowMs() }
      yield { records: [{ kind: 'data', bytes, origin }], acknowledge: () => {} }
    }
  }
}
