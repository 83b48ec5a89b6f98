/** What people say on the page: acknowledgements and silences. */

import { expect, test } from 'vitest'
import { cpu, servedWorld, visit } from './visit.ts'

test('an alarm is acknowledged and silenced by a click, and the silence is ended', async () => {
  const { world, address } = await servedWorld()
  world.faults.push({ key: cpu, from: 0, to: 1e9, add: 200 })
  await world.run(3)
  const { page } = await visit(address)
  const alarm = page.locator('li', { has: page.locator('.alarm.firing') })
  await alarm.getByRole('button', { name: 'Acknowledge' }).click()
  await page.getByLabel('Your name').fill('Ada')
  await page.getByRole('button', { name: 'Say it' }).click()
  await alarm.getByText('seen by Ada').waitFor()
  expect(await alarm.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0)
  // The name is known by now.
  await alarm.getByRole('button', { name: 'Silence for 8 h' }).click()
  await alarm.getByText(/silenced until/).waitFor()
  const silence = page.locator('.silences li')
  await silence.getByText(/, Ada$/).waitFor()
  await silence.getByRole('button', { name: 'End' }).click()
  await alarm.getByRole('button', { name: 'Silence for 1 h' }).waitFor()
  await expect.poll(() => silence.count()).toBe(0)
  await world.run(1)
  await page.reload()
  await alarm.getByText('seen by Ada').waitFor()
})
