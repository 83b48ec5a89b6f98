/**
 * Processor time, as shares of the time since the look before.
 *
 *   usage_x = 100 Δx / Δtotal      total = user + nice + system + idle + iowait + irq + softirq
 *                                          + steal
 *
 * The kernel counts guests into user and nice as well; like Telegraf we take them out there, so
 * that all shares add up to 100. Shares need the total, so they are computed here and not by a
 * `rate` transform behind. iowait may fall (proc(5) says it is not reliable); a fall counts as 0.
 */

import type { Measurement } from './measurement.ts'

/** Time by kind since the start, in any unit, in the order of /proc/stat. */
export type ProcessorTimes = readonly number[]

const user = 0
const nice = 1
const guest = 8
const guestNice = 9

/** Kinds in the order of /proc/stat with Telegraf's names. */
const fieldNames = [
  'usage_user',
  'usage_nice',
  'usage_system',
  'usage_idle',
  'usage_iowait',
  'usage_irq',
  'usage_softirq',
  'usage_steal',
  'usage_guest',
  'usage_guest_nice',
]

/** Times by Telegraf's name of the processor (`cpu-total`, `cpu0`) from /proc/stat. */
export function processorTimes(stat: string): Map<string, ProcessorTimes> {
  const times = new Map<string, ProcessorTimes>()
  for (const line of stat.split('\n')) {
    const match = /^cpu(\d*) +(.+)$/.exec(line)
    if (match === null) continue
    const name = match[1] === '' ? 'cpu-total' : `cpu${match[1]}`
    times.set(name, (match[2] as string).trim().split(/ +/).map(Number))
  }
  return times
}

/** The shares between two looks at one processor, or undefined where no time has passed. */
export function processorUsage(
  name: string,
  before: ProcessorTimes,
  now: ProcessorTimes,
): Measurement | undefined {
  const spent = fieldNames.map((_, kind) => {
    return Math.max(0, (now[kind] ?? 0) - (before[kind] ?? 0))
  })
  let total = 0
  for (let kind = 0; kind < guest; kind++) total += spent[kind] as number
  if (total <= 0) return undefined
  spent[user] = Math.max(0, (spent[user] as number) - (spent[guest] as number))
  spent[nice] = Math.max(0, (spent[nice] as number) - (spent[guestNice] as number))
  const fields = fieldNames.map((field, kind) => {
    return [field, (100 * (spent[kind] as number)) / total] as const
  })
  return { name: 'cpu', tags: [['cpu', name]], fields }
}
