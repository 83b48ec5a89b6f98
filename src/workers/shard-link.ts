/**
 * The main thread's end of one shard: what was sent and is not answered, in order, and the buffers
 * that go to and fro.
 */

import type { RowPacket } from '../core/score-rows.ts'
import type { Channel } from './channel.ts'
import type { Answer, Request } from './messages.ts'
import { ShardWork } from './piece.ts'
import type { Piece } from './piece.ts'

/** What a shard has copied at a cut. */
export interface ShardCopies {
  readonly packets: readonly Uint8Array[]
  readonly forgotten: readonly string[]
}

/** What is done when a shard answers, or does no more. */
export interface LinkParts {
  readonly worked: () => void
  readonly takeRows: (packet: RowPacket) => void
  readonly broken: (error: unknown) => void
}

/** Buffers kept for later, at most. */
const buffersMax = 8

const noBuffer = new Float64Array(0)

/** See the head of the file. */
export class ShardLink {
  readonly #channel: Channel
  readonly #parts: LinkParts
  /** What is to be answered; a piece without work of its own is a cut. */
  readonly #working: { readonly work: ShardWork | undefined; readonly piece: Piece }[] = []
  readonly #asked: ((answer: Answer) => void)[] = []
  readonly #buffers: Float64Array<ArrayBuffer>[] = []
  #packets: Uint8Array[] = []
  #copies = Promise.withResolvers<ShardCopies>()

  constructor(channel: Channel, parts: LinkParts) {
    this.#channel = channel
    this.#parts = parts
    channel.open((answer) => this.#take(answer), parts.broken)
  }

  /** Work to be filled. */
  newWork(): ShardWork {
    return new ShardWork(this.#buffer())
  }

  /** Work that was not needed. */
  unused(work: ShardWork): void {
    this.#keep(work.samples.values)
  }

  send(work: ShardWork, piece: Piece): void {
    piece.pending++
    this.#working.push({ work, piece })
    const request = work.request(this.#buffer())
    this.#channel.post(request, [request.samples.buffer, request.spare.buffer])
  }

  /** The reports of the work are read: its buffers may be filled anew. */
  takeBack({ done }: ShardWork): void {
    if (done === undefined) return
    this.#keep(done.samples)
    this.#keep(done.rows)
  }

  #buffer(): Float64Array<ArrayBuffer> {
    return this.#buffers.pop() ?? noBuffer.slice()
  }

  #keep(buffer: Float64Array<ArrayBuffer>): void {
    if (buffer.length > 0 && this.#buffers.length < buffersMax) this.#buffers.push(buffer)
  }

  #take(answer: Answer): void {
    if (answer.did === 'rows') this.#parts.takeRows(answer.packet)
    else if (answer.did === 'work' || answer.did === 'cut') {
      const first = this.#working.shift()
      if (first === undefined) return
      if (first.work !== undefined && answer.did === 'work') first.work.done = answer
      first.piece.pending--
      this.#parts.worked()
    } else if (answer.did === 'copies') this.#packets.push(answer.packet)
    else if (answer.did === 'copied') {
      this.#copies.resolve({ packets: this.#packets, forgotten: answer.forgotten })
      this.#packets = []
    } else this.#asked.shift()?.(answer)
  }

  /** The piece stands for the cut: it is answered once the cut is drawn. */
  cut(piece: Piece): void {
    piece.pending++
    this.#working.push({ work: undefined, piece })
    this.#copies = Promise.withResolvers()
    this.#channel.post({ do: 'cut' }, [])
  }

  /** The copies of the last cut, once they are all here. */
  copies(): Promise<ShardCopies> {
    return this.#copies.promise
  }

  say(request: Request): void {
    this.#channel.post(request, [])
  }

  ask(request: Request, buffers: readonly ArrayBuffer[]): Promise<Answer> {
    return new Promise((resolve) => {
      this.#asked.push(resolve)
      this.#channel.post(request, buffers)
    })
  }

  close(): Promise<void> {
    return this.#channel.close()
  }
}
