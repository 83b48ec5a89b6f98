/**
 * What can happen to a group of programs at work. Each fault is over when its promise resolves; the
 * load flows meanwhile, with a message that nobody can read in every tenth second.
 */

import { Random } from '../../../src/core/random.ts'
import type { LiveProgram } from '../live-program.ts'
import { pause } from '../live-program.ts'
import { samplesASecond } from './load.ts'
import { until } from './working-group.ts'
import type { WorkingGroup } from './working-group.ts'

/** A fault, done to a group of two members; `times` where it can be repeated. */
export type Fault = (group: WorkingGroup, times: number) => Promise<void>

/** The members that run. */
const running = ({ members }: WorkingGroup): LiveProgram[] => members.filter((one) => one.running)

/** Ends a random member at once and starts it again, at random moments. */
async function kill(group: WorkingGroup, times: number): Promise<void> {
  const random = new Random(times)
  for (let i = 0; i < times; i++) {
    await pause(300 + random.below(2000))
    const member = running(group)[random.below(running(group).length)] as LiveProgram
    await member.ended('SIGKILL')
    await pause(random.below(1000))
    member.start()
  }
}

/** A member comes, one is killed for good, another comes, one leaves. */
async function members(group: WorkingGroup, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    const third = await group.member()
    await third.ready()
    await running(group)[0]?.ended('SIGKILL')
    await pause(1_000)
    const fourth = await group.member()
    await fourth.ready()
    await pause(1_000)
    const code = await third.ended('SIGTERM')
    if (code !== 143) throw new Error(`a member that left ended with ${code}`)
  }
}

/** A member is frozen until its partitions are another's, and wakes up. */
async function zombie(group: WorkingGroup, times: number): Promise<void> {
  const random = new Random(times)
  for (let i = 0; i < times; i++) {
    const all = running(group)
    await group.has(all.length)
    await pause(random.below(2_000))
    const member = all[i % all.length] as LiveProgram
    member.signal('SIGSTOP')
    await group.has(all.length - 1)
    // The others load what it had and go on.
    await pause(1_000)
    member.signal('SIGCONT')
  }
  await group.has(running(group).length)
}

/** The way to Redis is cut, for longer than several checkpoints. */
async function cut(group: WorkingGroup, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    group.servers.way.cut()
    await pause(2_000)
    group.servers.way.mend()
  }
}

/** Redis is killed and comes back with its data. */
async function redis(group: WorkingGroup, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await pause(1_000)
    await group.servers.redis.kill()
    await pause(1_500)
    await group.servers.redis.start()
  }
}

/** Redis loses its data; once the members have saved again what they hold, one is killed. */
async function emptied(group: WorkingGroup): Promise<void> {
  const { redis } = group.servers
  const whole = (): Promise<boolean> => {
    const names = redis.cli('--scan', '--pattern', `*${group.output}/*:owner:*`)
    return Promise.resolve(names.split('\n').length > samplesASecond)
  }
  await until('every series is saved', whole)
  redis.cli('flushall')
  await redis.kill()
  await redis.start()
  await until('every series is saved again', whole)
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
    await until('others lead', async () => {
      const { topics: now } = await topics.admin.metadata({
        topics: [group.input],
        forceUpdate: true,
      })
      const leaders = now.get(group.input)?.partitions.map(({ leader }) => leader)
      return leaders?.every((each) => each > 0 && each !== id) === true
    })
    if (i < times - 1) await topics.cluster.restart(id)
  }
}

/** All of them, by name. */
export const faults = { kill, members, zombie, cut, redis, emptied, leader } as const

export type FaultName = keyof typeof faults
