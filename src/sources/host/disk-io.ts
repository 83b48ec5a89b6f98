/**
 * Disk traffic from /proc/diskstats: counters since the start, one line a device.
 *
 *   major minor name  reads merged sectors ms  writes merged sectors ms  in-flight ms-busy …
 *     8     0   sda    57312  9142 3938314 35496 10696 22954 2612536 6969   0       11172
 *
 * A sector is 512 bytes whatever the device says (kernel: admin-guide/iostats). Partitions are left
 * out: their traffic is in that of their disk.
 */

import type { Measurement } from './measurement.ts'

const sectorBytes = 512

/** The measurement `diskio` of each whole device that is not skipped. */
export function diskTraffic(diskstats: string, skipped: (name: string) => boolean): Measurement[] {
  const rows = new Map<string, number[]>()
  for (const line of diskstats.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words.length >= 13) rows.set(words[2] as string, words.slice(3).map(Number))
  }
  const measurements: Measurement[] = []
  for (const [name, numbers] of rows) {
    if (skipped(name) || isPartition(name, rows)) continue
    const at = (column: number): number => numbers[column] ?? NaN
    measurements.push({
      name: 'diskio',
      tags: [['name', name]],
      fields: [
        ['reads', at(0)],
        ['writes', at(4)],
        ['read_bytes', at(2) * sectorBytes],
        ['write_bytes', at(6) * sectorBytes],
        ['io_time', at(9)],
      ],
    })
  }
  return measurements
}

/** `sda1` where there is `sda`, `nvme0n1p1` where there is `nvme0n1`. */
function isPartition(name: string, rows: ReadonlyMap<string, unknown>): boolean {
  const disk = name.replace(/\d+$/, '')
  if (disk === name) return false
  return rows.has(disk) || (/\dp$/.test(disk) && rows.has(disk.slice(0, -1)))
}
