/**
 * What flows in the live tests: hosts that send four fields a message, as Telegraf writes them. The
 * values are those of the Numenta Anomaly Benchmark, each series at another place of one of its 58
 * files; where the data sets are not here (FOREWARN_DATA), noise with spikes, and stderr says so.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { corporaFolder } from '../../../bench/corpora.ts'
import { Random } from '../../../src/core/random.ts'
import type { Written } from './topics.ts'

/** Four series each. */
export const hosts = 130
export const samplesASecond = hosts * 4

const fields = ['usage_user', 'usage_system', 'usage_idle', 'usage_iowait'] as const
const startMs = 1_700_000_000_000

let columns: readonly (readonly string[])[] | undefined

/** Values of each series, as text. */
function values(): readonly (readonly string[])[] {
  const folder = join(corporaFolder(), 'nab', 'data')
  if (!existsSync(folder)) {
    process.stderr.write(`no ${folder}: noise instead of NAB\n`)
    return Array.from({ length: 58 }, (_, seed) => noise(seed + 1))
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.csv'))
    .sort()
  return files.map((file) => {
    const rows = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').slice(1)
    return rows.map((row) => (row.split(',')[1] as string).trim())
  })
}

function noise(seed: number): string[] {
  const random = new Random(seed)
  return Array.from({ length: 2000 }, () => {
    const spike = random.uniform() < 0.002 ? 60 : 0
    return (20 + random.gaussian(0, 2) + spike).toFixed(3)
  })
}

/** One second of all hosts. */
export function second(second: number): Written[] {
  columns ??= values()
  const all = columns
  const timestampMs = startMs + second * 1000
  return Array.from({ length: hosts }, (_, host) => {
    const texts = fields.map((field, i) => {
      const column = all[(host * 4 + i) % all.length] as readonly string[]
      return `${field}=${column[(second + host * 7) % column.length]}`
    })
    const value = `cpu,host=h${host} ${texts.join(',')} ${timestampMs}000000`
    return { key: `h${host}`, value, timestampMs }
  })
}

/** What no decoder reads. */
export function poison(second: number): Written {
  const timestampMs = startMs + second * 1000
  return { key: `h${second % hosts}`, value: `cpu,host={"usage_user": ${second}`, timestampMs }
}
