import { expect, test } from 'vitest'
import { startedServer } from '../../test/running-server.ts'

test('ping answers as Pensu does, where told so', async () => {
  const server = await startedServer({ ping: 'pensu' })
  const asked = async (): Promise<unknown> => (await fetch(`${server.address}/ping`)).json()
  const pong = await asked()
  expect(pong).toEqual({
    response: 'PONG',
    instance_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    service_specific_info: { time_loaded: expect.any(Number), uptime: expect.any(Number) },
  })
  expect(await asked()).toMatchObject({
    instance_id: (pong as { instance_id: string }).instance_id,
  })
  await server.close()
})

test('readyz lists the partitions of shared topics, and says how the store is', async () => {
  const partitions = [{ partition: 'in/t/0', lagRecords: 12 }]
  const store = { type: 'redis', scope: 'partition', lastSavedMs: 5, failing: true } as const
  const server = await startedServer({ partitions: () => partitions, store: () => store })
  const answer = await fetch(`${server.address}/readyz`)
  expect(await answer.json()).toMatchObject({ status: 'ready', partitions, store })
  await server.close()
})
