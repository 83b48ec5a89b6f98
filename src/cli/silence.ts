/** `forewarn silence`: alarms that nobody wants to be told of for a while. */

import { durationMs } from '../config/quantity.ts'
import { ApiClient, apiFlags, speaker } from './api-client.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { textTable } from './text-table.ts'

const page = {
  name: 'forewarn silence',
  usage: '(PATTERN | --alarm ID) --for TIME | --list | --end ID',
  summary: 'Silence alarms of a running program for a while.',
  about: [
    'Sinks that call people are not handed alarms of the series that the pattern fits, a glob ' +
      'over the series key; the page, files and the console show them, marked. An alarm that ' +
      'still fires when the silence is over is told then.',
  ],
  flags: {
    for: { value: 'TIME', about: 'How long: 30m, 2h, 1d.' },
    alarm: { value: 'ID', about: 'Silence this one alarm instead of a pattern.' },
    comment: { value: 'TEXT', about: 'Why.' },
    list: { about: 'Print the silences that hold now.' },
    end: { value: 'ID', about: 'End a silence before its time.' },
    ...apiFlags,
  },
  examples: [
    {
      line: `forewarn silence '*{host="vm1"*' --for 2h --comment "new disk"`,
      does: 'Nobody is called for vm1 for two hours.',
    },
    { line: 'forewarn silence --list', does: 'Which silences hold, with their ids.' },
  ],
  operandsMin: 0,
  operandsMax: 1,
}

/** A silence as the API shows it. */
interface Shown {
  readonly id: string
  readonly match?: unknown
  readonly alarm?: string
  readonly untilMs: number
  readonly who: string
  readonly comment: string
}

/** See the head of the file. */
export const silenceCommand = command(page, async ({ values, operands }, io) => {
  const [pattern] = operands
  const wanted = [pattern, values.alarm, values.end, values.list || undefined]
  if (wanted.filter((each) => each !== undefined).length !== 1) {
    throw usageError('expected one of PATTERN, --alarm ID, --list and --end ID')
  }
  const api = new ApiClient(values)
  const who = speaker(values)
  if (values.list) return listed(api, io)
  if (values.end !== undefined) {
    const query = new URLSearchParams({ who })
    await api.ask('DELETE', `/api/v1/silences/${encodeURIComponent(values.end)}?${query}`)
    io.stderr.write(`silence ${values.end} is over\n`)
    return exitCodes.ok
  }
  const about = pattern === undefined ? { alarm: values.alarm } : { match: pattern }
  const comment = values.comment ?? ''
  const body = { ...about, durationMs: lengthMs(values.for), who, comment }
  const made = (await api.ask('POST', '/api/v1/silences', body)) as Shown
  io.stdout.write(made.id + '\n')
  io.stderr.write(`silenced until ${timeText(made.untilMs)}\n`)
  return exitCodes.ok
})

function lengthMs(text: string | undefined): number {
  if (text === undefined) throw usageError('option "--for" is missing: how long, as 2h')
  const ms = durationMs(text)
  if (ms === undefined || ms < 1000) {
    throw usageError(`option "--for" needs a duration of a second or more, as 30m or 2h: "${text}"`)
  }
  return ms
}

async function listed(api: ApiClient, io: CommandIo): Promise<number> {
  const { silences } = (await api.ask('GET', '/api/v1/silences')) as { silences: Shown[] }
  if (silences.length === 0) {
    io.stderr.write('no silence holds\n')
    return exitCodes.ok
  }
  const rows = silences.map(({ id, match, alarm, untilMs, who, comment }) => {
    const about = alarm === undefined ? patternText(match) : `alarm ${alarm}`
    return [id, timeText(untilMs), who, about, comment]
  })
  io.stdout.write(textTable(['id', 'until', 'who', 'about', 'comment'], rows))
  return exitCodes.ok
}

function patternText(match: unknown): string {
  return typeof match === 'string' ? match : JSON.stringify(match)
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
