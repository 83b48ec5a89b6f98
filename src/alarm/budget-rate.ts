/** How many alarms in how long: `1 per week`. */

const hourMs = 3_600_000

/** Milliseconds of the words; a month has thirty days. */
const intervals: Readonly<Record<string, number>> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 168 * hourMs,
  month: 720 * hourMs,
}

/** The word where there is no budget. */
export const noBudget = 'none'

const alarmsMax = 1000

/** A budget as numbers. */
export interface BudgetRate {
  readonly alarms: number
  readonly intervalMs: number
}

/** What a text says, for the message where one says nothing. */
export const budgetAllowed =
  `none, or such as "1 per week": up to ${alarmsMax} per ` + Object.keys(intervals).join(', ')

/** The budget of a text; undefined for `none` and where it is no budget. */
export function budgetRate(text: string): BudgetRate | undefined {
  const match = /^(\d{1,4}(?:\.\d{1,3})?) per ([a-z]{1,5})$/.exec(text)
  const word = match?.[2] ?? ''
  const intervalMs = Object.hasOwn(intervals, word) ? intervals[word] : undefined
  const alarms = Number(match?.[1])
  if (intervalMs === undefined || !(alarms > 0 && alarms <= alarmsMax)) return undefined
  return { alarms, intervalMs }
}
