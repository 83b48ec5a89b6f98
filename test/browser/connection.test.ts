/** The page when its connection breaks, and when the server wants a token. */

import { describe, expect, test } from 'vitest'
import { cpu, lastValue, pageRoot, reading, row, servedWorld, visit } from './visit.ts'

describe('a connection that breaks', () => {
  /** The browser says by itself that a server was away; that is no fault of the page. */
  function forgiveAbsence(complaints: string[]): void {
    const left = complaints.filter(
      (text) => !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|status of 503/.test(text),
    )
    complaints.splice(0, complaints.length, ...left)
  }

  test('is mended, and what happened meanwhile is caught up', async () => {
    const { world, address } = await servedWorld()
    const { page, complaints } = await visit(address)
    await row(page, cpu).click()
    await expect.poll(() => reading(page)).not.toBe('–')
    await world.stopServing()
    await page.getByText('Reconnecting').waitFor()
    // A fault that begins and ends while the page is away, and one that goes on.
    world.faults.push({ key: cpu, from: 202, to: 204, add: 190 })
    world.faults.push({ key: cpu, from: 225, to: 999, add: 190 })
    await world.run(30)
    await world.serve(pageRoot)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.locator('.alarm.firing').waitFor()
    await expect.poll(() => reading(page)).toBe(lastValue(world, cpu))
    const anomalous = world.sink.samples(cpu).flags.filter((flags) => (flags & 3) === 2).length
    expect(anomalous).toBeGreaterThan(5)
    await page.getByRole('img', { name: `; ${anomalous} anomalous samples` }).waitFor()
    forgiveAbsence(complaints)
  })

  test('to a program that started anew shows what the new one knows', async () => {
    const { world, address } = await servedWorld()
    const { page, complaints } = await visit(address)
    await row(page, cpu).click()
    await page.locator('.alarm.resolved').waitFor()
    await world.stopServing()
    world.forget()
    world.faults.push({ key: cpu, from: 200, to: 999, add: 190 })
    await world.run(3)
    await world.serve(pageRoot)
    await page.locator('.alarm.firing').waitFor()
    expect(await page.locator('.alarm.resolved').count()).toBe(0)
    await expect.poll(() => reading(page)).toBe(lastValue(world, cpu))
    forgiveAbsence(complaints)
  })
})

describe('a server with a token', () => {
  test('asks for it once', async () => {
    const { address } = await servedWorld(100, 'open sesame')
    const { page, complaints } = await visit(address)
    await page.getByLabel('Access token').fill('open up')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This is not the token.').waitFor()
    await page.getByLabel('Access token').fill('open sesame')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await row(page, cpu).waitFor()
    await page.reload()
    await row(page, cpu).waitFor()
    // The browser notes each 401 by itself.
    const left = complaints.filter((text) => !text.includes('401'))
    complaints.splice(0, complaints.length, ...left)
  })

  test('takes it from the address, and leaves none there', async () => {
    const { address } = await servedWorld(100, 'open-sesame')
    const { page } = await visit(address + '/?token=open-sesame')
    await row(page, cpu).waitFor()
    expect(page.url()).not.toContain('sesame')
  })
})
