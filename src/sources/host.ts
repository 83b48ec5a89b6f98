/**
 * Host: this machine's own metrics, each second, as Influx lines with Telegraf's names.
 *
 *   cpu     usage_user, usage_system, usage_idle, usage_iowait, …   percent since the look before
 *   mem     used, used_percent, available, …; swap                  bytes and percent
 *   system  load1, load5, load15
 *   disk    used, free, used_percent, inodes_used_percent           each file system
 *   diskio  reads, writes, read_bytes, write_bytes, io_time         counters of each disk
 *   net     bytes_recv, bytes_sent, packets_*, err_*, drop_*        counters of each interface
 *
 * Counters stay counters here, as Telegraf sends them, so that one configuration serves both: the
 * transform `rate` with `match: ['diskio:*', 'net:*']` turns them into rates, and its state
 * survives a restart. Shares of processor time are computed here, as Telegraf does.
 *
 * Pseudo devices, pseudo file systems and the mounts and interfaces of containers are left out, as
 * in node_exporter's defaults. Network file systems are too: a dead server would block the look.
 *
 * A measurement that the system does not let us read (no such file, no permission) is left out from
 * then on; if nothing at all can be read, or reading fails in another way, the source fails.
 *
 * Cost: six small files a second, under a millisecond.
 */

import { ForewarnError } from '../core/errors.ts'
import type { OptionSpecs, OptionsOf } from '../core/options.ts'
import type { Batch } from '../core/record.ts'
import { looksOf } from './host/looks.ts'
import type { Look } from './host/looks.ts'
import { thisMachine } from './host/machine.ts'
import type { Machine } from './host/machine.ts'
import { influxLine } from './host/measurement.ts'
import type { Measurement } from './host/measurement.ts'
import {
  usualSkippedDevices,
  usualSkippedFilesystems,
  usualSkippedInterfaces,
  usualSkippedMounts,
} from './host/usual-skips.ts'
import { TimeOffsets, beats } from './pacing/beats.ts'
import type { Source, SourceSurroundings } from './source.ts'

export const hostOptions = {
  everyMs: {
    kind: 'duration',
    min: 100,
    max: 3_600_000,
    default: 1000,
    about: 'Time between two looks at the machine.',
  },
  host: {
    kind: 'text',
    default: '',
    about: 'The label `host`. Empty: the name of this machine.',
  },
  measurements: {
    kind: 'text-list',
    default: ['cpu', 'mem', 'system', 'disk', 'diskio', 'net'],
    about: 'What to look at. `mem` brings `swap` with it.',
  },
  perCpu: {
    kind: 'boolean',
    default: false,
    about: 'Each processor by itself besides their total.',
  },
  skipDevices: {
    kind: 'text-list',
    default: usualSkippedDevices,
    about: 'Disks whose traffic is not of interest, by glob.',
  },
  skipInterfaces: {
    kind: 'text-list',
    default: usualSkippedInterfaces,
    about: 'Network interfaces that are not of interest, by glob.',
  },
  skipFilesystems: {
    kind: 'text-list',
    default: usualSkippedFilesystems,
    about: 'Types of file systems that are not of interest, by glob. The root always is.',
  },
  skipMounts: {
    kind: 'text-list',
    default: usualSkippedMounts,
    about: 'Places of file systems that are not of interest, by glob.',
  },
} as const satisfies OptionSpecs

export type HostOptions = OptionsOf<typeof hostOptions>

/** Errors that say "this system has no such thing", not "it broke". */
const missingCodes = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENOSYS'])

/** See the head of the file. */
export class HostSource implements Source {
  readonly #options: HostOptions
  readonly #surroundings: SourceSurroundings
  readonly #host: string
  readonly #looks: Map<string, Look>

  /** Throws ERR_CONFIG_INVALID for a measurement that no machine has. */
  constructor(options: HostOptions, surroundings: SourceSurroundings, machine = thisMachine) {
    this.#options = options
    this.#surroundings = surroundings
    this.#host = options.host === '' ? machine.hostname : options.host
    this.#looks = wantedLooks(options, machine)
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { name, clock } = this.#surroundings
    const offsets = new TimeOffsets()
    for await (const nowMs of beats(this.#options.everyMs, clock, signal)) {
      const text = (await this.#measured())
        .map((measurement) => influxLine(measurement, this.#host, nowMs))
        .join('')
      if (text === '') continue
      const origin = { partition: name, offset: offsets.next(nowMs), receivedMs: nowMs }
      const bytes = new TextEncoder().encode(text)
      yield { records: [{ kind: 'data', bytes, origin }], acknowledge: () => {} }
    }
  }

  /** One look at everything. What the system does not have is not asked again. */
  async #measured(): Promise<Measurement[]> {
    const names = [...this.#looks.keys()]
    const results = await Promise.allSettled([...this.#looks.values()].map((look) => look()))
    const measured: Measurement[] = []
    let failure: unknown
    results.forEach((result, i) => {
      if (result.status === 'fulfilled') measured.push(...result.value)
      else {
        failure = result.reason
        if (!isMissing(failure)) throw unreadable(names[i] as string, failure)
        this.#looks.delete(names[i] as string)
      }
    })
    if (this.#looks.size === 0) throw unreadable('anything', failure)
    return measured
  }
}

function wantedLooks(options: HostOptions, machine: Machine): Map<string, Look> {
  const looks = looksOf(machine, options)
  const wanted = new Map<string, Look>()
  for (const name of options.measurements) {
    const look = looks.get(name)
    if (look !== undefined) wanted.set(name, look)
    else if (!hostOptions.measurements.default.some((known) => known === name)) {
      const known = hostOptions.measurements.default.join(', ')
      const message = `the host source has no measurement ${name}; it has ${known}`
      throw new ForewarnError('ERR_CONFIG_INVALID', message)
    }
  }
  return wanted
}

function isMissing(error: unknown): boolean {
  return missingCodes.has((error as NodeJS.ErrnoException).code ?? '')
}

function unreadable(what: string, cause: unknown): ForewarnError {
  return new ForewarnError('ERR_SOURCE_READ', `cannot read ${what} of this machine`, { cause })
}
