/** What a replay counts, and its last word on stderr. */

import type { RejectionReason } from '../../core/rejection.ts'
import type { Verdict } from './judge.ts'

/** Refused rows that are shown, the first of each file's reasons. */
const examplesMax = 5

/** See the head of the file. */
export class Tally {
  rows = 0
  anomalous = 0
  alarms = 0
  readonly #refused = new Map<RejectionReason, number>()
  readonly #examples: string[] = []

  take({ status, reason, detail, alarms }: Verdict, file: string, rowNumber: number): void {
    this.rows++
    if (status === 'anomalous') this.anomalous++
    for (const { state } of alarms) if (state === 'firing') this.alarms++
    if (reason === '') return
    const count = this.#refused.get(reason) ?? 0
    this.#refused.set(reason, count + 1)
    if (count === 0 && this.#examples.length < examplesMax) {
      this.#examples.push(`${file} row ${rowNumber}: ${reason}: ${printable(detail)}`)
    }
  }

  get refused(): number {
    let sum = 0
    for (const count of this.#refused.values()) sum += count
    return sum
  }

  /** `10,000 rows of 1 series: 12 anomalous, 3 alarms, 2 refused (duplicate 2)`. */
  summary(seriesCount: number): string {
    const counts = [
      `${grouped(this.anomalous)} anomalous`,
      this.alarms === 1 ? '1 alarm' : `${grouped(this.alarms)} alarms`,
      `${grouped(this.refused)} refused${this.#reasons()}`,
    ]
    const rows = this.rows === 1 ? '1 row' : `${grouped(this.rows)} rows`
    return `${rows} of ${grouped(seriesCount)} series: ${counts.join(', ')}`
  }

  #reasons(): string {
    if (this.#refused.size === 0) return ''
    const parts = [...this.#refused].map(([reason, count]) => `${reason} ${grouped(count)}`)
    return ` (${parts.join(', ')})`
  }

  /** The first refused row of each reason. */
  get examples(): readonly string[] {
    return this.#examples
  }
}

/** With commas between thousands. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Control characters as escapes: the text is a stranger's, the terminal is not. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => {
    return '\\x' + char.charCodeAt(0).toString(16).padStart(2, '0')
  })
}
