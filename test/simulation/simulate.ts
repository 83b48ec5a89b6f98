/**
 * Many seeds, or one again: `npm run simulate -- --seeds 20000 [--from 1]`, `-- --seed 4711`; with
 * up to three shards, another number in each life: `--workers 3`.
 * Prints each seed that breaks a law; exit code 1 if any did.
 *
 * Seeds run in processes of some hundred each: a life that is killed leaves signals behind that
 * nobody will ever abort, and Node.js keeps those, with all that listens, until the process ends.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { simulated } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
  },
})

/** Seeds of one process: about 1 GB is left behind by them. */
const atOnce = 250

interface Sum {
  lives: number
  reports: number
  broken: number
}

const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const sum = count > atOnce ? apart() : await here()
process.stdout.write(
  `${count} seeds, ${sum.lives} lives, ${sum.reports} reports: ${sum.broken} seeds broke a law\n`,
)
process.exitCode = sum.broken > 0 ? 1 : 0

async function here(): Promise<Sum> {
  const sum = { lives: 0, reports: 0, broken: 0 }
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulated(seed, 'none', Number(values.workers))
    sum.lives += outcome.lives
    sum.reports += outcome.reports
    if (outcome.faults.length > 0) {
      sum.broken++
      process.stdout.write(`seed ${seed}:\n  ${outcome.faults.slice(0, 10).join('\n  ')}\n`)
    }
  }
  return sum
}

/** The same in processes of their own; what they say of broken seeds is passed on. */
function apart(): Sum {
  const sum = { lives: 0, reports: 0, broken: 0 }
  for (let from = first; from < first + count; from += atOnce) {
    const seeds = Math.min(atOnce, first + count - from)
    const flags = ['--from', String(from), '--seeds', String(seeds), '--workers', values.workers]
    const { stdout, status } = spawnSync(process.execPath, [import.meta.filename, ...flags], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1024 ** 2,
    })
    const end = /\d+ seeds, (\d+) lives, (\d+) reports: (\d+) seeds broke a law\n$/.exec(stdout)
    if (end === null) throw new Error(`seeds from ${from} on ended with ${status} without a result`)
    sum.lives += Number(end[1])
    sum.reports += Number(end[2])
    sum.broken += Number(end[3])
    if (end[3] !== '0') process.stdout.write(stdout.slice(0, end.index))
  }
  return sum
}
