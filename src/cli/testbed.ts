/** `forewarn testbed`: a web shop that breaks, simulated, recorded or played again. */

import { usageError } from './arguments.ts'
import { choiceOf } from './choice.ts'
import type { Command } from './command.ts'
import { command } from './command.ts'
import { testbedPlayCommand } from './testbed-play.ts'
import { testbedRecordCommand } from './testbed-record.ts'
import { testbedSimulateCommand } from './testbed-simulate.ts'

const verbs: Readonly<Record<string, Command>> = {
  simulate: testbedSimulateCommand,
  record: testbedRecordCommand,
  play: testbedPlayCommand,
}

const page = {
  name: 'forewarn testbed',
  usage: 'simulate|record|play [options]',
  summary: 'A web shop that breaks, with the truth about it.',
  about: [
    'simulate: a shop as a queueing network, hours in seconds. record: a real shop with a real ' +
      'database, as long as it takes. Both write what the agents of the shop send, and the ' +
      'truth: what was injected when, and when the objective broke. play: such a record again, ' +
      'to files, topics or a running program. Each has a page of its own: forewarn testbed ' +
      'record --help.',
  ],
  flags: {},
  examples: [
    { line: 'forewarn testbed simulate --minutes 180 --out shop', does: 'Three hours, at once.' },
    { line: 'forewarn testbed record --minutes 90 --parts 2 --out shop', does: 'For real.' },
  ],
  operandsMin: 1,
  operandsMax: 1,
} as const

const overview = command(page, async ({ operands }) => {
  throw usageError(`the verb comes first: forewarn testbed ${operands.join(' ')} …`)
})

/** See the head of the file. */
export const testbedCommand: Command = async (args, io) => {
  const [verb = '', ...rest] = args
  if (verb === '' || verb.startsWith('-')) return overview(args, io)
  return choiceOf('testbed', verb, verbs)(rest, io)
}
