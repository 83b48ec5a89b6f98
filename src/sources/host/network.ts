/**
 * Network traffic from /proc/net/dev: counters since the start, one line an interface.
 *
 *   face: bytes packets errs drop fifo frame compressed multicast   (received)
 *         bytes packets errs drop fifo colls carrier compressed     (sent)
 */

import type { Measurement } from './measurement.ts'

/** Columns of the sixteen, with Telegraf's names. */
const fieldColumns = [
  ['bytes_recv', 0],
  ['packets_recv', 1],
  ['err_in', 2],
  ['drop_in', 3],
  ['bytes_sent', 8],
  ['packets_sent', 9],
  ['err_out', 10],
  ['drop_out', 11],
] as const

/** The measurement `net` of each interface that is not skipped. */
export function networkTraffic(netDev: string, skipped: (name: string) => boolean): Measurement[] {
  const measurements: Measurement[] = []
  for (const line of netDev.split('\n')) {
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 0 || name === '' || skipped(name)) continue
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    const fields = fieldColumns.map(([field, column]) => [field, numbers[column] ?? NaN] as const)
    measurements.push({ name: 'net', tags: [['interface', name]], fields })
  }
  return measurements
}
