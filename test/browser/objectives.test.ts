/** Early warning on the page: P over time, a warning that stands, and what became of it. */

import { expect, test } from 'vitest'
import { Labels } from '../../src/core/labels.ts'
import { noonMs, scoreReport, warningReport } from '../sample-reports.ts'
import { servedWorld, visit } from './visit.ts'

const labels = Labels.named('shop', [['__field__', 'objective']])

test('an objective has a panel: its probability, its warnings, their worth', async () => {
  const { world, address } = await servedWorld(200)
  const { page } = await visit(address)
  const panel = page.locator('.objectives-panel')
  expect(await panel.count()).toBe(0)

  const scores = Array.from({ length: 30 }, (_, i) =>
    scoreReport({ labels, timestampMs: noonMs + i * 1000, rawScore: i / 40, foretells: true }),
  )
  const totals = { true: 0, false: 0, missed: 0 }
  await world.sink.write([...scores, warningReport('told', { labels, totals })])
  await expect.poll(() => panel.innerText()).toMatch(/shop:objective\s+P 0\.7/)
  expect(await panel.innerText()).toMatch(/mean 70 or more expected at .*; cpu leads; P 0\.93/)
  expect(await panel.innerText()).toMatch(/0 came true, 0 did not, 0 missed/)
  const corners = await panel.locator('polyline').getAttribute('points')
  expect(corners?.split(' ')).toHaveLength(30)

  await world.sink.write([warningReport('true', { labels, totals: { ...totals, true: 1 } })])
  await expect.poll(() => panel.innerText()).toMatch(/of mean 70 or more: came true/)
  expect(await panel.innerText()).toMatch(
    /1 came true, 0 did not, 0 missed; 20 ?s ahead in the median/,
  )
})
