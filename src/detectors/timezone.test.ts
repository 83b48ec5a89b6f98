import { describe, expect, test, vi } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { Random } from '../core/random.ts'
import { Auto } from './auto.ts'
import { autoOptions } from './auto/options.ts'
import type { Detector } from './detector.ts'
import { Seasonal, seasonalOptions } from './seasonal.ts'
import { calendars, checkTimezone } from './timezone.ts'

const stepMs = 300_000
const hourMs = 3_600_000
const dayMs = 86_400_000
/** Clocks in Germany go from 2 to 3 h at 01:00 UTC, and from 3 to 2 h. */
const springMs = Date.parse('2026-03-29T01:00:00Z')
const autumnMs = Date.parse('2026-10-25T01:00:00Z')

/** Busy from 9 to 17 h in Berlin, on every day. */
function busy(timestampMs: number, changeMs: number, hoursBefore: number): boolean {
  const hours = timestampMs < changeMs ? hoursBefore : 3 - hoursBefore
  const hour = ((timestampMs + hours * hourMs) % dayMs) / hourMs
  return hour >= 9 && hour < 17
}

/** How far off what was expected is on the mean, on the day of the change and the one after. */
function errorAround(detector: Detector, changeMs: number, hoursBefore: number): number {
  const random = new Random(5)
  const assessment = new Assessment()
  let [sum, count] = [0, 0]
  for (let atMs = changeMs - 21 * dayMs; atMs < changeMs + 2 * dayMs; atMs += stepMs) {
    const value = (busy(atMs, changeMs, hoursBefore) ? 100 : 20) + random.gaussian(0, 1)
    assessment.clear()
    detector.update(atMs, value, 'on', assessment)
    if (atMs < changeMs) continue
    sum += Math.abs(assessment.expected - value)
    count++
  }
  return sum / count
}

const auto = (timezone: string): Detector =>
  new Auto(optionsWithDefaults(autoOptions, { timezone }))
const seasonal = (timezone: string): Detector =>
  new Seasonal(optionsWithDefaults(seasonalOptions, { timezone }))

describe.each([
  ['auto', auto],
  ['seasonal', seasonal],
])('%s follows the local clock', (_name, create) => {
  test.each([
    ['put forward', springMs, 1],
    ['put back', autumnMs, 2],
  ])('when it is %s', (_change, changeMs, hoursBefore) => {
    const local = errorAround(create('Europe/Berlin'), changeMs, hoursBefore)
    const utc = errorAround(create('UTC'), changeMs, hoursBefore)
    // By UTC each step of the day comes an hour off.
    expect(local).toBeLessThan(2)
    expect(utc).toBeGreaterThan(1.3 * local)
  })
})

test('the platform is not asked for each sample', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts')
  errorAround(seasonal('Europe/Berlin'), springMs, 1)
  const once = asked.mock.calls.length
  expect(once).toBeGreaterThan(0)
  expect(once).toBeLessThan(100)
  asked.mockRestore()
})

test('a zone that there is not is refused, and one calendar serves all series of a zone', () => {
  expect(() => checkTimezone({ timezone: 'Europe/Berlin' })).not.toThrow()
  expect(() => checkTimezone({ timezone: 'Nowhere/Land' })).toThrow(/expected an IANA zone/)
  const calendarOf = calendars()
  const berlin = calendarOf({ timezone: 'Europe/Berlin' })
  expect(calendarOf({ timezone: 'Europe/Berlin' })).toBe(berlin)
  expect(calendarOf({ timezone: 'UTC' })).not.toBe(berlin)
})
