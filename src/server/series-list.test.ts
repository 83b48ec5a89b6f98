import { expect, test } from 'vitest'
import { HandDirectory, summary } from '../../test/running-server.ts'
import { SeriesList } from './series-list.ts'

const all = { search: '', state: 'all', limit: 10 } as const

/** A list over a directory whose searches take `searchMs`, on a clock turned by hand. */
function listWith(searchMs: number) {
  const directory = new HandDirectory(summary('cpu'), summary('memory'))
  const clock = { ms: 0 }
  const slow = {
    get size() {
      return directory.size
    },
    has: (key: string) => directory.has(key),
    explain: (key: string) => directory.explain(key),
    summaries: (keys: readonly string[]) => directory.summaries(keys),
    list: (query: typeof all) => {
      clock.ms += searchMs
      return directory.list(query)
    },
  }
  return { directory, clock, list: new SeriesList(slow, () => clock.ms) }
}

test('between two searches the rows are read anew, and series that are gone are left out', () => {
  const { directory, list } = listWith(0)
  expect(list.rows(all)).toHaveLength(2)
  directory.put(summary('cpu', { lastValue: 99 }))
  directory.rows.delete('memory')
  expect(list.rows(all)).toEqual([summary('cpu', { lastValue: 99 })])
  expect(directory.queries).toHaveLength(1)
})

test('the same list is searched at most once a second, for all who want it', () => {
  const { directory, clock, list } = listWith(0)
  for (clock.ms = 0; clock.ms < 10_000; clock.ms += 100) {
    list.rows(all)
    list.rows({ ...all })
  }
  expect(directory.queries).toHaveLength(10)
})

test('a search that takes long is made less often: a twentieth of the time at most', () => {
  const { directory, clock, list } = listWith(200)
  while (clock.ms < 100_000) {
    list.rows(all)
    clock.ms += 100
  }
  expect(directory.queries.length * 200).toBeLessThanOrEqual(100_000 / 20)
  expect(directory.queries.length).toBeGreaterThan(20)
})

test('different lists do not share their rows', () => {
  const { list } = listWith(0)
  expect(list.rows({ ...all, search: 'cpu' })).toEqual([summary('cpu')])
  expect(list.rows({ ...all, limit: 1, search: 'm' })).toEqual([summary('memory')])
})

test('rows that come later are found once, too', async () => {
  const directory = new HandDirectory(summary('cpu'), summary('memory'))
  const later = {
    size: 2,
    has: () => true,
    explain: (key: string) => directory.explain(key),
    summaries: async (keys: readonly string[]) => directory.summaries(keys),
    list: async (query: typeof all) => directory.list(query),
  }
  const list = new SeriesList(later, () => 0)
  expect(await list.rows(all)).toHaveLength(2)
  directory.rows.delete('memory')
  expect(await list.rows(all)).toEqual([summary('cpu')])
  expect(directory.queries).toHaveLength(1)
})
