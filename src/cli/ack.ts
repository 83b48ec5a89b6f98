/** `forewarn ack`: somebody has seen an alarm and cares for it. */

import { ForewarnError } from '../core/errors.ts'
import { ApiClient, apiFlags, speaker } from './api-client.ts'
import { command, exitCodes } from './command.ts'

const page = {
  name: 'forewarn ack',
  usage: 'ALARM_ID… [--comment TEXT]',
  summary: 'Acknowledge alarms of a running program.',
  about: [
    'Says who has seen the alarms and cares for them; kept with each until it is over, and shown ' +
      'with it. Ids are in every alarm that is written (`alarm_id`) and in /api/v1/alarms. All ' +
      'are tried; the exit code is 1 where one could not be acknowledged.',
  ],
  flags: { comment: { value: 'TEXT', about: 'What is done about it.' }, ...apiFlags },
  examples: [
    { line: 'forewarn ack 7fead8294fec1f73 --comment "on it"', does: 'Acknowledge one alarm.' },
  ],
  operandsMin: 1,
  operandsMax: 1_000,
}

/** See the head of the file. */
export const ackCommand = command(page, async ({ values, operands }, io) => {
  const api = new ApiClient(values)
  const body = { who: speaker(values), comment: values.comment ?? '' }
  let code: number = exitCodes.ok
  for (const id of operands) {
    try {
      await api.ask('POST', `/api/v1/alarms/${encodeURIComponent(id)}/acknowledge`, body)
      io.stderr.write(`acknowledged ${id}\n`)
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error
      io.stderr.write(`forewarn ack: ${error.message} (${error.code})\n`)
      code = exitCodes.failure
    }
  }
  return code
})
