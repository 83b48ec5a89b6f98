/** `forewarn train`: early warning learns from records, for `forewarn evaluate --state`. */

import { writeFileSync } from 'node:fs'
import { EarlyWarning } from '../warning/early-warning.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import { withTopics } from './topic-paths.ts'
import { recordsOf, warningFlags, warningOptions } from './warning-flags.ts'
import { warningState } from './warning-state.ts'

const page = {
  name: 'forewarn train',
  usage: '[PATH…] --state FILE [options]',
  summary: 'Teach early warning on recorded or simulated breaches.',
  about: [
    'Runs early warning over records, one after the other, and saves what it learned. It does ' +
      'not need this: it begins with a prior and learns while it runs.',
    'PATH is what `forewarn evaluate` takes.',
  ],
  flags: { ...warningFlags, state: { value: 'FILE', about: 'Where to save what was learned.' } },
  examples: [
    {
      line: 'forewarn train shop --state shop.state && forewarn evaluate later --state shop.state',
      does: 'Learn from one record, be judged on a later one.',
    },
  ],
  operandsMin: 0,
  operandsMax: 1000,
} as const

/** See the head of the file. */
export const trainCommand = command(page, async ({ values, operands }, io) => {
  if (values.state === undefined) throw usageError('option "--state" is missing: a file to save to')
  let learner: EarlyWarning | undefined
  let saved: Uint8Array | undefined
  let samples = 0
  await withTopics(operands, io.signal, (paths) => {
    for (const record of recordsOf(values, paths)) {
      const options = warningOptions(values, record)
      learner ??= new EarlyWarning(options)
      for (const row of record.rows) {
        learner.update(row)
        samples++
      }
      saved = warningState(learner, options)
    }
  })
  if (saved === undefined) throw usageError('there is no record to learn from')
  writeFileSync(values.state, saved)
  io.stderr.write(`learned from ${samples} samples: ${values.state}\n`)
  return exitCodes.ok
})
