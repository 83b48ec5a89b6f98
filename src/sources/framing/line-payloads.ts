/**
 * Payloads of whole lines out of a stream of bytes, each with its position in the stream.
 *
 *   stream     a 1\nb 2\nc 3\nd
 *   chunks     a 1\nb ....3\nd
 *   payloads   a 1\n    end 4
 *              b 2\nc 3\n    end 12
 *
 * The position of a payload is that of the byte behind it: where reading goes on once it is taken.
 */

import { LineFramer } from '../../core/line-framer.ts'
import type { Rejection } from '../../core/rejection.ts'
import type { RejectionListener } from '../source.ts'

const newline = 10

/** Whole lines and the position of the byte behind them. */
export interface LinePayload {
  readonly bytes: Uint8Array
  readonly endOffset: number
}

/** See the head of the file. */
export class LinePayloads {
  readonly #framer: LineFramer
  readonly #onRejection: RejectionListener
  /** Position of the byte behind all that was pushed. */
  #offset: number

  constructor(lineBytesMax: number, startOffset: number, onRejection: RejectionListener) {
    this.#framer = new LineFramer(lineBytesMax)
    this.#onRejection = onRejection
    this.#offset = startOffset
  }

  /** Takes a chunk; the whole lines so far, or undefined where none has ended. */
  push(chunk: Uint8Array): LinePayload | undefined {
    const rejections: Rejection[] = []
    const bytes = this.#framer.push(chunk, rejections)
    for (const rejection of rejections) this.#onRejection(rejection)
    const endOffset = this.#offset + chunk.lastIndexOf(newline) + 1
    this.#offset += chunk.length
    return bytes.length === 0 ? undefined : { bytes, endOffset }
  }

  /** The last line where nothing ended it, at the end of the stream. */
  flush(): LinePayload | undefined {
    const bytes = this.#framer.flush()
    return bytes.length === 0 ? undefined : { bytes, endOffset: this.#offset }
  }
}
