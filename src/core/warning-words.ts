/** What a warning says, in words for people. */

import type { WarningReport } from './report.ts'

/** Significant digits that a person reads. */
const digits = 4

/**
 * `mean 70 or more, P 0.93 within 50 s, expected in 23 s; cpu leads`, and of an outcome
 * `came true: mean 70 or more, warned 31 s ahead`.
 */
export function warningInWords(warning: WarningReport): string {
  const { state, metric, limit, horizonMs, probability, expectedMs, toldMs, leading } = warning
  const breach = `${metric} ${readable(limit)} or more`
  if (state === 'missed') return `${breach}, without a warning`
  if (state === 'true') return `came true: ${breach}, warned ${seconds(warning.leadMs)} ahead`
  const said = `${breach}, P ${probability.toFixed(2)} within ${seconds(horizonMs)}`
  if (state === 'false') return `did not come true: ${said}`
  return `${said}, expected in ${seconds(expectedMs - toldMs)}; ${leading} leads`
}

function seconds(ms: number): string {
  return `${readable(ms / 1000)} s`
}

function readable(value: number): string {
  return String(Number(value.toPrecision(digits)))
}
