/**
 * Memory and swap from /proc/meminfo, in bytes and percent.
 *
 * Used is what is not available: total - MemAvailable, the kernel's own estimate of what programs
 * could still get (proc(5)). Kernels before 3.14 do not have it; there free + buffers + cached
 * stands for it.
 */

import type { Measurement } from './measurement.ts'

const kibibyte = 1024

/** The measurement `mem`, and `swap` where there is any. */
export function memoryMeasurements(meminfo: string): Measurement[] {
  const bytesOf = new Map<string, number>()
  for (const line of meminfo.split('\n')) {
    const match = /^(\w+):\s+(\d+) kB/.exec(line)
    if (match !== null) bytesOf.set(match[1] as string, Number(match[2]) * kibibyte)
  }
  const bytes = (name: string): number => bytesOf.get(name) ?? 0
  const total = bytes('MemTotal')
  if (total === 0) return []
  const reclaimable = bytes('MemFree') + bytes('Buffers') + bytes('Cached')
  const available = bytesOf.get('MemAvailable') ?? reclaimable
  const measurements = [
    memoryMeasurement(total, available, [
      ['free', bytes('MemFree')],
      ['buffered', bytes('Buffers')],
      ['cached', bytes('Cached')],
    ]),
  ]
  const swapTotal = bytes('SwapTotal')
  if (swapTotal > 0) {
    const used = swapTotal - bytes('SwapFree')
    const fields = [['used', used] as const, ['used_percent', (100 * used) / swapTotal] as const]
    measurements.push({ name: 'swap', tags: [], fields })
  }
  return measurements
}

/** The measurement `mem` of a total and what is available of it. */
export function memoryMeasurement(
  total: number,
  available: number,
  more: readonly (readonly [string, number])[] = [],
): Measurement {
  const used = total - available
  return {
    name: 'mem',
    tags: [],
    fields: [
      ['used', used],
      ['used_percent', (100 * used) / total],
      ['available', available],
      ['available_percent', (100 * available) / total],
      ...more,
    ],
  }
}
