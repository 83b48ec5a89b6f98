/**
 * The looks that a host source takes at its machine: one function for each measurement.
 *
 * On Linux they read /proc. On other systems Node.js itself knows processor times, memory and
 * load, and how full the root is; it knows nothing of disk and network traffic, so `diskio`, `net`
 * and `swap` are missing there, and Windows has no load.
 */

import { Glob } from '../../core/glob.ts'
import { diskTraffic } from './disk-io.ts'
import { diskSpace, mountsOf } from './disk-space.ts'
import type { Mount } from './disk-space.ts'
import type { Machine } from './machine.ts'
import type { Measurement } from './measurement.ts'
import { memoryMeasurement, memoryMeasurements } from './memory.ts'
import { networkTraffic } from './network.ts'
import { processorTimes, processorUsage } from './processor.ts'
import type { ProcessorTimes } from './processor.ts'

/** One look at one thing. Rejects with the error of the system where it cannot be read. */
export type Look = () => Promise<readonly Measurement[]>

/** What is left out. */
export interface LookOptions {
  readonly perCpu: boolean
  readonly skipDevices: readonly string[]
  readonly skipInterfaces: readonly string[]
  readonly skipFilesystems: readonly string[]
  readonly skipMounts: readonly string[]
}

/** The looks by measurement: all that this machine offers. */
export function looksOf(machine: Machine, options: LookOptions): ReadonlyMap<string, Look> {
  return machine.platform === 'linux' ? procLooks(machine, options) : portableLooks(machine)
}

function procLooks(machine: Machine, options: LookOptions): ReadonlyMap<string, Look> {
  const skipDevice = anyOf(options.skipDevices)
  const skipInterface = anyOf(options.skipInterfaces)
  const usage = usageSinceLastLook(options.perCpu)
  return new Map<string, Look>([
    ['cpu', async () => usage(processorTimes(await machine.readText('/proc/stat')))],
    ['mem', async () => memoryMeasurements(await machine.readText('/proc/meminfo'))],
    ['system', async () => loads((await machine.readText('/proc/loadavg')).split(' ').map(Number))],
    ['disk', () => diskLook(machine, options)],
    ['diskio', async () => diskTraffic(await machine.readText('/proc/diskstats'), skipDevice)],
    ['net', async () => networkTraffic(await machine.readText('/proc/net/dev'), skipInterface)],
  ])
}

function portableLooks(machine: Machine): ReadonlyMap<string, Look> {
  const usage = usageSinceLastLook(false)
  const root: Mount = { device: '', path: machine.rootPath, type: '', mode: 'rw' }
  const looks = new Map<string, Look>([
    [
      'cpu',
      async () => {
        const { user, nice, sys, idle, irq } = machine.cpuTimes()
        return usage(new Map([['cpu-total', [user, nice, sys, idle, 0, irq]]]))
      },
    ],
    [
      'mem',
      async () => {
        const { totalBytes, freeBytes } = machine.memory()
        return [memoryMeasurement(totalBytes, freeBytes)]
      },
    ],
    ['disk', async () => present([diskSpace(root, await machine.spaceOf(root.path))])],
  ])
  if (machine.platform !== 'win32') looks.set('system', async () => loads(machine.loadAverages()))
  return looks
}

/** Turns times into shares since the call before; the first call yields nothing. */
function usageSinceLastLook(
  perCpu: boolean,
): (times: ReadonlyMap<string, ProcessorTimes>) => Measurement[] {
  let before: ReadonlyMap<string, ProcessorTimes> = new Map()
  return (times) => {
    const measurements: Measurement[] = []
    for (const [name, now] of times) {
      const then = before.get(name)
      if (then === undefined || (!perCpu && name !== 'cpu-total')) continue
      measurements.push(...present([processorUsage(name, then, now)]))
    }
    before = times
    return measurements
  }
}

/** `system` with the three load averages, or nothing where they are not there. */
function loads(averages: readonly number[]): Measurement[] {
  const [load1, load5, load15] = averages
  if (load1 === undefined || load5 === undefined || load15 === undefined) return []
  const fields = [['load1', load1] as const, ['load5', load5] as const, ['load15', load15] as const]
  return [{ name: 'system', tags: [], fields }]
}

/** File systems that can be read; one that went away between two calls is left out this time. */
async function diskLook(machine: Machine, options: LookOptions): Promise<Measurement[]> {
  const skipType = anyOf(options.skipFilesystems)
  const skipPath = anyOf(options.skipMounts)
  const skipped = (mount: Mount): boolean => {
    return mount.path !== '/' && (skipType(mount.type) || skipPath(mount.path))
  }
  const mounts = mountsOf(await machine.readText('/proc/self/mounts'), skipped)
  const spaces = await Promise.allSettled(mounts.map((mount) => machine.spaceOf(mount.path)))
  const measurements: (Measurement | undefined)[] = mounts.map((mount, i) => {
    const space = spaces[i]
    return space?.status === 'fulfilled' ? diskSpace(mount, space.value) : undefined
  })
  return present(measurements)
}

function present(measurements: readonly (Measurement | undefined)[]): Measurement[] {
  return measurements.filter((measurement) => measurement !== undefined)
}

function anyOf(patterns: readonly string[]): (text: string) => boolean {
  const globs = patterns.map((pattern) => new Glob(pattern))
  return (text) => globs.some((glob) => glob.matches(text))
}
