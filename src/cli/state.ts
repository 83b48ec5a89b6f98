/** `forewarn state`: what a program has learned and keeps: look at it, take it along. */

import { readFileSync, writeFileSync } from 'node:fs'
import { configFile, loadConfig } from '../config/load.ts'
import { folderState, readStateFile, stateFile, writeFolder } from '../config/state-file.ts'
import type { FolderState } from '../config/state-file.ts'
import { tables } from '../config/tables.ts'
import { openedSnapshot } from '../core/snapshot.ts'
import { usageError } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import type { CommandIo } from './command.ts'
import { configFlags } from './config-flags.ts'
import { textTable } from './text-table.ts'

const page = {
  name: 'forewarn state',
  usage: 'inspect [KEY] | export --output FILE | import FILE',
  summary: 'Look at the saved state, take it out, put it into a folder.',
  about: [
    'The folder is that of the configuration (store.folder), or --folder. No program may be ' +
      'running on it. export writes one file with states, positions, outbox and incoming log, ' +
      'and a checksum over all; import puts it into a folder, and a run there goes on as the ' +
      'other would have. The history of scores is not in it.',
    'inspect exits with 1 where a state is damaged; a run starts such a series anew.',
  ],
  flags: {
    config: configFlags.config,
    folder: { value: 'FOLDER', about: 'The folder, instead of that of a configuration.' },
    output: { value: 'FILE', about: 'Where export writes.' },
    replace: { about: 'import: give up the state that is in the folder.' },
  },
  examples: [
    { line: 'forewarn state inspect -c forewarn.yaml', does: 'What is kept, and how large it is.' },
    { line: 'forewarn state export --output state.fw', does: 'Everything in one file.' },
    { line: 'forewarn state import state.fw --folder new', does: 'Put it into a folder.' },
  ],
  operandsMin: 1,
  operandsMax: 2,
}

/** See the head of the file. */
export const stateCommand = command(page, async ({ values, operands }, io) => {
  const [verb, operand] = operands
  const folder = values.folder ?? configuredFolder(values.config, io)
  if (verb === 'inspect') return inspected(await folderState(folder), operand, io)
  if (verb === 'export' && operand === undefined) {
    if (values.output === undefined) throw usageError('option "--output" is missing')
    const bytes = stateFile(await folderState(folder))
    writeFileSync(values.output, bytes)
    io.stderr.write(`${values.output}: ${bytes.length} bytes\n`)
    return exitCodes.ok
  }
  if (verb === 'import' && operand !== undefined) {
    const state = readStateFile(readFileSync(operand))
    await writeFolder(folder, state, values.replace ? 'replace' : 'refuse')
    io.stderr.write(`${folder}: ${state.state.owners.length} states\n`)
    return exitCodes.ok
  }
  throw usageError('expected inspect [KEY], export --output FILE or import FILE')
})

function configuredFolder(config: string | undefined, io: CommandIo): string {
  const file = configFile(config, io.env)
  return loadConfig({ file, environment: io.env, sets: [] }, tables).store.folder
}

/** One saved owner as people are shown it. */
interface Row {
  readonly ownerKey: string
  /** The head of the key: `series`, `transform/0-rate`, `silences`. */
  readonly owner: string
  readonly kind: string
  readonly version: number
  readonly lastTimestampMs: number
  readonly bytes: number
  /** Why it cannot be read; undefined where it can. */
  readonly fault: string | undefined
}

function rowsOf({ state }: FolderState): Row[] {
  return state.owners.map(({ ownerKey, sealed }) => {
    const parts = ownerKey.split('/')
    const owner = parts[0] === 'transform' ? parts.slice(0, 2).join('/') : String(parts[0])
    const plain = { ownerKey, owner, bytes: sealed.length }
    try {
      const { kind, version, lastTimestampMs } = openedSnapshot(sealed).head
      return { ...plain, kind, version, lastTimestampMs, fault: undefined }
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      return { ...plain, kind: 'damaged', version: 0, lastTimestampMs: NaN, fault }
    }
  })
}

function inspected(folder: FolderState, key: string | undefined, io: CommandIo): number {
  const rows = rowsOf(folder)
  if (key !== undefined) return detailed(rows, key, io)
  const groups = new Map<string, { owner: string; kind: string; count: number; bytes: number }>()
  for (const { owner, kind, bytes } of rows) {
    const group = groups.get(`${owner} ${kind}`) ?? { owner, kind, count: 0, bytes: 0 }
    group.count++
    group.bytes += bytes
    groups.set(`${owner} ${kind}`, group)
  }
  const owners = [...groups.values()].map(({ owner, kind, count, bytes }) => {
    return [owner, kind, String(count), String(bytes)]
  })
  const { positions, outbox } = folder.state
  const waiting = new Map<string, number>()
  for (const { sink } of outbox) waiting.set(sink, (waiting.get(sink) ?? 0) + 1)
  const logBytes = folder.log.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const damaged = rows.filter(({ fault }) => fault !== undefined)
  io.stdout.write(
    textTable(['owner', 'kind', 'count', 'bytes'], owners) +
      '\n' +
      textTable(
        ['partition', 'offset'],
        [...positions].map(([partition, offset]) => [partition, String(offset)]),
      ) +
      `\noutbox: ${outbox.length}` +
      [...waiting].map(([sink, count]) => ` ${sink} ${count}`).join('') +
      `\nincoming log: ${folder.log.length} files, ${logBytes} bytes\n`,
  )
  for (const { ownerKey, fault } of damaged) io.stderr.write(`${ownerKey}: ${fault}\n`)
  return damaged.length > 0 ? exitCodes.failure : exitCodes.ok
}

function detailed(rows: readonly Row[], key: string, io: CommandIo): number {
  const row = rows.find(({ ownerKey }) => ownerKey === key || ownerKey === `series/${key}`)
  if (row === undefined) {
    io.stderr.write(`forewarn state: nothing is saved under "${key}"\n`)
    return exitCodes.failure
  }
  const { ownerKey, kind, version, lastTimestampMs, bytes, fault } = row
  const last = Number.isFinite(lastTimestampMs) ? new Date(lastTimestampMs).toISOString() : '–'
  const facts = [
    ['key', ownerKey],
    ['kind', kind],
    ['version', String(version & 0xffff)],
    ['layout', String((version >>> 16) + 1)],
    ['last sample', last],
    ['bytes', String(bytes)],
    ...(fault === undefined ? [] : [['fault', fault]]),
  ]
  for (const [name = '', value = ''] of facts) io.stdout.write(`${name.padEnd(13)}${value}\n`)
  return fault === undefined ? exitCodes.ok : exitCodes.failure
}
