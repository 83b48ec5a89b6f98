import { expect, test } from 'vitest'
import { PartProcess } from './part-process.ts'

test('a part that does not start is an error with what it said', async () => {
  const started = PartProcess.started({ name: 'no-such', options: {} })
  await expect(started).rejects.toMatchObject({
    code: 'ERR_TESTBED_PART',
    message: expect.stringMatching(/cannot start the no-such of the shop.*no-such-part/s),
  })
})

test('a part says where it listens, answers, and ends when it is asked to', async () => {
  const { part, port } = await PartProcess.started({ name: 'dependency', options: { seed: 1 } })
  let ends = 0
  part.onEnd(() => ends++)
  const answer = await fetch(`http://127.0.0.1:${port}/browse/1`)
  expect(await answer.json()).toEqual({ rank: expect.any(Number) })
  expect(part.running).toBe(true)
  await part.stop()
  await part.stop()
  expect(part.running).toBe(false)
  expect(ends).toBe(1)
})
