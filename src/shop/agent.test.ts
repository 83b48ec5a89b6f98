import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Agent, agentColumns } from './agent.ts'

/** A database that never answers. */
const silent = createServer()
let agent: Agent
beforeAll(async () => {
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  agent = new Agent((silent.address() as AddressInfo).port)
})
afterAll(async () => {
  await agent.close()
  silent.close()
})

const measures = {
  heapShare: 0.254,
  underWay: 12.6,
  waiting: 3.2,
  lent: 2.5,
  loopDelayMs: 1.5,
  loopBusy: 0.0714,
  collectMs: 4.4,
  statementMs: 2,
  commitMs: 0.0126,
  dependencyMs: 13,
}

test('what the shop says of itself comes in whole numbers of small units', () => {
  const { mem, connections, waiting, further } = agent.second(process.pid, measures)
  expect([mem, connections, waiting]).toEqual([25, 13, 3])
  expect(further).toMatchObject({
    loop_delay_us: 1500,
    loop_busy_permille: 71,
    gc_ms: 4,
    lent_permille: 2500,
    statement_us: 2000,
    commit_us: 13,
    dependency_us: 13_000,
  })
})

test('what is seen in /proc is of the web server’s process', () => {
  agent.second(process.pid, measures)
  const busyUntil = process.cpuUsage().user + 300_000
  while (process.cpuUsage().user < busyUntil) for (let i = 0; i < 1e6; i++) Math.sqrt(i)
  const { cpu, further } = agent.second(process.pid, measures)
  expect(cpu).toBeGreaterThan(0)
  expect(further.rss_mb).toBeGreaterThan(20)
  expect(Object.keys(further).sort()).toEqual([...agentColumns].sort())
})

test('while the web server is down and the database silent there are zeros', () => {
  agent.second(process.pid, measures)
  const { cpu, mem, disk, further } = agent.second(undefined, undefined)
  expect([cpu, mem, disk]).toEqual([0, 0, 0])
  expect([further.rss_mb, further.lent_permille, further.log_kb]).toEqual([0, 0, 0])
})
