/**
 * Many seeds, or one again: `npm run simulate -- --seeds 20000 [--from 1]`, `-- --seed 4711`; with
 * up to three shards, another number in each life: `--workers 3`.
 * Prints each seed that breaks a law; exit code 1 if any did.
 */

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

const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
let broken = 0
let lives = 0
let reports = 0
for (let seed = first; seed < first + count; seed++) {
  const outcome = await simulated(seed, 'none', Number(values.workers))
  lives += outcome.lives
  reports += outcome.reports
  if (outcome.faults.length > 0) {
    broken++
    process.stdout.write(`seed ${seed}:\n  ${outcome.faults.slice(0, 10).join('\n  ')}\n`)
  }
}
process.stdout.write(
  `${count} seeds, ${lives} lives, ${reports} reports: ${broken} seeds broke a law\n`,
)
process.exitCode = broken > 0 ? 1 : 0
