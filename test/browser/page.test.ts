/** The page, against the real server, fed by seeded streams. */

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { cpu, linePixels, reading, row, servedWorld, visit } from './visit.ts'
import { probationSamples } from './world.ts'

describe('the list', () => {
  test('shows every series with its value and state, and how far learning is', async () => {
    const { address } = await servedWorld(200)
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    expect(await page.getByRole('option').count()).toBe(12)
    // The queue sent its first sample at step 170.
    const queue = row(page, 'queue:length{queue="mail"}')
    expect(await queue.locator('.state').innerText()).toBe(`learning 30/${probationSamples}`)
    await queue.click()
    const notice = page.locator('.notice.learning')
    await notice.waitFor()
    expect(await notice.innerText()).toMatch(/First judgement after 30 more samples, in about 30 s/)
    await page.getByRole('button', { name: 'Learning' }).click()
    await expect.poll(() => page.getByRole('option').count()).toBe(1)
  })

  test('puts trouble on top', async () => {
    const { world, address } = await servedWorld(200)
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    world.faults.push({
      key: 'net:bytes_sent{host="vm1",interface="eth0"}',
      from: 0,
      to: 999,
      add: 1e7,
    })
    await world.run(2)
    const first = page.getByRole('option').first()
    await expect.poll(() => first.innerText()).toContain('firing')
    expect(await first.innerText()).toContain('net:bytes_sent')
    // It was moved and changed at once, and looks like it: bold.
    const weight = `getComputedStyle(document.querySelector('.row .state')).fontWeight`
    expect(await page.evaluate(weight)).toBe('600')
  })

  test('can be searched, and says when nothing is found', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    const field = page.getByRole('searchbox')
    await field.fill('SHOP')
    await expect.poll(() => page.getByRole('option').count()).toBe(2)
    await field.fill('no such thing')
    await page.getByText('No series matches “no such thing”.').waitFor()
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await expect.poll(() => page.getByRole('option').count()).toBe(12)
  })

  test('without any series says what it is waiting for', async () => {
    const { address } = await servedWorld(0)
    const { page } = await visit(address)
    await page.getByRole('heading', { name: 'Waiting for the first sample' }).waitFor()
    await page.getByText('No series yet.').waitFor()
    await page.getByText('No alarms so far.').waitFor()
  })
})

describe('what was chosen', () => {
  test('is told when asked for, of the series that is selected', async () => {
    const { address } = await servedWorld(200)
    const { page } = await visit(address)
    await row(page, cpu).click()
    const chosen = page.locator('.chosen')
    await chosen.getByText('What was chosen, and why').click()
    const of = (name: string): Promise<string> =>
      chosen.locator('dl > div', { hasText: name }).locator('dd').innerText()
    await chosen.locator('dl').waitFor()
    expect(await of('judged by')).toBe('steady-band')
    expect(await of('alarms from score')).toBe('0.9999')
    expect(Number(await of('level'))).toBeGreaterThan(0)
    const before = await of('level')
    await row(page, 'queue:length{queue="mail"}').click()
    await expect.poll(() => of('level')).not.toBe(before)
  })
})

describe('the chart', () => {
  test('is drawn, and goes on as samples come', async () => {
    const { world, address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).click()
    await expect.poll(() => linePixels(page)).toBeGreaterThan(500)
    const plot = page.getByRole('img', { name: /^Chart of cpu:usage_user/ })
    const before = await plot.getAttribute('aria-label')
    expect(before).toMatch(/last value [\d.]+, expected [\d.]+ to [\d.]+/)
    await world.run(1)
    await expect.poll(() => plot.getAttribute('aria-label')).not.toBe(before)
  })

  test('is zoomed by dragging, and shows all again on a double click', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).click()
    await expect.poll(() => linePixels(page)).toBeGreaterThan(500)
    const box = await page.locator('.value-plot .u-over').boundingBox()
    if (box === null) throw new Error('the plot has no place')
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width * 0.3, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 })
    await page.mouse.up()
    const reset = page.getByRole('button', { name: 'Reset zoom' })
    await reset.waitFor()
    // Fifty seconds at ten a gridline have other labels than two hundred.
    await page.mouse.dblclick(box.x + box.width * 0.5, y)
    await reset.waitFor({ state: 'detached' })
  })

  test('of a series that does not exist says so, and begins when it comes', async () => {
    const { world, address } = await servedWorld(160)
    const { page, complaints } = await visit(
      `${address}/#${encodeURIComponent('queue:length{queue="mail"}')}`,
    )
    await page.getByText('There is no such series now.').waitFor()
    await world.run(15)
    await expect.poll(() => reading(page)).not.toBe('–')
    await page.getByText('There is no such series now.').waitFor({ state: 'detached' })
    expect(complaints.splice(0)).toEqual([expect.stringContaining('404')])
  })

  test('stands still while paused, says how much came meanwhile, and catches up', async () => {
    const { world, address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).click()
    await expect.poll(() => reading(page)).not.toBe('–')
    await page.getByRole('button', { name: 'Pause' }).click()
    const before = await reading(page)
    await world.run(7)
    await page.getByText('Paused · 7 new samples').waitFor()
    expect(await reading(page)).toBe(before)
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(() => reading(page)).not.toBe(before)
    await page.getByText('Live', { exact: true }).waitFor()
  })
})

describe('alarms', () => {
  test('appear with their reason in words, and lead to series and time', async () => {
    const { world, address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, 'mem:used_bytes{host="vm2"}').click()
    world.faults.push({ key: cpu, from: 200, to: 999, add: 190 })
    await world.run(1)
    const alarm = page.locator('.alarm.firing')
    await alarm.waitFor()
    expect(await alarm.innerText()).toMatch(/^4\d\d(\.\d)?, expected 1\d\d(\.\d)? to 2\d\d(\.\d)?/)
    await expect.poll(() => page.title()).toBe('(1) Forewarn')
    await page.getByRole('button', { name: '1 firing' }).waitFor()
    await alarm.click()
    await page.getByRole('heading', { name: 'cpu:usage_user' }).waitFor()
    expect(await page.locator('.heading .badge').innerText()).toBe('firing')
    expect(await row(page, cpu).getAttribute('aria-selected')).toBe('true')
  })

  test('that are over stay listed; a click shows the time around them', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address)
    const past = page.locator('.alarm.resolved')
    await past.waitFor()
    expect(await past.innerText()).toMatch(/expected [\d.]+ to [\d.]+/)
    await past.click()
    await page.getByRole('heading', { name: 'shop:response_ms' }).waitFor()
    await page.getByRole('button', { name: 'Reset zoom' }).waitFor()
    await expect.poll(() => linePixels(page)).toBeGreaterThan(200)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Reset zoom' }).waitFor({ state: 'detached' })
  })

  test('go on being told while the page is paused', async () => {
    const { world, address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    await page.keyboard.press('p')
    world.faults.push({ key: cpu, from: 200, to: 999, add: 190 })
    await world.run(1)
    await page.locator('.alarm.firing').waitFor()
  })
})

test('bad input is counted by reason and shown as it came, as text', async () => {
  const { world, address } = await servedWorld()
  const { page } = await visit(address)
  await page.getByText('None: every line that came in could be used.').waitFor()
  await world.badInput()
  await page.getByText('The text does not follow the format', { exact: false }).waitFor()
  expect(await page.locator('.reasons li').first().innerText()).toMatch(/format\s+3/i)
  await page.getByText('<script>alert(1)</script>').waitFor()
  await page.getByText('the value is not a number: "abc"').waitFor()
})

describe('the keyboard', () => {
  test('does what the help says', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    const heading = () => page.locator('.heading h2').innerText()
    const press = (key: string) => page.keyboard.press(key)
    // Nothing is firing: what the last alarm was about comes first.
    await expect.poll(heading).toBe('shop:response_ms')
    await row(page, 'cpu:usage_system{cpu="cpu-total",host="vm1"}').click()
    await press('j')
    await press('j')
    await press('j')
    await expect.poll(heading).toBe('disk:used_percent')
    await press('k')
    await expect.poll(heading).toBe('cpu:usage_user')
    await press('/')
    await page.keyboard.type('memp')
    expect(await page.getByRole('searchbox').inputValue()).toBe('memp')
    await press('Backspace')
    await expect.poll(() => page.getByRole('option').count()).toBe(2)
    await press('Enter')
    await expect.poll(heading).toBe('mem:used_bytes')
    await press('/')
    await press('Escape')
    await expect.poll(() => page.getByRole('option').count()).toBe(12)
    await press('p')
    await page.getByText('Paused').waitFor()
    await press('Escape')
    await page.getByText('Live', { exact: true }).waitFor()
    await press('a')
    await expect.poll(heading).toBe('shop:response_ms')
    await press('?')
    const dialog = page.getByRole('dialog', { name: 'Keyboard' })
    await dialog.waitFor()
    await press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })
})

describe('the theme', () => {
  const theme = (page: Page) => page.evaluate('document.documentElement.dataset.theme')

  test('follows the system until somebody chooses, and then the choice', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address, { colorScheme: 'dark' })
    await row(page, cpu).click()
    expect(await theme(page)).toBe('dark')
    await expect.poll(() => linePixels(page)).toBeGreaterThan(500)
    await page.keyboard.press('d')
    await expect.poll(() => theme(page)).toBe('light')
    await expect.poll(() => linePixels(page)).toBeGreaterThan(500)
    await page.reload()
    await row(page, cpu).waitFor()
    expect(await theme(page)).toBe('light')
  })
})

describe('a narrow screen', () => {
  test('shows one part at a time and never scrolls sideways', async () => {
    const { world, address } = await servedWorld()
    await world.badInput()
    const { page } = await visit(address, { viewport: { width: 360, height: 740 } })
    const fits = () => page.evaluate('document.documentElement.scrollWidth <= 360')
    await row(page, cpu).click()
    await expect.poll(() => linePixels(page)).toBeGreaterThan(300)
    expect(await page.getByRole('searchbox').isVisible()).toBe(false)
    expect(await fits()).toBe(true)
    for (const [tab, part] of [
      ['Alarms', '.alarms-panel'],
      ['Bad input', '.rejections-panel'],
      ['Series', '.series-panel'],
    ] as const) {
      await page.getByRole('navigation', { name: 'Parts' }).getByText(tab).click()
      await page.locator(part).waitFor()
      expect(await fits()).toBe(true)
    }
    await page.getByRole('navigation', { name: 'Parts' }).getByText('Alarms').click()
    await page.locator('.alarm.resolved').click()
    await page.getByRole('heading', { name: 'shop:response_ms' }).waitFor()
  })
})
