/** `forewarn testbed record`: a real shop that breaks, recorded with the truth about it. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { preferSelf } from '../shop/priority.ts'
import { record } from '../shop/recorder.ts'
import { numberOf, usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import { faultKinds, faultsOf } from './fault-list.ts'

const page = {
  name: 'forewarn testbed record',
  usage: '--out DIR [options]',
  summary: 'Record a real web shop that breaks, with the truth about it.',
  about: [
    'Starts a small real shop on 127.0.0.1: a web server, a PostgreSQL of its own (Debian: ' +
      'postgresql), a program that it depends on, and 40 closed-loop clients, 75 % of whose ' +
      'requests browse. Breaks it again and again, waits for its recovery, and writes what ' +
      'agents see: DIR/part-N/stats.gz once a second, DIR/part-N/responsetime.gz once a request, ' +
      'and DIR/part-N/truth.json: what was injected when, and when the objective broke.',
    `Faults: ${faultKinds.join(', ')}; or gradual, sudden, all, none. Load that rises and ` +
      'falls, batch jobs and caches that grow come by themselves. The seed gives the order of ' +
      'the faults, their growth and the calm between them; when the shop breaks is its own ' +
      'affair.',
    'It takes as long as it says, a quarter of a core and for some faults a whole one, and ' +
      '500 MB for temporary files. All of its processes end with it.',
  ],
  flags: {
    minutes: { value: 'N', about: 'How long. Default: 60.' },
    faults: { value: 'LIST', about: 'Which faults, by comma. Default: all.' },
    seed: { value: 'N', about: 'Default: 1.' },
    out: { value: 'DIR', about: 'Folder to write into; it is made where it is missing.' },
    limit: { value: 'MS', about: 'The objective: the mean response time. Default: 100.' },
    parts: { value: 'N', about: 'Cut the record into so many parts of equal length. Default: 1.' },
    nice: { value: 'N', about: 'Priority of all its processes, -20 to 19. Default: as started.' },
  },
  examples: [
    {
      line: 'forewarn testbed record --minutes 90 --parts 2 --seed 7 --out shop',
      does: 'A part to learn from and a part to be judged on.',
    },
  ],
  operandsMin: 0,
  operandsMax: 0,
} as const

const numbers = {
  minutes: { usual: 60, min: 1, max: 10_000 },
  seed: { usual: 1, min: 0, max: 2 ** 31 },
  limit: { usual: 100, min: 1, max: 10_000 },
  parts: { usual: 1, min: 1, max: 100 },
  nice: { usual: NaN, min: -20, max: 19 },
} as const

/** Seconds in a row over the limit that are a breach. */
const holdSamples = 3

/** See the head of the file. */
export const testbedRecordCommand = command(page, async ({ values }, io) => {
  const whole = (flag: keyof typeof numbers): number => {
    const text = values[flag]
    const range = { ...numbers[flag], whole: true }
    return text === undefined ? range.usual : numberOf(flag, text, range)
  }
  if (values.out === undefined) throw usageError('option "--out" is missing: a folder to write to')
  if (existsSync(join(values.out, 'part-1'))) {
    throw usageError(`option "--out": there is a record in ${values.out}; name another folder`)
  }
  const nice = whole('nice')
  const plan = {
    folder: values.out,
    seconds: 60 * whole('minutes'),
    parts: whole('parts'),
    faults: faultsOf(values.faults ?? 'all'),
    seed: whole('seed'),
    objective: { metric: 'mean', limit: whole('limit'), holdSamples },
  }
  if (!Number.isNaN(nice)) preferred(nice)
  const say = (line: string): void => void io.stderr.write(`${line}\n`)
  const { seconds, faults, deaths } = await record(plan, {
    clock: io.clock,
    signal: io.signal,
    say,
  })
  io.stderr.write(`${seconds} s, ${faults} faults, ${deaths} deaths of the web server\n`)
  if (!io.signal.aborted) return exitCodes.ok
  return io.signal.reason === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
})

/** All that is started from now on inherits it. */
function preferred(nice: number): void {
  try {
    preferSelf(nice)
  } catch (error) {
    throw usageError(`option "--nice": ${nice} is not allowed to you: ${String(error)}`)
  }
}
