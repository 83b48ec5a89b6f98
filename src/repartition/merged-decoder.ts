/**
 * Reads a partition of the samples, and makes the one time of it out of what its records say of the
 * partitions of the input.
 */

import type { Decoder } from '../codecs/codec.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Rejection } from '../core/rejection.ts'
import type { MergedTime } from '../series/merged-time.ts'

/** A decoder that says how far a partition of the input has come; codecs/samples.ts. */
export interface MarkedDecoder extends Decoder {
  readonly partition: string
  readonly markMs: number | undefined
}

/** See the head of the file. */
export class MergedDecoder implements Decoder {
  readonly #decoder: MarkedDecoder
  readonly #time: MergedTime

  constructor(decoder: MarkedDecoder, time: MergedTime) {
    this.#decoder = decoder
    this.#time = time
  }

  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    return this.#decoder.decode(bytes, origin, observations)
  }

  tickMs(): number | undefined {
    const { partition, markMs } = this.#decoder
    return markMs === undefined ? undefined : this.#time.take(partition, markMs)
  }
}
