import { expect, test } from 'vitest'
import { severalAtOnce } from './several.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('all are begun in their order, never more at a time', async () => {
  const begun: number[] = []
  const found = { underWay: 0, most: 0 }
  const all = Array.from({ length: 20 }, (_, i) => i)
  await severalAtOnce(all, 3, async (each) => {
    begun.push(each)
    found.most = Math.max(found.most, ++found.underWay)
    for (let turns = 0; turns < (each * 7) % 5; turns++) await turn()
    found.underWay--
  })
  expect(begun).toEqual(all)
  expect(found).toEqual({ underWay: 0, most: 3 })
})

test('after a failure nothing begins any more, and what is under way has ended', async () => {
  const [begun, ended]: [number[], number[]] = [[], []]
  const doing = severalAtOnce([0, 1, 2, 3, 4], 2, async (each) => {
    begun.push(each)
    await turn()
    if (each === 0) throw new Error('no room')
    await turn()
    ended.push(each)
  })
  await expect(doing).rejects.toThrow('no room')
  expect([begun, ended]).toEqual([[0, 1], [1]])
})

test('fewer than could be under way', async () => {
  const done: string[] = []
  await severalAtOnce(['only'], 4, async (each) => {
    await turn()
    done.push(each)
  })
  expect(done).toEqual(['only'])
})
