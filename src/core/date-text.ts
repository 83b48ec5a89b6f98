/**
 * Dates out of bytes, and into text.
 *
 *   date = YYYY "-" MM "-" DD [ ( "T" | " " ) hh ":" mm [ ":" ss [ "." digits ] ] [ zone ] ]
 *   zone = [ " " ] ( "Z" | ( "+" | "-" ) hh [ [ ":" ] mm ] )
 *
 * `/` may stand in place of `-`, `,` in place of the point, and `t` and `z` for `T` and `Z`. A date
 * without a zone is UTC: the same file gives the same times wherever it is read. Second 60 is read
 * as the second after 59, as Unix time has no leap seconds.
 *
 * Source: ISO 8601 and RFC 3339; days from a civil date by Howard Hinnant, "chrono-compatible
 * low-level date algorithms" (days_from_civil, civil_from_days).
 */

const zero = 48
const space = 32
const plus = 43
const comma = 44
const minus = 45
const point = 46
const slash = 47
const colon = 58
const smallLetter = 0x20
const smallT = 116
const smallZ = 122

const dayMs = 86_400_000
const hourMs = 3_600_000
const minuteMs = 60_000
const nsPerMs = 1e6
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Reads dates. Says what it read and where it ended, so that nothing is allocated. */
export class DateText {
  /** Unix milliseconds, rounded down. */
  ms = 0
  /** Nanoseconds above them. */
  remainderNs = 0
  /** One past the last byte that was read. */
  end = 0

  /** A date, and a time of day if there is one. False where there is none or no such day. */
  read(bytes: Uint8Array, start: number, limit: number): boolean {
    if (start + 10 > limit) return false
    const dash = bytes[start + 4]
    if ((dash !== minus && dash !== slash) || bytes[start + 7] !== dash) return false
    const century = pair(bytes, start)
    const yearOfCentury = pair(bytes, start + 2)
    const month = pair(bytes, start + 5)
    const day = pair(bytes, start + 8)
    if (century < 0 || yearOfCentury < 0) return false
    const year = century * 100 + yearOfCentury
    if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false
    this.ms = daysFromCivil(year, month, day) * dayMs
    this.remainderNs = 0
    this.end = start + 10
    const next = start + 10 < limit ? bytes[start + 10]! : 0
    const separated = next === space || (next | smallLetter) === smallT
    return !separated || this.#time(bytes, start + 11, limit)
  }

  /** The time of day behind the `T`. */
  #time(bytes: Uint8Array, start: number, limit: number): boolean {
    if (start + 5 > limit || bytes[start + 2] !== colon) return false
    const hour = pair(bytes, start)
    const minute = pair(bytes, start + 3)
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false
    this.ms += hour * hourMs + minute * minuteMs
    this.end = start + 5
    if (start + 8 <= limit && bytes[start + 5] === colon) {
      const second = pair(bytes, start + 6)
      if (second < 0 || second > 60) return false
      this.ms += second * 1000
      this.end = start + 8
      const mark = start + 8 < limit ? bytes[start + 8] : 0
      if (mark === point || mark === comma) this.#fraction(bytes, start + 9, limit)
    }
    return this.#zone(bytes, this.end, limit)
  }

  /** Digits of a second, down to nanoseconds. */
  #fraction(bytes: Uint8Array, start: number, limit: number): void {
    let ns = 0
    let unit = 1e8
    let i = start
    for (; i < limit && (bytes[i]! - zero) >>> 0 <= 9; i++) {
      ns += (bytes[i]! - zero) * Math.floor(unit)
      unit /= 10
    }
    this.end = i
    this.ms += Math.floor(ns / nsPerMs)
    this.remainderNs = ns % nsPerMs
  }

  /** Takes the offset of the zone off, where one is given. */
  #zone(bytes: Uint8Array, start: number, limit: number): boolean {
    const at = start < limit && bytes[start] === space ? start + 1 : start
    const sign = at < limit ? bytes[at]! : 0
    if ((sign | smallLetter) === smallZ) {
      this.end = at + 1
      return true
    }
    if (sign !== plus && sign !== minus) return true
    const hour = at + 3 <= limit ? pair(bytes, at + 1) : -1
    if (hour < 0 || hour > 23) return false
    this.end = at + 3
    const minuteAt = at + 3 < limit && bytes[at + 3] === colon ? at + 4 : at + 3
    const minute = minuteAt + 2 <= limit ? pair(bytes, minuteAt) : -1
    if (minute > 59 || (minute < 0 && minuteAt === at + 4)) return false
    if (minute >= 0) this.end = minuteAt + 2
    const offsetMs = hour * hourMs + Math.max(0, minute) * minuteMs
    this.ms -= sign === plus ? offsetMs : -offsetMs
    return true
  }
}

/** Two digits as a number; negative where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - zero
  const ones = bytes[at + 1]! - zero
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : -1
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : daysInMonth[month - 1]!
}

/** Days from 1970-01-01 to the first day of Hinnant's era 0, which is 0000-03-01. */
const eraOffsetDays = 719_468
const eraDays = 146_097

/** Days from 1970-01-01 (Hinnant): years begin in March, so that a leap day ends one. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * eraDays + dayOfEra + dayOfYear - eraOffsetDays
}

/** A time in UTC with milliseconds: `2020-06-15 12:00:00.250`. */
export function dateText(ms: number): string {
  const days = Math.floor(ms / dayMs)
  const restMs = ms - days * dayMs
  const { year, month, day } = civilFromDays(days)
  const hour = digits(Math.floor(restMs / hourMs), 2)
  const minute = digits(Math.floor(restMs / minuteMs) % 60, 2)
  const second = digits(Math.floor(restMs / 1000) % 60, 2)
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`
  return `${date} ${hour}:${minute}:${second}.${digits(restMs % 1000, 3)}`
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0')
}

/** The date that lies so many days after 1970-01-01 (Hinnant). */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const fromOffset = days + eraOffsetDays
  const era = Math.floor(fromOffset / eraDays)
  const dayOfEra = fromOffset - era * eraDays
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}
