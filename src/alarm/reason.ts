/** Why an alarm fired, in words for people. */

import type { Assessment } from '../core/assessment.ts'

/** Significant digits that a person reads in an alarm. */
const digits = 4

/** A number as people write it: four significant digits, no trailing zeros. */
export function readable(value: number): string {
  return String(Number(value.toPrecision(digits)))
}

/**
 * `412, expected 180 to 260` from the band; with the detector's evidence where it gave some:
 * `412, expected 180 to 260; never seen at this hour`. How rare it is comes last, where the score
 * says more than "always".
 */
export function reasonInWords(value: number, assessment: Assessment): string {
  const parts = [readable(value)]
  if (!Number.isNaN(assessment.lower)) {
    parts.push(`expected ${readable(assessment.lower)} to ${readable(assessment.upper)}`)
  }
  let words = parts.join(', ')
  if (assessment.evidence !== '') words += '; ' + assessment.evidence
  return assessment.foretells ? words : words + rarity(assessment.score)
}

/** `; once in 1000 samples`, from one minus the tail probability. */
function rarity(score: number): string {
  const tail = 1 - score
  if (tail >= 0.5) return ''
  if (tail < 1e-9) return '; never seen before'
  return `; once in ${readable(1 / tail)} samples`
}
