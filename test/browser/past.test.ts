/** The past on the page: longer times than the stream remembers, and alarms of earlier runs. */

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { checkout, keptWorld, linePixels, reading, row, visit } from './visit.ts'

/** Seconds of the world: the fault of `checkout` is 65 minutes ago. */
const steps = 5_000

const plot = (page: Page) => page.getByRole('img', { name: /^Chart of shop:response_ms/ })
const said = (page: Page): Promise<string | null> => plot(page).getAttribute('aria-label')
const choose = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

describe('a longer time', () => {
  test('comes from the history, with what was odd in it, and goes on live', async () => {
    const { world, address } = await keptWorld(steps)
    const { page } = await visit(address)
    await row(page, checkout).click()
    await page.getByRole('button', { name: '15 min', pressed: true }).waitFor()
    await expect.poll(() => said(page)).toMatch(/; 0 anomalous samples/)
    await choose(page, '1 d')
    await expect.poll(() => said(page)).toMatch(/; [1-9]\d* anomalous samples/)
    await expect.poll(() => linePixels(page)).toBeGreaterThan(500)
    const before = await reading(page)
    await world.run(1)
    await expect.poll(() => reading(page)).not.toBe(before)
    await choose(page, '1 h')
    await expect.poll(() => said(page)).toMatch(/; 0 anomalous samples/)
  })

  test('can be any part of the past', async () => {
    const { world, address } = await keptWorld(steps)
    const { page } = await visit(address)
    await row(page, checkout).click()
    await choose(page, 'From … to')
    const written = (step: number): string => {
      const ms = world.startMs + step * 1000
      return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
    }
    await page.getByLabel('From', { exact: true }).fill(written(1050))
    await page.getByLabel('to', { exact: true }).fill(written(1150))
    await choose(page, 'Show')
    await page.getByRole('button', { name: 'Reset zoom' }).waitFor()
    await expect.poll(() => said(page)).toMatch(/; [1-9]\d* anomalous samples/)
    await expect.poll(() => linePixels(page)).toBeGreaterThan(200)
    await page.keyboard.press('Escape')
    await expect.poll(() => said(page)).toMatch(/; 0 anomalous samples/)
  })
})

test('alarms of an earlier run are listed, and lead to their time', async () => {
  const { address } = await keptWorld(steps, (world) => world.forget())
  const { page } = await visit(address)
  const past = page.locator('.alarm.resolved')
  await past.waitFor()
  expect(await past.innerText()).toMatch(/expected [\d.]+ to [\d.]+/)
  await past.click()
  await page.getByRole('heading', { name: 'shop:response_ms' }).waitFor()
  await expect.poll(() => said(page)).toMatch(/; [1-9]\d* anomalous samples/)
})
