import { describe, expect, test } from 'vitest'
import { simulated } from './simulation.ts'
import type { Plant } from './world.ts'

/** Seeds in a usual run; `npm run simulate` takes as many as it is asked for. */
const seeds = 300

describe('whatever fails, and whenever the process is killed', () => {
  test(`reports are the undisturbed run's, under one id each, for ${seeds} seeds`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { faults } = await simulated(seed)
      expect(faults, `npm run simulate -- --seed ${seed}`).toEqual([])
    }
  }, 120_000)
})

/** A fault in the protocol must be found by one of the first seeds. */
const seedsForPlants = 40

async function finds(plant: Plant): Promise<void> {
  for (let seed = 1; seed <= seedsForPlants; seed++) {
    const { faults } = await simulated(seed, plant)
    if (faults.length > 0) return
  }
  expect.unreachable(`${plant}: not found in ${seedsForPlants} seeds`)
}

describe('the simulation finds a fault planted in the protocol', () => {
  test('outbox skipped', () => finds('outbox skipped'))
  test('positions saved first', () => finds('positions saved first'))
  test('upstream saved first', () => finds('upstream saved first'))
  test('acknowledged before saved', () => finds('acknowledged before saved'))
  test('saved before delivered', () => finds('saved before delivered'))
  test('no copy on touch', () => finds('no copy on touch'))
  test('answered before safe', () => finds('answered before safe'))
  test('offsets begin anew', () => finds('offsets begin anew'))
  test('partition renamed', () => finds('partition renamed'))
  test('state half restored', () => finds('state half restored'))
  test('ids by chance', () => finds('ids by chance'))
})
