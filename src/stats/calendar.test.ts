import { expect, test, vi } from 'vitest'
import { Calendar } from './calendar.ts'

const hourMs = 3_600_000
const quarterMs = hourMs / 4
const dayMs = 24 * hourMs

/** Hours since local midnight. */
function hour(zone: string, time: string): number {
  return new Calendar(zone).timeOfDayMs(Date.parse(time)) / hourMs
}

test('the time of day is that of the zone, on both sides of a change of its clock', () => {
  const f = (zone: string, time: string, want: number) => expect(hour(zone, time)).toBe(want)
  f('UTC', '2026-03-29T01:00:00Z', 1)
  // Germany: 2 h becomes 3 h at 01:00 UTC on 29 March 2026, 3 h becomes 2 h on 25 October.
  f('Europe/Berlin', '2026-03-29T00:59:00Z', 1 + 59 / 60)
  f('Europe/Berlin', '2026-03-29T01:00:00Z', 3)
  f('Europe/Berlin', '2026-10-25T00:30:00Z', 2.5)
  f('Europe/Berlin', '2026-10-25T01:30:00Z', 2.5)
  f('Asia/Kathmandu', '2026-01-01T00:00:00Z', 5.75)
  // Lord Howe Island moves its clock by half an hour: 11 h becomes 10.5 h at 15:00 UTC.
  f('Australia/Lord_Howe', '2026-04-04T14:59:00Z', 1 + 59 / 60)
  f('Australia/Lord_Howe', '2026-04-04T15:00:00Z', 1.5)
})

test('the week begins on Monday, local time', () => {
  const calendar = new Calendar('America/New_York')
  expect(calendar.timeOfWeekMs(Date.parse('2026-06-01T04:00:00Z'))).toBe(0)
  expect(calendar.timeOfWeekMs(Date.parse('2026-06-01T03:59:00Z'))).toBe(7 * dayMs - 60_000)
})

test('every quarter of an hour of two years agrees with what the platform shows', () => {
  for (const timeZone of ['Europe/Berlin', 'America/St_Johns', 'Africa/Casablanca']) {
    const calendar = new Calendar(timeZone)
    const shown = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    const from = Date.parse('2025-01-01T00:00:00Z')
    for (let i = 0; i < 2 * 365 * 24 * 4; i += 3) {
      const timeMs = from + i * quarterMs
      const [hours = 0, minutes = 0] = shown.format(timeMs).split(':').map(Number)
      const want = (hours * 60 + minutes) * 60_000
      if (calendar.timeOfDayMs(timeMs) !== want) expect.unreachable(`${timeZone} ${timeMs}`)
    }
  }
})

test('the platform is not asked for each sample', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts')
  const calendar = new Calendar('Europe/Berlin')
  const from = Date.parse('2025-01-01T00:00:00Z')
  for (let i = 0; i < 365; i++) calendar.timeOfDayMs(from + i * dayMs)
  for (let i = 0; i < 365; i++) calendar.timeOfWeekMs(from + i * dayMs)
  // 47 spans of two ends each, and two changes sought among 768 quarters.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(2 * 47 + 2 * 10)
  asked.mockRestore()
})

test('an unknown zone is a RangeError, and the ends of time are no error', () => {
  expect(() => new Calendar('Nowhere/Land')).toThrow(RangeError)
  const calendar = new Calendar('Europe/Berlin')
  for (const timeMs of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, -1]) {
    const time = calendar.timeOfDayMs(timeMs)
    expect(time >= 0 && time < dayMs).toBe(true)
  }
})
