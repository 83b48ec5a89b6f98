/**
 * A visit to the page in a real browser: Debian's chromium, or the one that CHROMIUM names.
 * Pictures of every test are left in a temporary folder whose name is printed.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { History } from '../../src/history/history.ts'
import { historyOptions } from '../../src/history/options.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import { World } from './world.ts'

export const pageRoot = join(import.meta.dirname, '..', '..', 'dist', 'dashboard')

/** A series that is quiet until a test plants a fault. */
export const cpu = 'cpu:usage_user{cpu="cpu-total",host="vm1"}'
/** A series with an alarm that is over. */
export const checkout = 'shop:response_ms{page="checkout"}'

const pictures = mkdtempSync(join(tmpdir(), 'forewarn-pictures-'))
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync'

let browser: Browser
beforeAll(async () => {
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
export async function servedWorld(
  steps = 200,
  token = '',
): Promise<{ world: World; address: string }> {
  const world = new World(steps)
  world.faults.push({ key: checkout, from: 110, to: 124, add: 6 })
  await world.run(steps)
  const address = await world.serve(pageRoot, token)
  cleanups.push(() => world.stopServing())
  return { world, address }
}

/** A world that keeps its past on disk; `before` happens between its steps and its being served. */
export async function keptWorld(
  steps: number,
  before: (world: World) => Promise<void> | void = () => undefined,
): Promise<{ world: World; address: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-kept-'))
  const history = await History.open({
    path: join(folder, 'history.db'),
    options: optionsWithDefaults(historyOptions),
    sync: 'process',
    telemetry: quietTelemetry,
    clock: { nowMs: () => Date.now() },
  })
  cleanups.push(async () => {
    await history.close()
    rmSync(folder, { recursive: true })
  })
  const world = new World(steps, history)
  world.faults.push({ key: checkout, from: 1100, to: 1114, add: 6 })
  await world.run(steps)
  await before(world)
  const address = await world.serve(pageRoot)
  cleanups.push(() => world.stopServing())
  return { world, address }
}

/** What the browser complained of. */
export interface Visit {
  readonly page: Page
  readonly complaints: string[]
}

/** Opens the page; afterwards takes a picture, and allows no complaint and no outside request. */
export async function visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
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

export const row = (page: Page, key: string) => page.locator(`[data-key='${key}']`)
export const reading = (page: Page) => page.locator('.fact.value dd').innerText()

/** The last value of a series as the page writes it: four digits are enough for its size. */
export function lastValue(world: World, key: string): string {
  const value = world.sink.samples(key).value.at(-1) ?? NaN
  return String(Number(value.toPrecision(4)))
}

/** Number of pixels of the chart that have the colour of the value line, or nearly. */
export function linePixels(page: Page): Promise<number> {
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
