/** Reads back what record-files.ts wrote, or the simulator: plain files or their packed forms. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ForewarnError } from '../core/errors.ts'

/** Unpacked, a record of a week; what unpacks to more is none. */
const bytesMax = 2 ** 29

/** True where a folder has a record in it. */
export function isRecord(folder: string): boolean {
  return existsSync(join(folder, 'stats')) || existsSync(join(folder, 'stats.gz'))
}

/** The bytes of `stats` or `responsetime`, unpacked. */
export function recordBytes(folder: string, name: 'stats' | 'responsetime'): Uint8Array {
  const path = join(folder, name)
  return existsSync(path)
    ? readFileSync(path)
    : gunzipSync(readFileSync(`${path}.gz`), { maxOutputLength: bytesMax })
}

function recordLines(folder: string, name: 'stats' | 'responsetime'): string[] {
  return Buffer.from(recordBytes(folder, name))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
}

/** The lines of one second as the agents send them. */
export interface RecordedSecond {
  readonly stats: string
  readonly responses: readonly string[]
}

/**
 * The seconds of a record in order. `startEpoch`: the epoch that the first one gets, the others
 * after it; none: as recorded. Throws ERR_EVALUATION_DATA where there is no record.
 */
export function* recordedSeconds(folder: string, startEpoch?: number): Generator<RecordedSecond> {
  const responses = new Map<number, string[]>()
  for (const line of read(folder, 'responsetime')) {
    const [millis = '', epoch] = line.split(',')
    const known = responses.get(Number(epoch))
    if (known === undefined) responses.set(Number(epoch), [millis])
    else known.push(millis)
  }
  let shift: number | undefined
  for (const line of read(folder, 'stats')) {
    const comma = line.indexOf(',')
    const recorded = Number(line.slice(0, comma))
    if (!Number.isInteger(recorded)) throw strange(folder, `"${line.slice(0, 80)}"`)
    shift ??= startEpoch === undefined ? 0 : startEpoch - recorded
    const epoch = recorded + shift
    yield {
      stats: `${epoch}${line.slice(comma)}`,
      responses: (responses.get(recorded) ?? []).map((millis) => `${millis},${epoch}`),
    }
  }
}

function read(folder: string, name: 'stats' | 'responsetime'): string[] {
  try {
    return recordLines(folder, name)
  } catch (error) {
    throw strange(folder, name, error)
  }
}

function strange(folder: string, what: string, cause?: unknown): ForewarnError {
  const message = `cannot read the record ${folder}: ${what} is missing or no part of one`
  return new ForewarnError('ERR_EVALUATION_DATA', message, { cause })
}
