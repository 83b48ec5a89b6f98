/**
 * A progress bar on stderr, where stderr is a terminal; nothing where it is a file or a pipe.
 *
 *   replay  ██████████░░░░░░░░░░  51 %  1,250,000 rows
 */

import type { Clock } from '../core/clock.ts'
import type { Output } from './command.ts'

/** Cells of the bar. */
const cells = 20

/** Redrawn at most this often: fast enough for eyes, slow enough to cost nothing. */
const redrawMs = 100

/** See the head of the file. Call `end` before anything else is written to stderr. */
export class Progress {
  readonly #output: Output
  readonly #clock: Clock
  readonly #title: string
  #lastDrawnMs = -Infinity
  #drawn = false

  constructor(title: string, output: Output, clock: Clock) {
    this.#title = title
    this.#output = output
    this.#clock = clock
  }

  /** `share` in [0, 1], NaN where the length of the work is not known; `note` stands behind it. */
  update(share: number, note: string): void {
    if (this.#output.isTTY !== true) return
    const nowMs = this.#clock.nowMs()
    if (nowMs - this.#lastDrawnMs < redrawMs) return
    this.#lastDrawnMs = nowMs
    this.#drawn = true
    this.#output.write(`\r\x1b[2K${this.#title}  ${bar(share)}${note}`)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn) this.#output.write('\r\x1b[2K')
    this.#drawn = false
  }
}

function bar(share: number): string {
  if (Number.isNaN(share)) return ''
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells)
  const percent = String(Math.floor(share * 100)).padStart(3)
  return '█'.repeat(full) + '░'.repeat(cells - full) + ` ${percent} %  `
}
