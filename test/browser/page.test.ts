/**
 * The page in a real browser, against the real server, fed by real detectors over seeded streams.
 * Pictures of every test are left in a temporary folder whose name is printed.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { World, probationSamples } from './world.ts'

const root = join(import.meta.dirname, '..', '..')
const pageRoot = join(root, 'dist', 'dashboard')
const pictures = mkdtempSync(join(tmpdir(), 'forewarn-pictures-'))
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync'

const cpu = 'cpu:usage_user{cpu="cpu-total",host="vm1"}'
const checkout = 'shop:response_ms{page="checkout"}'

let browser: Browser
beforeAll(async () => {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  execFileSync(process.execPath, [vite, 'build', 'dashboard'], { cwd: root, stdio: 'ignore' })
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  browser = await chromium.launch({ executablePath, args: flags.split(' ') })
  console.log(`pictures in ${pictures}`)
})
afterAll(() => browser.close())

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A world that has run for a while and is served. */
async function servedWorld(steps = 200, token = ''): Promise<{ world: World; address: string }> {
  const world = new World(steps)
  world.faults.push({ key: checkout, from: 110, to: 124, add: 6 })
  await world.run(steps)
  const address = await world.serve(pageRoot, token)
  cleanups.push(() => world.stopServing())
  return { world, address }
}

/** What the browser complained of. */
interface Visit {
  readonly page: Page
  readonly complaints: string[]
}

/** Opens the page; afterwards takes a picture and holds it to no complaint and no outside request. */
async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const { origin } = new URL(url)
  const viewport = { width: 1280, height: 800 }
  const context = await browser.newContext({ viewport, colorScheme: 'light', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const name = expect.getState().currentTestName?.replace(/\W+/g, '-') ?? 'page'
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asks ${request.url()}`)
  })
  cleanups.push(async () => {
    await page.screenshot({ path: join(pictures, `${name}.png`) })
    await context.close()
    expect(complaints).toEqual([])
  })
  await page.goto(url)
  return { page, complaints }
}

const row = (page: Page, key: string) => page.locator(`[id='row ${key}']`)
const reading = (page: Page) => page.locator('.fact.value dd').innerText()

/** The last value of a series as the page writes it: four digits are enough for its size. */
function lastValue(world: World, key: string): string {
  const value = world.sink.samples(key).value.at(-1) ?? NaN
  return String(Number(value.toPrecision(4)))
}

/** Number of pixels of the chart that have the colour of the value line, or nearly. */
function linePixels(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('.value-plot canvas')
    const wanted = getComputedStyle(document.documentElement).getPropertyValue('--value')
    const [r, g, b] = wanted.match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16))
    const copy = document.createElement('canvas')
    copy.width = canvas.width
    copy.height = canvas.height
    const context = copy.getContext('2d', { willReadFrequently: true })
    context.drawImage(canvas, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 0; i < data.length; i += 4) {
      const far = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b)
      if (data[i + 3] > 200 && far < 30) count++
    }
    return count
  })()`)
}

describe('the list', () => {
  test('shows every series with its value and state, and how far learning is', async () => {
    const { address } = await servedWorld(200)
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    expect(await page.getByRole('option').count()).toBe(12)
    // The queue sent its first sample at step 170.
    const queue = row(page, 'queue:length{queue="mail"}')
    expect(await queue.locator('.state').innerText()).toBe(`learning 29/${probationSamples}`)
    await queue.click()
    const notice = page.locator('.notice.learning')
    await notice.waitFor()
    expect(await notice.innerText()).toMatch(/First judgement after 31 more samples, in about 31 s/)
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

describe('the keyboard', () => {
  test('does what the help says', async () => {
    const { address } = await servedWorld()
    const { page } = await visit(address)
    await row(page, cpu).waitFor()
    const heading = () => page.locator('.heading h2').innerText()
    const press = (key: string) => page.keyboard.press(key)
    await expect.poll(heading).toBe('cpu:usage_system')
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
