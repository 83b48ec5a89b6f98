/**
 * Walks a text of JSON objects and arrays of objects, one behind the other, as both JSON codecs
 * read it. The codec reads each object and says whether it was JSON; what this part knows is how
 * to go on:
 *
 *   payload = { object | array of objects }
 *
 * Where the text is no JSON, what was refused and observed of the broken value stays where whole
 * objects of an array came before the fault, one refusal is added, and reading goes on behind the
 * line in which the value began or the last whole object ended. An element of an array that is no
 * object is refused alone. Cost: one call an object.
 */

import { afterByteOrderMark, lineEnd } from '../../core/byte-text.ts'
import { Decoded } from '../../core/decoded.ts'
import { closeBracket, comma, JsonText, openBrace, openBracket } from '../../core/json-text.ts'
import type { Observation, Origin } from '../../core/observation.ts'
import type { Rejection } from '../../core/rejection.ts'

/** Where an object stands: by itself, or as the element of an array. */
export type Place = 'top' | 'inner'

/** Reads the object at the text's place. False where it is no JSON. */
export type ObjectReader = (place: Place) => boolean

const noBytes = new Uint8Array(0)

/** See the head of the file. */
export class JsonDocuments {
  readonly decoded = new Decoded()
  readonly json = new JsonText()
  readonly #object: ObjectReader
  readonly #noun: string
  /** Refusals before the object that is being read. */
  #refused = 0
  /** Where the last object ended that was read as a whole. */
  #wholeEnd = 0

  /** With what reads an object, and what it is called in the singular: `metric`. */
  constructor(object: ObjectReader, noun: string) {
    this.#object = object
    this.#noun = noun
  }

  /** Reads a whole payload. */
  decode(bytes: Uint8Array, origin: Origin, observations: Observation[]): readonly Rejection[] {
    const { decoded, json } = this
    decoded.open(bytes, origin, observations)
    this.#wholeEnd = 0
    json.open(bytes, afterByteOrderMark(bytes), bytes.length)
    for (json.next(); json.at < json.limit; json.next()) {
      const start = json.at
      const first = bytes[start]
      this.#refused = decoded.refused
      if (first === openBrace && this.#object('top')) continue
      if (first === openBracket && this.elements()) continue
      decoded.takeBack(this.#refused)
      const end = lineEnd(bytes, Math.max(start, this.#wholeEnd))
      decoded.refuse('malformed', `the text is not JSON of ${this.#noun}s`, start, end)
      json.at = end
    }
    json.open(noBytes, 0, 0)
    return decoded.close()
  }

  /** Reads the array at the text's place. False where it is no JSON. */
  elements(): boolean {
    const { decoded, json } = this
    json.at++
    if (json.take(closeBracket)) return true
    do {
      this.#refused = decoded.refused
      const isObject = json.next() === openBrace
      const start = json.at
      if (!(isObject ? this.#object('inner') : json.skip())) return false
      if (!isObject) decoded.refuse('malformed', `a ${this.#noun} is no object`, start, json.at)
    } while (json.take(comma))
    return json.take(closeBracket)
  }

  /** Whether something of the object that is being read was refused. */
  hasRefused(): boolean {
    return this.decoded.refused !== this.#refused
  }

  /** The object that ends here is refused as a whole, and what was refused of its parts is not. */
  takeBack(): void {
    this.decoded.takeBack(this.#refused)
  }

  /** The object that ends here was read as a whole, and its refusals stand. */
  finish(end: number): void {
    this.#wholeEnd = end
    this.#refused = this.decoded.refused
  }
}
