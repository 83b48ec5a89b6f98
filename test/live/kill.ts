/**
 * The real program, fed over HTTP and Carbon, and what can happen to it on a bad day.
 *
 *   npm run test:kill -- [--kills 100] [--seed 1] [--requests 400] [--stop-seconds 60]
 *     [--workers 2]
 *
 *   killed                 SIGKILL at random moments, and started again; with `--workers N` on
 *                          as many threads, compared with a run on none
 *   stopped                SIGSTOP for a minute, SIGCONT
 *   disk full              nothing can be written for a while: 503, and then on again
 *   log at its bound       the same by the bound of its own
 *   database damaged       while it was down, and while it runs: put aside, loudly, and on
 *
 * In each case what it wrote must be what an undisturbed run writes of the same input, report by
 * report, to the bit; without positions (a request that was logged but not answered is in the log
 * twice) and without rejections of what came twice. Over HTTP everything arrives, since senders
 * send again until they are answered. Carbon has no answers: what is under way at a kill may be
 * lost; the undisturbed run is then sent what arrived.
 */

import { parseArgs } from 'node:util'
import { Random } from '../../src/core/random.ts'
import {
  boundReached,
  damagedWhileRunning,
  damagedWhileStopped,
  fullDisk,
  killed,
  stopped,
} from './kill/cases.ts'
import type { Outcome } from './kill/cases.ts'

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    requests: { type: 'string', default: '400' },
    'stop-seconds': { type: 'string', default: '60' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})

const random = new Random(Number(flags.seed))
const cases: Readonly<Record<string, () => Promise<Outcome | string>>> = {
  killed: () =>
    killed({
      kills: Number(flags.kills),
      requests: Number(flags.requests),
      workers: Number(flags.workers),
      random,
    }),
  stopped: () => stopped(Number(flags['stop-seconds'])),
  'disk full': fullDisk,
  'log at its bound': boundReached,
  'database damaged while down': damagedWhileStopped,
  'database damaged while it runs': damagedWhileRunning,
}

let bad = 0
for (const [name, run] of Object.entries(cases)) {
  if (flags.only !== undefined && flags.only !== name) continue
  const outcome = await run()
  if (typeof outcome === 'string') {
    process.stdout.write(`skipped  ${name}: ${outcome}\n`)
    continue
  }
  const { faults, said } = outcome
  process.stdout.write(`${faults.length === 0 ? 'ok     ' : 'FAULT  '}  ${name}: ${said}\n`)
  for (const fault of faults.slice(0, 10)) process.stdout.write(`  ${fault}\n`)
  if (faults.length > 10) process.stdout.write(`  … and ${faults.length - 10} more\n`)
  if (faults.length > 0) bad++
}
process.exitCode = bad > 0 ? 1 : 0
