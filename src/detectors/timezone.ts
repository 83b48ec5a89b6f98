/** The option of detectors that know the time of day: whose clock it is told by. */

import { ForewarnError } from '../core/errors.ts'
import { Calendar } from '../stats/calendar.ts'

export const timezoneOption = {
  kind: 'text',
  default: 'UTC',
  about:
    'Whose clock tells the time of day and of the week, summer time included: an IANA zone, as ' +
    'Europe/Berlin.',
} as const

/** Throws ERR_CONFIG_INVALID for a zone that there is not. */
export function checkTimezone({ timezone }: { readonly timezone: string }): void {
  try {
    void new Calendar(timezone)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const expected = 'expected an IANA zone such as Europe/Berlin'
    throw new ForewarnError('ERR_CONFIG_INVALID', `timezone: ${expected}, found "${timezone}"`)
  }
}

/** The calendar of each zone, one for all series. */
export function calendars(): (options: { readonly timezone: string }) => Calendar {
  const known = new Map<string, Calendar>()
  return ({ timezone }) => {
    const calendar = known.get(timezone) ?? new Calendar(timezone)
    known.set(timezone, calendar)
    return calendar
  }
}
