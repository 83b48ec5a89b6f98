/**
 * `forewarn testbed simulate`: a web shop that is broken on purpose, as files, with the truth.
 *
 *   DIR/stats           epoch,cpu,mem,disk,waiting,connections
 *   DIR/responsetime    millis,epoch
 *   DIR/truth.json      what was injected when, when the objective broke
 */

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BreachList } from '../testbed/breach-list.ts'
import { aggregateOf, simulation } from '../testbed/simulation.ts'
import type { Simulation } from '../testbed/simulation.ts'
import { responseTimeLines, statsLine, truthOf } from '../testbed/text.ts'
import type { Breach } from '../testbed/text.ts'
import type { Objective } from '../warning/objective.ts'
import { numberOf, usageError } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { command, exitCodes } from './command.ts'
import { faultKinds, faultsOf } from './fault-list.ts'

const page = {
  name: 'forewarn testbed simulate',
  usage: '--out DIR [options]',
  summary: 'Simulate a web shop that breaks, with the truth about it.',
  about: [
    'Simulates a web shop of 110 clients, second by second, as a queueing network of CPU, disk, ' +
      'a lock and a dependency, and writes what its agents would send: DIR/stats with ' +
      'epoch,cpu,mem,disk,waiting,connections once a second, DIR/responsetime with millis,epoch ' +
      'once a request, and DIR/truth.json: what was injected when, and when the objective broke.',
    'Harmless changes go on all the time: load that rises and falls, batch jobs, caches that ' +
      `grow. Faults: ${faultKinds.join(', ')}; or gradual, sudden, all, none.`,
    'The same seed gives the same bytes.',
  ],
  flags: {
    minutes: { value: 'N', about: 'How long. Default: 60.' },
    faults: { value: 'LIST', about: 'Which faults, by comma. Default: all.' },
    seed: { value: 'N', about: 'Default: 1.' },
    out: { value: 'DIR', about: 'Folder to write into; it is made where it is missing.' },
    limit: { value: 'MS', about: 'The objective: the mean response time. Default: 100.' },
  },
  examples: [
    {
      line: 'forewarn testbed simulate --minutes 180 --seed 7 --out shop',
      does: 'Three hours with faults of all kinds.',
    },
    { line: 'forewarn evaluate shop', does: 'What warnings would have been worth there.' },
  ],
  operandsMin: 0,
  operandsMax: 0,
} as const

/** 2024-01-01T00:00:00Z: fixed, so that the same seed gives the same bytes. */
const startEpoch = 1_704_067_200
/** Seconds in a row over the limit that are a breach. */
const holdSamples = 3
/** Characters handed to the file at once. */
const pieceCharacters = 1_000_000

/** See the head of the file. */
export const testbedSimulateCommand = command(page, async ({ values }, io) => {
  const whole = (flag: 'minutes' | 'seed' | 'limit', usual: number, most: number): number => {
    const text = values[flag]
    const range = { min: flag === 'seed' ? 0 : 1, max: most, whole: true }
    return text === undefined ? usual : numberOf(flag, text, range)
  }
  if (values.out === undefined) throw usageError('option "--out" is missing: a folder to write to')
  const seconds = whole('minutes', 60, 1e6) * 60
  const seed = whole('seed', 1, 2 ** 31)
  const faults = faultsOf(values.faults ?? 'all')
  const objective = { metric: 'mean', limit: whole('limit', 100, 1e6), holdSamples }
  const made = simulation({ seconds, faults, seed })
  mkdirSync(values.out, { recursive: true })
  const breaches = write(made, { folder: values.out, objective, io })
  const { injections } = made
  const truth = truthOf({ seed, startEpoch, seconds, objective, injections, breaches })
  writeFileSync(join(values.out, 'truth.json'), JSON.stringify(truth, null, 1) + '\n')
  io.stderr.write(`${seconds} s, ${injections.length} injections, ${breaches.length} breaches\n`)
  return exitCodes.ok
})

interface Place {
  readonly folder: string
  readonly objective: Objective
  readonly io: CommandIo
}

/** Writes the seconds; returns the breaches. Stops early where it is asked to. */
function write(made: Simulation, { folder, objective, io }: Place): Breach[] {
  const files = ['stats', 'responsetime'].map((name) => openSync(join(folder, name), 'w'))
  const texts = ['', '']
  const flush = (): void => {
    files.forEach((file, i) => writeSync(file, texts[i] as string))
    texts.fill('')
  }
  const list = new BreachList(objective)
  let second = 0
  try {
    for (const each of made.run()) {
      if (io.signal.aborted) break
      texts[0] += statsLine(startEpoch + second, each)
      texts[1] += responseTimeLines(startEpoch + second, each)
      list.update(aggregateOf(each, objective.limit).mean)
      if ((texts[1] as string).length > pieceCharacters) flush()
      second++
    }
    flush()
  } finally {
    for (const file of files) closeSync(file)
  }
  return list.breaches
}
