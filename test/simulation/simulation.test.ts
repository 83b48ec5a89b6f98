import { describe, expect, test } from 'vitest'
import { simulated, simulatedChanges } from './simulation.ts'
import type { Plant } from './world.ts'

/** Seeds in a usual run; `npm run simulate` takes as many as it is asked for. */
const seeds = 300
const shardSeeds = 100

/** Found by longer runs. 3748: a word read again after a tick had raised the alarm. */
const onceBroken = [3748]

describe('whatever fails, and whenever the process is killed', () => {
  test(`reports are the undisturbed run's, under one id each, for ${seeds} seeds`, async () => {
    const warnings = new Set<string>()
    for (let seed = 1; seed <= seeds; seed++) {
      const { faults, warnings: told } = await simulated(seed)
      expect(faults, `npm run simulate -- --seed ${seed}`).toEqual([])
      for (const state of told) warnings.add(state)
    }
    expect([...warnings].sort()).toEqual(['false', 'missed', 'told', 'true'])
  }, 300_000)

  test.each(onceBroken)('also for seed %i, which broke a law once', async (seed) => {
    expect((await simulated(seed)).faults).toEqual([])
  })

  test(`the same on shards, another number in each life, for ${shardSeeds} seeds`, async () => {
    for (let seed = 1; seed <= shardSeeds; seed++) {
      const { faults } = await simulated(seed, 'none', 3)
      expect(faults, `npm run simulate -- --workers 3 --seed ${seed}`).toEqual([])
    }
  }, 300_000)
})

/** Seeds of worlds in which each reload brings other rules. */
const changingSeeds = 40

describe('however rules change', () => {
  test.each([1, 3])(
    `alarms end, and once, for ${changingSeeds} seeds; workers: %i`,
    async (n) => {
      let sum = 0
      for (let seed = 1; seed <= changingSeeds; seed++) {
        const { faults, orphans } = await simulatedChanges(seed, 'none', n)
        expect(faults, `seed ${seed}`).toEqual([])
        sum += orphans
      }
      expect(sum).toBeGreaterThan(0)
    },
    120_000,
  )

  test('the simulation finds: orphans not saved', async () => {
    for (let seed = 1; seed <= changingSeeds; seed++) {
      if ((await simulatedChanges(seed, 'orphans not saved')).faults.length > 0) return
    }
    expect.unreachable(`not found in ${changingSeeds} seeds`)
  }, 300_000)
})

/** A fault in the protocol must be found by one of the first seeds. */
const seedsForPlants = 40

async function finds(plant: Plant, workers = 1): Promise<void> {
  for (let seed = 1; seed <= seedsForPlants; seed++) {
    const { faults } = await simulated(seed, plant, workers)
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
  test('scores not waited for', () => finds('scores not waited for'))
  test('scores not waited for, on shards', () => finds('scores not waited for', 3))
  test('no copy on touch', () => finds('no copy on touch'))
  test('answered before safe', () => finds('answered before safe'))
  test('offsets begin anew', () => finds('offsets begin anew'))
  test('partition renamed', () => finds('partition renamed'))
  test('state half restored', () => finds('state half restored'))
  test('ids by chance', () => finds('ids by chance'))
  test('silences not saved', () => finds('silences not saved'))
  test('silences not saved, on shards', () => finds('silences not saved', 3))
  test('marked before offered', () => finds('marked before offered', 3))
  test('cut overtakes work', () => finds('cut overtakes work', 3))
  test('no copy on touch, on a shard', () => finds('no copy on touch', 3))
  test('receive time taken twice', () => finds('receive time taken twice'))
  test('answered though full', () => finds('answered though full'))
  test('stale sink position', () => finds('stale sink position'))
  test('failed batch given up', () => finds('failed batch given up'))
  test('reload forgets what waits', () => finds('reload forgets what waits'))
  test('warnings forgotten', () => finds('warnings forgotten'))
  test('reload from an older state', () => finds('reload from an older state'))
})
