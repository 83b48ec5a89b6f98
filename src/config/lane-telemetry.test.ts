import { expect, test } from 'vitest'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { Fence, SeriesSums, laneTelemetry } from './lane-telemetry.ts'

function lanes() {
  const told = { series: [0, 0], quota: { quota: 0, heavy: 0, over: 0 }, failed: 0 }
  const telemetry = {
    ...quietTelemetry,
    seriesCount: (live: number, limit: number) => void (told.series = [live, limit]),
    quotaTaken: (use: typeof told.quota) => void (told.quota = use),
    checkpointFailed: () => void told.failed++,
  }
  const sums = new SeriesSums(telemetry)
  const lane = (partition: string, fence = new Fence(() => {})) =>
    laneTelemetry({ partition, telemetry, sums, fence })
  return { told, sums, lane }
}

test('numbers of series are those of all partitions together', () => {
  const { told, sums, lane } = lanes()
  const [a, b] = [lane('a'), lane('b')]
  a.seriesCount(3, 100)
  b.seriesCount(4, 100)
  a.quotaTaken({ quota: 10, heavy: 2, over: 1 })
  b.quotaTaken({ quota: 10, heavy: 5, over: 0 })
  expect(told.series).toEqual([7, 200])
  expect(told.quota).toEqual({ quota: 20, heavy: 7, over: 1 })
  a.seriesCount(1, 100)
  expect(told.series).toEqual([5, 200])
  sums.forget('b')
  expect(told.series).toEqual([1, 100])
  expect(told.quota).toEqual({ quota: 10, heavy: 2, over: 1 })
})

test('a save that another holder of the partition stands in the way of is noticed', () => {
  const f = (error: unknown, refused: boolean): void => {
    const { told, lane } = lanes()
    let times = 0
    const fence = new Fence(() => times++)
    lane('a', fence).checkpointFailed(error)
    expect(fence.refused).toBe(refused)
    expect(times).toBe(refused ? 1 : 0)
    expect(told.failed).toBe(1)
  }
  f(new Error('cannot save: FENCED another process has loaded the states'), true)
  f(Object.assign(new Error('no'), { apiId: 'ILLEGAL_GENERATION' }), true)
  f(new Error('cannot save: connection is closed'), false)
  f('ILLEGAL_GENERATION', false)
})
