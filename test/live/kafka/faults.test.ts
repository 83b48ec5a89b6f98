/**
 * Several programs share a topic of a real Kafka, with states in a real Redis, while one thing
 * after the other goes wrong. What they wrote together, each report once, is what one program alone
 * writes of the same records, bit for bit. More often: `npm run test:kafka-faults`.
 */

import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { redisMissing } from '../redis-server.ts'
import { kafkaMissing } from './cluster.ts'
import { faults } from './faults.ts'
import type { Fault } from './faults.ts'
import { Servers, WorkingGroup } from './working-group.ts'

const missing = (await kafkaMissing()) ?? redisMissing()

/** Two members at work through faults one after the other; then the comparison. */
async function survived(group: WorkingGroup, ...all: (readonly [Fault, number])[]): Promise<void> {
  onTestFailed(() => {
    for (const { stderr } of group.members) process.stderr.write(`${stderr.slice(-3000)}\n`)
  })
  await group.start(2)
  await group.flowing(10, async () => {
    for (const [fault, times] of all) await fault(group, times)
  })
  await group.scored()
  await group.stop()
  expect(await group.said()).toEqual(await group.alone())
}

describe.skipIf(missing !== undefined)(`a group at work ${missing ?? ''}`, () => {
  let servers: Servers
  let group: WorkingGroup
  beforeAll(async () => {
    servers = await Servers.start()
  })
  afterAll(async () => {
    await group?.end()
    await servers?.stop()
  })

  const bounds = { timeout: 400_000 }

  test('five kills -9 at random moments', bounds, async () => {
    group = await WorkingGroup.of(servers)
    await survived(group, [faults.kill, 5])
  })

  test('members come, die and leave, and one wakes up late', bounds, async () => {
    group = await WorkingGroup.of(servers)
    await survived(group, [faults.members, 1], [faults.zombie, 1])
  })

  test('Redis is cut off, killed, and loses its data', bounds, async () => {
    group = await WorkingGroup.of(servers)
    await survived(group, [faults.cut, 1], [faults.redis, 1], [faults.emptied, 1])
  })
})

describe.skipIf(missing !== undefined)(`a group on three brokers ${missing ?? ''}`, () => {
  test('the leader of a partition is killed', { timeout: 400_000 }, async () => {
    const servers = await Servers.start(3)
    const group = await WorkingGroup.of(servers, 3)
    try {
      await survived(group, [faults.leader, 1])
    } finally {
      await group.end()
      await servers.stop()
    }
  })
})
