/**
 * The main thread's end of one shard: what was sent and is not answered, in order, and the
 * buffers that both sides share.
 */

import type { RowPacket } from '../core/score-rows.ts'
import type { Channel } from './channel.ts'
import type { Answer, Request } from './messages.ts'
import { ShardWork } from './piece.ts'
import type { Piece, Slot } from './piece.ts'

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

/** See the head of the file. */
export class ShardLink {
  readonly #channel: Channel
  readonly #parts: LinkParts
  /** What is to be answered; a piece without work of its own is a cut. */
  readonly #working: { readonly work: ShardWork | undefined; readonly piece: Piece }[] = []
  readonly #asked: ((answer: Answer) => void)[] = []
  /** Slots that are free; as many are made as pieces are ever under way at once. */
  readonly #slots: Slot[] = []
  #slotCount = 0
  #packets: Uint8Array[] = []
  #copies = Promise.withResolvers<ShardCopies>()

  constructor(channel: Channel, parts: LinkParts) {
    this.#channel = channel
    this.#parts = parts
    channel.open((answer) => this.#take(answer), parts.broken)
  }

  /** Work to be filled. */
  newWork(): ShardWork {
    const fresh = { samples: undefined, rows: undefined }
    return new ShardWork(this.#slots.pop() ?? { index: this.#slotCount++, ...fresh })
  }

  send(work: ShardWork, piece: Piece): void {
    piece.pending++
    this.#working.push({ work, piece })
    this.#channel.post(work.request(), [])
  }

  /** The work was not needed, or its reports are read: its slot may be filled anew. */
  takeBack({ slot }: ShardWork): void {
    this.#slots.push(slot)
  }

  #take(answer: Answer): void {
    if (answer.did === 'rows') this.#parts.takeRows(answer.packet)
    else if (answer.did === 'work' || answer.did === 'cut') {
      const first = this.#working.shift()
      if (first === undefined) return
      if (answer.did === 'work') first.work?.answer(answer)
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
