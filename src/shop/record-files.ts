/**
 * A record of the shop on disk, in parts:
 *
 *   DIR/part-1/{stats,responsetime,truth.json}      DIR/part-2/…
 *
 * Lines are written as the seconds come, so a part can be read while it grows; its truth is written
 * once a minute. A part that is over is compressed, to stats.gz and responsetime.gz.
 */

import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BreachList } from '../testbed/breach-list.ts'
import type { Injection } from '../testbed/fault.ts'
import { aggregateOf } from '../testbed/simulation.ts'
import { responseTimeLines, statsLine, truthOf } from '../testbed/text.ts'
import type { Objective } from '../warning/objective.ts'
import { agentColumns } from './agent.ts'
import type { AgentSecond } from './agent.ts'

const truthEverySeconds = 60

/** What is the same for the whole record. */
export interface RecordHead {
  readonly folder: string
  readonly startEpoch: number
  readonly partSeconds: number
  readonly objective: Objective
  readonly seed: number
  readonly about: Readonly<Record<string, string | number>>
}

/** See the head of the file. */
export class RecordFiles {
  readonly #head: RecordHead
  #part: Part | undefined

  constructor(head: RecordHead) {
    this.#head = head
  }

  /**
   * Writes a second; seconds come in order from 0. `injections`: all from the start of the record.
   * Returns the mean response time as the objective has it.
   */
  write(
    second: number,
    agent: AgentSecond,
    responses: { readonly millis: readonly number[]; readonly injections: readonly Injection[] },
  ): number {
    const { partSeconds } = this.#head
    if (second % partSeconds === 0) {
      this.close(responses.injections)
      this.#part = new Part(this.#head, second)
    }
    return this.#part?.write(agent, responses) ?? NaN
  }

  /** Completes the part that is being written. */
  close(injections: readonly Injection[]): void {
    this.#part?.close(injections)
    this.#part = undefined
  }
}

class Part {
  readonly #head: RecordHead
  readonly #folder: string
  readonly #firstSecond: number
  readonly #stats: number
  readonly #responses: number
  readonly #breaches: BreachList
  #seconds = 0

  constructor(head: RecordHead, firstSecond: number) {
    this.#head = head
    this.#firstSecond = firstSecond
    this.#breaches = new BreachList(head.objective)
    this.#folder = join(head.folder, `part-${1 + firstSecond / head.partSeconds}`)
    mkdirSync(this.#folder, { recursive: true })
    this.#stats = openSync(join(this.#folder, 'stats'), 'w')
    this.#responses = openSync(join(this.#folder, 'responsetime'), 'w')
  }

  write(
    agent: AgentSecond,
    {
      millis,
      injections,
    }: { readonly millis: readonly number[]; readonly injections: readonly Injection[] },
  ): number {
    const epoch = this.#head.startEpoch + this.#firstSecond + this.#seconds
    const second = { ...agent, millis }
    const further = agentColumns.map((column) => `,${agent.further[column]}`).join('')
    writeSync(this.#stats, statsLine(epoch, second).trimEnd() + further + '\n')
    writeSync(this.#responses, responseTimeLines(epoch, second))
    const { mean } = aggregateOf(second, this.#head.objective.limit)
    this.#breaches.update(mean)
    this.#seconds++
    if (this.#seconds % truthEverySeconds === 0) this.#writeTruth(injections)
    return mean
  }

  close(injections: readonly Injection[]): void {
    closeSync(this.#stats)
    closeSync(this.#responses)
    this.#writeTruth(injections)
    for (const name of ['stats', 'responsetime']) {
      const path = join(this.#folder, name)
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
      rmSync(path)
    }
  }

  #writeTruth(injections: readonly Injection[]): void {
    const { startEpoch, objective, seed, about } = this.#head
    const first = this.#firstSecond
    const within = (second: number): number => Math.min(this.#seconds, Math.max(0, second - first))
    const own = injections
      .map((each) => {
        const { startSecond, endSecond } = each
        return { ...each, startSecond: within(startSecond), endSecond: within(endSecond) }
      })
      .filter(({ startSecond, endSecond }) => startSecond < endSecond)
    const truth = truthOf({
      seed,
      startEpoch: startEpoch + first,
      seconds: this.#seconds,
      objective,
      columns: agentColumns,
      about,
      injections: own,
      breaches: this.#breaches.breaches,
    })
    writeFileSync(join(this.#folder, 'truth.json'), JSON.stringify(truth, null, 1) + '\n')
  }
}
