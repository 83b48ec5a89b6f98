/**
 * Files of a corpus: found, read and cut into rows, with an error that names what is missing.
 *
 * Evaluation reads whole files into memory: the largest published one has 150,000 rows.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ForewarnError } from '../core/errors.ts'

/** An error about a corpus: `cannot evaluate on <what>: <why>`. */
export function corpusError(what: string, why: string, cause?: unknown): ForewarnError {
  return new ForewarnError('ERR_EVALUATION_DATA', `cannot evaluate on ${what}: ${why}`, { cause })
}

/**
 * The folder of a corpus: `folder` itself or its subfolder `name`, whichever holds `evidence`, a
 * test on a candidate. `needs` says in words what was looked for.
 */
export function corpusFolder(
  folder: string,
  name: string,
  needs: string,
  evidence: (candidate: string) => boolean,
): string {
  const found = [folder, join(folder, name)].find((candidate) => evidence(candidate))
  if (found !== undefined) return found
  const why = existsSync(folder) ? `neither "${folder}" nor its folder "${name}"` : `no "${folder}"`
  throw corpusError(`the ${name} corpus`, `${why} holds ${needs}; name the folder with --data`)
}

/** The content of a file, unpacked if its name ends in .gz. */
export function fileText(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw corpusError(`"${path}"`, 'the file cannot be read', cause)
  }
}

/** The lines of a file, without empty ones. */
export function fileLines(path: string): string[] {
  return fileText(path)
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '')
}

/** Names in a folder that end in one of `endings`, sorted by code unit; none if it is missing. */
export function namesIn(folder: string, ...endings: string[]): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort()
}

/** The fields of a line of comma-separated values; quotes around a field are taken off. */
export function lineFields(line: string): string[] {
  return line
    .split(',')
    .map((field) => (field.startsWith('"') && field.endsWith('"') ? field.slice(1, -1) : field))
}

/** A number, or an error that quotes the text and says where it stands. */
export function numberField(text: string | undefined, where: string): number {
  const value = text === undefined || text.trim() === '' ? NaN : Number(text)
  if (!Number.isFinite(value)) throw corpusError(where, `not a number: "${text ?? ''}"`)
  return value
}

/** Date and time of day, UTC, with an optional fraction of which milliseconds are kept. */
const timePattern =
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.(\d{1,3})\d*)?(?:Z|\+00:00)?$/

/** Unix milliseconds of `2014-04-10 07:15:00.000000` and its relatives, read as UTC. */
export function timestampField(text: string | undefined, where: string): number {
  const match = timePattern.exec(text ?? '')
  if (match === null) throw corpusError(where, `not a date and time: "${text ?? ''}"`)
  const [, year, month, day, hour, minute, second = '0', fraction = '0'] = match
  return Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0')),
  )
}
