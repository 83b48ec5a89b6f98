/**
 * What can happen to a group of programs at work. Each fault is over when its promise resolves; the
 * load flows meanwhile, with a message that nobody can read in every tenth second.
 */

import { Random } from '../../../src/core/random.ts'
import type { LiveProgram } from '../live-program.ts'
import { pause } from '../live-program.ts'
import type { WorkingGroup } from './working-group.ts'

/** A fault, done to a group of two members; `times` where it can be repeated. */
export type Fault = (group: WorkingGroup, times: number) => Promise<void>

/** The members that run. */
const running = ({ members }: WorkingGroup): LiveProgram[] => members.filter((one) => one.running)

/** Ends a random member at once and starts it again, at random moments. */
async function kill(group: WorkingGroup, times: number): Promise<void> {
  const random = new Random(times)
  for (let i = 0; i < times; i++) {
    await pause(500 + random.below(2500))
    const member = running(group)[random.below(running(group).length)] as LiveProgram
    await member.ended('SIGKILL')
    await pause(random.below(1500))
    member.start()
  }
}

/** A member comes, one is killed for good, another comes, one leaves. */
async function members(group: WorkingGroup): Promise<void> {
  await pause(1_000)
  const third = await group.member()
  await third.ready()
  await group.members[0]?.ended('SIGKILL')
  await pause(3_000)
  const fourth = await group.member()
  await fourth.ready()
  await pause(2_000)
  const code = await third.ended('SIGTERM')
  if (code !== 143) throw new Error(`a member that left ended with ${code}`)
}

/** A member is frozen until its partitions are another's, and wakes up. */
async function zombie(group: WorkingGroup): Promise<void> {
  await pause(1_000)
  const [member] = running(group)
  member?.signal('SIGSTOP')
  // Twice its session.
  await pause(12_000)
  member?.signal('SIGCONT')
  await pause(6_000)
}

/** The way to Redis is cut, for longer than several checkpoints. */
async function cut(group: WorkingGroup, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    group.servers.way.cut()
    await pause(3_000)
    group.servers.way.mend()
  }
  await pause(1_000)
}

/** Redis is killed and comes back with its data. */
async function redis(group: WorkingGroup, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    await group.servers.redis.kill()
    await pause(2_000)
    await group.servers.redis.start()
  }
  await pause(1_000)
}

/** Redis loses its data; once the members have saved again what they hold, one is killed. */
async function emptied(group: WorkingGroup): Promise<void> {
  await pause(2_000)
  group.servers.redis.cli('flushall')
  await group.servers.redis.kill()
  await group.servers.redis.start()
  await pause(5_000)
  await kill(group, 1)
}

/** A broker that leads partitions is killed, and comes back before the next one; of three. */
async function leader(group: WorkingGroup, times: number): Promise<void> {
  const { topics } = group.servers
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    // Broker 1 is the controller of these small clusters: without it nobody can lead anew.
    const metadata = await topics.admin.metadata({ topics: [group.input], forceUpdate: true })
    const leaders = metadata.topics.get(group.input)?.partitions.map(({ leader }) => leader)
    const id = leaders?.find((each) => each !== 1) ?? 2
    await topics.cluster.kill(id)
    await pause(4_000)
    if (i < times - 1) await topics.cluster.restart(id)
  }
}

/** All of them, by name. */
export const faults = { kill, members, zombie, cut, redis, emptied, leader } as const

export type FaultName = keyof typeof faults
