/**
 * The interface of codecs: bytes to values and values to bytes.
 */

import type { AnyOptions, OptionSpecs } from '../core/options.ts'
import type { Observation, Origin } from '../core/observation.ts'
import type { Rejection } from '../core/rejection.ts'
import type { Reports } from '../core/score-run.ts'

/** What a payload holds, without its observations. */
export interface Findings {
  /** Samples that `decode` would have appended. */
  readonly found: number
  readonly rejections: readonly Rejection[]
}

/** Bytes to observations. */
export interface Decoder {
  /**
   * Decodes one payload and appends what it finds to `observations`, an array that the caller owns.
   * Returns what was refused, each with its reason; the good lines of the same payload are kept.
   *
   * Never throws on input, whatever the bytes are; takes time and space linear in them. `index` of
   * the observations counts up from 0 in the payload. Labels objects are held and handed out again
   * for the same identity, in a cache of bounded size, so the decoder is stateful only in speed.
   */
  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[]

  /**
   * What `decode` of the same payload would find and refuse, word for word, at less cost: for
   * senders that are told before anything is taken. Optional: speed alone.
   */
  check?(bytes: Uint8Array): Findings

  /**
   * Takes back observations that this decoder made and that nobody holds any more, and empties the
   * array: they are filled anew by the next `decode`, which then allocates nothing. No caller needs
   * to. Optional: speed alone.
   */
  recycle?(observations: Observation[]): void

  /**
   * To be asked once after each payload: time has come this far behind it, Unix milliseconds, so a
   * tick stands there. Undefined where it has not. Only of payloads that carry the time of others.
   */
  tickMs?(): number | undefined
}

/** Reports to bytes. Kinds that a format cannot carry are left out. */
export interface Encoder {
  /** Content type for HTTP. */
  readonly contentType: string
  /** The bytes of a batch, complete in themselves: one message or body. */
  encode(reports: Reports): Uint8Array
}

/** A row of the table of decoders. */
export interface DecoderRow {
  readonly about: string
  readonly options: OptionSpecs
  /** True where its payloads are messages that cannot be cut at line ends. */
  readonly isBinary?: true
  create(options: AnyOptions): Decoder
}

/** A row of the table of encoders. */
export interface EncoderRow {
  readonly about: string
  readonly options: OptionSpecs
  create(options: AnyOptions): Encoder
}
