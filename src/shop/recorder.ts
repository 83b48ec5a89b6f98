/**
 * Records the real shop: starts its parts, has faults come and go by their course, and writes what
 * agents and clients see of each second.
 *
 *   second n          │ second n+1
 *   clients, agents ──┤ agent's second n, 250 ms for the clients' ──▶ lines, truth
 *                     │ mean of n ──▶ course ──▶ strengths ──▶ all parts
 */

import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Clock, Timers } from '../core/clock.ts'
import { ForewarnError } from '../core/errors.ts'
import { FaultCourse } from '../testbed/fault-course.ts'
import type { FaultKind } from '../testbed/fault.ts'
import type { Objective } from '../warning/objective.ts'
import { Agent } from './agent.ts'
import { RecordFiles } from './record-files.ts'
import { ShopParts } from './shop-parts.ts'

/** How long the clients may take to hand over a second that is over. */
const handOverMs = 250

export interface RecordPlan {
  readonly folder: string
  readonly seconds: number
  readonly parts: number
  readonly faults: readonly FaultKind[]
  readonly seed: number
  readonly objective: Objective
}

/** The world of the recorder. */
export interface RecorderWorld {
  readonly clock: Clock & Timers
  readonly signal: AbortSignal
  /** Told about each fault and the end of each part. */
  readonly say: (line: string) => void
}

/** What came of it. */
export interface Recorded {
  readonly seconds: number
  readonly faults: number
  /** How often the web server died and was started again. */
  readonly deaths: number
}

/** Records until the end or until it is stopped; every process that it started has ended then. */
export async function record(plan: RecordPlan, world: RecorderWorld): Promise<Recorded> {
  const millisByEpoch = new Map<number, number[]>()
  const shop = await ShopParts.started(plan.seed, ({ epoch, millis }) => {
    millisByEpoch.set(epoch, [...(millisByEpoch.get(epoch) ?? []), ...millis])
  })
  const agent = new Agent(shop.databasePort)
  try {
    return await recordSeconds(plan, world, { shop, agent, millisByEpoch })
  } finally {
    await agent.close()
    await shop.stop()
  }
}

interface Running {
  readonly shop: ShopParts
  readonly agent: Agent
  readonly millisByEpoch: Map<number, number[]>
}

async function recordSeconds(
  plan: RecordPlan,
  { clock, signal, say }: RecorderWorld,
  { shop, agent, millisByEpoch }: Running,
): Promise<Recorded> {
  const { seconds, seed, faults, objective, folder } = plan
  const partSeconds = Math.ceil(seconds / plan.parts)
  const course = new FaultCourse({ seconds, partSeconds, faults, seed, objective })
  // The first second is a whole one, in which everything runs already.
  const startEpoch = Math.floor(clock.nowMs() / 1000) + 2
  const about = {
    node: process.version,
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
  }
  const head = { folder, startEpoch, partSeconds, objective, seed }
  const files = new RecordFiles({
    ...head,
    about: { ...about, memoryMb: Math.round(totalmem() / 2 ** 20) },
  })
  agent.second(shop.webPid, shop.measures)
  let second = 0
  let said: string | undefined
  while (second < seconds && !signal.aborted && shop.lost === undefined) {
    const epoch = startEpoch + second
    await until((epoch + 1) * 1000, clock, signal)
    if (signal.aborted) break
    const seen = agent.second(shop.webPid, shop.measures)
    await until((epoch + 1) * 1000 + handOverMs, clock, signal)
    const millis = millisByEpoch.get(epoch) ?? []
    for (const known of millisByEpoch.keys()) if (known <= epoch) millisByEpoch.delete(known)
    const mean = files.write(second, seen, { millis, injections: course.injections(second) })
    second++
    shop.tell(course.step(second, mean))
    const { current } = course
    if (current !== said) say(`${second} s: ${current ?? `${said} removed`}`)
    said = current
  }
  files.close(course.injections(second))
  if (shop.lost !== undefined) {
    throw new ForewarnError('ERR_TESTBED_PART', `the shop’s ${shop.lost} ended by itself`)
  }
  return { seconds: second, faults: course.faultCount, deaths: shop.deaths }
}

/** Waits until a moment, or until it is stopped. */
function until(atMs: number, clock: Clock & Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(Math.max(0, atMs - clock.nowMs()), end)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
