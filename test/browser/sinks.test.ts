/** How sinks stand, on the page: one that takes its reports, and one whose other side is gone. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebhookEncoder } from '../../src/codecs/webhook.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import { WebhookSink, webhookOptions } from '../../src/sinks/webhook.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../quiet-telemetry.ts'
import { alarmReport } from '../sample-reports.ts'
import { freePort } from '../live/live-program.ts'
import { servedWorld, visit } from './visit.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A delivery of alarms to a port of this machine. */
function deliveryTo(name: string, port: number): Delivery {
  const options = optionsWithDefaults(webhookOptions, { url: `http://127.0.0.1:${port}/` })
  const delivery = new Delivery({
    name,
    sink: new WebhookSink(options, new WebhookEncoder({ pageUrl: '' }), systemClock),
    options: optionsWithDefaults(deliveryOptions, { retryFirstMs: 50, retryCapMs: 50 }),
    telemetry: quietTelemetry,
    clock: systemClock,
  })
  cleanups.push(() => delivery.drain(AbortSignal.abort()))
  return delivery
}

test('a dead sink is seen: in the bar, with its error, and what waits for it', async () => {
  const peer = createServer((request, answer) => request.resume().on('end', () => answer.end()))
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
  const { port } = peer.address() as AddressInfo
  cleanups.push(() => peer.close())
  const alive = deliveryTo('pager', port)
  const nobody = await freePort()
  const dead = deliveryTo('chat', nobody)
  const { world, address } = await servedWorld(200)
  world.sinks = () => [alive.state(), dead.state()]
  const { page } = await visit(address)
  for (const delivery of [alive, dead]) void delivery.offer([alarmReport('firing')])

  await page.getByRole('button', { name: '1 sink fails' }).click()
  const panel = page.locator('.sinks-panel')
  const chat = panel.locator('.sink', { hasText: 'chat' })
  await expect.poll(() => chat.innerText()).toMatch(/failed .*never succeeded/)
  expect(await chat.innerText()).toMatch(/0 written, 1 waiting/)
  expect(await chat.innerText()).toMatch(/cannot post to .*ECONNREFUSED/)
  const pager = panel.locator('.sink', { hasText: 'pager' })
  await expect.poll(() => pager.innerText()).toMatch(/last success .* ago\s+1 written/)

  // Somebody is there again: nothing is red any more, and the error stays to be read.
  const back = createServer((request, answer) => request.resume().on('end', () => answer.end()))
  await new Promise<void>((resolve) => back.listen(nobody, '127.0.0.1', resolve))
  cleanups.push(() => back.close())
  await expect.poll(() => page.locator('.failing-count').count()).toBe(0)
  await expect.poll(() => chat.innerText()).toMatch(/1 written/)
})

test.each([
  ['phone', { width: 390, height: 760 }],
  ['desk', { width: 1280, height: 800 }],
])('on a screen as wide as that of a %s', async (name, viewport) => {
  const dead = deliveryTo('chat', await freePort())
  const { world, address } = await servedWorld(200)
  world.sinks = () => [dead.state()]
  const { page } = await visit(address, { viewport })
  void dead.offer([alarmReport('firing')])
  await page.getByRole('button', { name: '1 sink fails' }).waitFor()
  if (name === 'phone') await page.getByRole('button', { name: /^Sinks/ }).click()
  await page.locator('.sink.failing').waitFor()
  const box = await page.locator('.sinks-panel').boundingBox()
  expect(box?.width).toBeGreaterThan(200)
  const sideways = 'document.documentElement.scrollWidth > innerWidth'
  expect(await page.evaluate(sideways)).toBe(false)
})
