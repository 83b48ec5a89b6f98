/**
 * The cells of a CSV row, as ranges of its bytes.
 *
 *   row  = cell { delimiter cell }
 *   cell = blanks, ( `"` { any byte, `""` for a quote } `"` | bytes without delimiter ), blanks
 *
 * Source: RFC 4180. Differs: a row ends with its line, in quotes too, because streams are cut at
 * line ends; blanks around a cell are not part of it.
 */

import { utf8Text } from '../../core/byte-text.ts'

const space = 32
const tab = 9
const quote = 34

/** See the head of the file. */
export class CsvCells {
  /** How many cells were read. */
  count = 0
  /** Where each starts and ends, quotes apart. Only the first `count` hold. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly #delimiter: number

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  /**
   * Reads the cells of a row, at most `countMax` of them. False where a quote is not closed, or
   * something stands behind a closed one.
   */
  read(bytes: Uint8Array, start: number, end: number, countMax: number): boolean {
    const delimiter = this.#delimiter
    this.count = 0
    let at = start
    while (this.count < countMax) {
      while (at < end && isBlank(bytes[at]!, delimiter)) at++
      let cellEnd = at
      if (at < end && bytes[at] === quote) {
        cellEnd = closingQuote(bytes, at + 1, end)
        if (cellEnd === end) return false
        this.#add(at + 1, cellEnd)
        cellEnd++
        while (cellEnd < end && isBlank(bytes[cellEnd]!, delimiter)) cellEnd++
        if (cellEnd < end && bytes[cellEnd] !== delimiter) return false
      } else {
        while (cellEnd < end && bytes[cellEnd] !== delimiter) cellEnd++
        let textEnd = cellEnd
        while (textEnd > at && isBlank(bytes[textEnd - 1]!, delimiter)) textEnd--
        this.#add(at, textEnd)
      }
      if (cellEnd >= end) return true
      at = cellEnd + 1
    }
    return true
  }

  #add(start: number, end: number): void {
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.count++
  }

  /** The text of a cell; undefined where it is not valid UTF-8. */
  text(bytes: Uint8Array, index: number): string | undefined {
    const text = utf8Text(bytes, this.starts[index] as number, this.ends[index] as number)
    return text?.replaceAll('""', '"')
  }
}

function isBlank(byte: number, delimiter: number): boolean {
  return (byte === space || byte === tab) && byte !== delimiter
}

/** The quote that ends a cell: one that no other quote follows. `end` where there is none. */
function closingQuote(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    if (bytes[at] !== quote) at++
    else if (at + 1 < end && bytes[at + 1] === quote) at += 2
    else return at
  }
  return end
}
