/**
 * Durations and sizes as people write them: `30s`, `5m`, `1h30m`, `250ms`, `7d`; `512B`, `64KiB`,
 * `1MiB`, `10MB`. The one place where they become milliseconds and bytes, and texts again.
 */

/** Milliseconds of each unit, the largest first, as a compound duration is written. */
const durationUnits: readonly (readonly [string, number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]

/** Bytes of each unit: powers of 1024 with an i (IEC 80000-13), of 1000 without. */
const sizeUnits: readonly (readonly [string, number])[] = [
  ['GiB', 1024 ** 3],
  ['GB', 1e9],
  ['MiB', 1024 ** 2],
  ['MB', 1e6],
  ['KiB', 1024],
  ['kB', 1000],
  ['B', 1],
]

const durationPart = /(\d+(?:\.\d+)?)(ms|w|d|h|m|s)/y

/** Milliseconds of a duration, a whole number; undefined where the text is none. 0 is one. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0
  let sum = 0
  let at = 0
  while (at < text.length) {
    durationPart.lastIndex = at
    const match = durationPart.exec(text)
    if (match === null) return undefined
    sum += Number(match[1]) * (factorOf(durationUnits, match[2] ?? '') ?? NaN)
    at = durationPart.lastIndex
  }
  return at > 0 && Number.isInteger(sum) ? sum : undefined
}

/** Bytes of a size, a whole number; undefined where the text is none. 0 is one. */
export function sizeBytes(text: string): number | undefined {
  if (text === '0') return 0
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text)
  const factor = factorOf(sizeUnits, match?.[2] ?? '')
  if (match === null || factor === undefined) return undefined
  const bytes = Number(match[1]) * factor
  return Number.isInteger(bytes) ? bytes : undefined
}

function factorOf(units: readonly (readonly [string, number])[], name: string): number | undefined {
  return units.find(([unit]) => unit === name)?.[1]
}

/** `90s` of 90,000: the largest unit that divides it. */
export function durationText(ms: number): string {
  return quantityText(ms, durationUnits.slice(1), 's')
}

/** `64KiB` of 65,536: the largest power of 1024 that divides it. */
export function sizeText(bytes: number): string {
  const binary = sizeUnits.filter(([unit]) => unit === 'B' || unit.endsWith('iB'))
  return quantityText(bytes, binary, 'B')
}

function quantityText(
  value: number,
  units: readonly (readonly [string, number])[],
  unitOfZero: string,
): string {
  if (value === 0) return `0${unitOfZero}`
  for (const [unit, factor] of units) if (value % factor === 0) return `${value / factor}${unit}`
  return `${value}${units.at(-1)?.[0] ?? ''}`
}
