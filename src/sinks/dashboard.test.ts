import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alarmReport,
  rejectionReport,
  forecastReport,
  scoreReport,
} from '../../test/sample-reports.ts'
import { Labels } from '../core/labels.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type {
  AlarmReport,
  AlarmState,
  ForecastReport,
  RejectionReport,
  ScoreReport,
} from '../core/report.ts'
import type { RejectionReason } from '../core/rejection.ts'
import { DashboardSink, dashboardOptions } from './dashboard.ts'
import type { DashboardOptions } from './dashboard.ts'
import { sinkContract } from './sink.contract.ts'

/** A clock that the test turns by hand. */
class HandClock {
  ms = 1_700_000_000_000
  nowMs(): number {
    return this.ms
  }
}

function sinkWith(options: Partial<DashboardOptions> = {}) {
  const clock = new HandClock()
  return { clock, sink: new DashboardSink(optionsWithDefaults(dashboardOptions, options), clock) }
}

/** A sample of an anomalous series that expects 10 and has no band. */
function score(name: string, timestampMs: number, value = timestampMs): ScoreReport {
  const band = { expected: 10, lower: NaN, upper: Infinity, score: 0.5 }
  const flags = { status: 'anomalous', alarmState: 'firing' } as const
  return scoreReport({ labels: Labels.named(name), timestampMs, value, ...band, ...flags })
}

function alarm(name: string, state: AlarmState, timestampMs: number, reason = ''): AlarmReport {
  const alarmId = `${name}-alarm`
  const labels = Labels.named(name)
  return alarmReport(state, { alarmId, labels, timestampMs, startedMs: 100, reason })
}

function rejected(reason: RejectionReason, text: string): RejectionReport {
  return rejectionReport({ reason, text })
}

sinkContract('dashboard', {
  open: async () => {
    const { sink } = sinkWith()
    const received = async () => [
      ...sink.samples('cpu{host="a"}').value.map(String),
      ...sink.rejections().recent.map((entry) => entry.text),
      ...(sink.forecast('cpu{host="a"}')?.value ?? []).map(String),
      ...sink.objectives().flatMap(({ warning }) => (warning ? [warning.warningId] : [])),
      ...(sink.alarmsAfter(0) ?? []).map((entry) => `${entry.value}`),
    ]
    return { sink, received }
  },
})

describe('forecasts', () => {
  const told = (timestampMs: number, horizonSamples: number): ForecastReport => {
    const predictedMs = timestampMs + horizonSamples
    const labels = Labels.named('cpu')
    return forecastReport({ labels, timestampMs, horizonSamples, predictedMs, lower: NaN })
  }

  test('those made after the newest sample are what is ahead of it', async () => {
    const { sink } = sinkWith()
    await sink.write([score('cpu', 10), told(10, 1), told(10, 5)])
    const want = { timestampMs: [11, 15], value: [230, 230], lower: [null, null] }
    expect(sink.forecast('cpu')).toMatchObject(want)
    await sink.write([score('cpu', 20)])
    expect(sink.forecast('cpu')).toBeUndefined()
    await sink.write([told(20, 1)])
    expect(sink.forecast('cpu')?.timestampMs).toEqual([21])
  })

  test('of a series without a place are not kept', async () => {
    const { sink } = sinkWith()
    await sink.write([told(10, 1)])
    expect(sink.forecast('cpu')).toBeUndefined()
  })
})

describe('samples', () => {
  test('what was written is read back as columns, with unknown numbers as null', async () => {
    const { sink } = sinkWith()
    await sink.write([score('cpu', 1, 7), score('cpu', 2, 8), score('memory', 1)])
    expect(sink.samples('cpu')).toEqual({
      timestampMs: [1, 2],
      value: [7, 8],
      expected: [10, 10],
      lower: [null, null],
      upper: [null, null],
      score: [0.5, 0.5],
      // Anomalous is status 2, firing is alarm state 2: 2 + 2 * 4.
      flags: [10, 10],
    })
  })

  test('a ring keeps the last samples through growth and wrapping', async () => {
    const { sink } = sinkWith({ historySamples: 150 })
    for (let i = 1; i <= 1000; i++) await sink.write([score('cpu', i)])
    const kept = sink.samples('cpu').timestampMs
    expect(kept).toEqual(Array.from({ length: 150 }, (_, i) => 851 + i))
  })

  test('a reader that comes back gets just what it missed, or is told it is too late', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 120 }),
        fc.nat(130),
        (names, since) => {
          const { sink } = sinkWith({ historySamples: 20 })
          // The model: all samples of `a` with the sequence that the feed had after each, and
          // the last sequence of which something is not known any more.
          const all: { sequence: number; timestampMs: number }[] = []
          names.forEach((name, i) => {
            void sink.write([score(name, i)])
            if (name === 'a') all.push({ sequence: sink.sequence, timestampMs: i })
          })
          const born = (all[0]?.sequence ?? names.length + 1) - 1
          const lost = all.length > 20 ? all[all.length - 21]?.sequence : born
          const missed = all.filter((sample) => sample.sequence > since)
          const expected = missed.map((sample) => sample.timestampMs)
          const answer = sink.samplesAfter('a', since)
          expect(answer?.timestampMs).toEqual(since < (lost ?? 0) ? undefined : expected)
        },
      ),
    )
  })

  test('a reader that is up to date is never told that it is too late', async () => {
    const { sink } = sinkWith({ historySamples: 10 })
    for (let i = 0; i < 100; i++) {
      const before = sink.sequence
      await sink.write([score('a', i)])
      expect(sink.samplesAfter('a', before)?.timestampMs).toEqual(i === 0 ? [0] : [i])
    }
  })
})

describe('places', () => {
  const keptNames = (sink: DashboardSink, names: string[]) => {
    const last = sink.sequence
    return names.filter((name) => sink.samplesAfter(name, last) && sink.samples(name).value.length)
  }

  test('series that come too late for a place push out none that has one', async () => {
    const { sink } = sinkWith({ seriesMax: 2 })
    for (let i = 0; i < 50; i++) {
      await sink.write([score('a', i), score('b', i), score('c', i), score('d', i)])
    }
    expect(sink.samples('a').value).toHaveLength(50)
    expect(sink.samples('b').value).toHaveLength(50)
  })

  test('a series that is looked at takes the place of one that is not', async () => {
    const { sink, clock } = sinkWith({ seriesMax: 2 })
    await sink.write([score('a', 1), score('b', 1)])
    clock.ms += 1_000
    await sink.write([score('b', 2), score('c', 1)])
    expect(sink.samples('c').value).toEqual([])
    await sink.write([score('a', 3), score('b', 3), score('c', 3)])
    expect(sink.samples('c').value).toEqual([3])
    expect(sink.samples('b').value).toEqual([1, 2, 3])
  })

  test('a series with an alarm takes a place and keeps it from ordinary ones', async () => {
    const { sink, clock } = sinkWith({ seriesMax: 1 })
    await sink.write([score('a', 1), alarm('b', 'firing', 2), score('b', 2)])
    clock.ms += 3_600_000
    await sink.write([score('a', 3), score('c', 3), score('b', 3)])
    expect(keptNames(sink, ['b'])).toEqual(['b'])
    expect(sink.samples('b').value).toEqual([2, 3])
  })

  test('a silent series without an alarm leaves its place to one with samples', async () => {
    const { sink, clock } = sinkWith({ seriesMax: 1 })
    await sink.write([alarm('b', 'firing', 2), score('b', 2), alarm('b', 'resolved', 3)])
    clock.ms += 3_600_000
    await sink.write([score('a', 3), score('a', 4)])
    expect(sink.samples('a').value).toEqual([3, 4])
  })

  test('memory stays within series × samples × 57 bytes, whatever comes in', async () => {
    const { sink, clock } = sinkWith({ seriesMax: 50, historySamples: 100 })
    for (let round = 0; round < 120; round++) {
      clock.ms += 10_000
      const reports = []
      for (let i = 0; i < 400; i++) reports.push(score(`series-${i}`, round))
      for (let i = 0; i < 60; i++) reports.push(alarm(`series-${i + round}`, 'firing', round))
      await sink.write(reports)
      sink.samples(`series-${round}`)
      expect(sink.heldBytes).toBeLessThanOrEqual(50 * 100 * 57)
    }
    expect(sink.heldBytes).toBeGreaterThan(0)
  })
})

describe('alarms', () => {
  test('an alarm keeps the reason it was raised for, through to its end', async () => {
    const { sink } = sinkWith()
    await sink.write([alarm('cpu', 'pending', 100, '300, expected 180 to 260')])
    await sink.write([alarm('cpu', 'firing', 130, '412, expected 180 to 260')])
    expect(sink.alarms().active).toMatchObject([
      { key: 'cpu', state: 'firing', startedMs: 100, firedMs: 130, endedMs: null },
    ])
    await sink.write([alarm('cpu', 'resolved', 400, '220, expected 180 to 260')])
    const { active, past } = sink.alarms()
    expect(active).toEqual([])
    expect(past).toMatchObject([
      { state: 'resolved', firedMs: 130, endedMs: 400, reason: '412, expected 180 to 260' },
    ])
  })

  test('a pending alarm that comes to nothing is told, and not among the past ones', async () => {
    const { sink } = sinkWith()
    await sink.write([alarm('cpu', 'pending', 100)])
    const seen = sink.sequence
    await sink.write([alarm('cpu', 'inactive', 110)])
    expect(sink.alarms()).toEqual({ active: [], past: [], unlisted: 0 })
    expect(sink.alarmsAfter(seen)).toMatchObject([{ alarmId: 'cpu-alarm', state: 'inactive' }])
  })

  test('a resolved alarm stays a past one when its series goes back to inactive', async () => {
    const { sink } = sinkWith()
    await sink.write([alarm('cpu', 'firing', 130), alarm('cpu', 'resolved', 400)])
    const seen = sink.sequence
    await sink.write([alarm('cpu', 'inactive', 410)])
    expect(sink.alarms().past).toMatchObject([{ state: 'resolved', endedMs: 400 }])
    expect(sink.alarmsAfter(seen)).toEqual([])
  })

  test('what people say of an alarm is kept with it, and its reason stays', async () => {
    const { sink } = sinkWith()
    const silenced = { silenceId: 's1', who: 'ann', untilMs: 900 }
    const acknowledged = { who: 'bob', atMs: 150, text: 'on it' }
    const firing = alarm('cpu', 'firing', 130, '412, expected 180 to 260')
    await sink.write([firing, { ...firing, news: 'silenced', silenced, reason: 'other' }])
    expect(sink.alarms().active).toMatchObject([{ silenced, acknowledged: null }])
    await sink.write([{ ...firing, news: 'acknowledged', acknowledged }])
    const reason = '412, expected 180 to 260'
    expect(sink.alarms().active).toMatchObject([{ silenced: null, acknowledged, reason }])
    const seen = sink.sequence
    await sink.write([{ ...alarm('cpu', 'resolved', 400), acknowledged }])
    const label = { verdict: 'false alarm', who: 'ann', atMs: 500, text: '' } as const
    await sink.write([{ ...alarm('cpu', 'inactive', 500), news: 'labelled', acknowledged, label }])
    expect(sink.alarms().past).toMatchObject([{ state: 'resolved', acknowledged, label, reason }])
    expect(sink.alarmsAfter(seen)).toMatchObject([{ label: null }, { label }])
  })

  test('the same change written twice is one alarm', async () => {
    const { sink } = sinkWith()
    for (let i = 0; i < 2; i++) await sink.write([alarm('cpu', 'firing', 130)])
    for (let i = 0; i < 2; i++) await sink.write([alarm('cpu', 'resolved', 400)])
    expect(sink.alarms().active).toHaveLength(0)
    expect(sink.alarms().past).toHaveLength(1)
  })

  test('a flood of alarms keeps the last ones and counts those it cannot list', async () => {
    const { sink } = sinkWith({ alarmsMax: 10 })
    for (let i = 0; i < 25; i++) await sink.write([alarm(`s${i}`, 'firing', i)])
    const board = sink.alarms()
    expect(board.active.map((entry) => entry.key)).toEqual(
      Array.from({ length: 10 }, (_, i) => `s${24 - i}`),
    )
    expect(board.unlisted).toBe(15)
    for (let i = 0; i < 25; i++) await sink.write([alarm(`s${i}`, 'resolved', 100 + i)])
    expect(sink.alarms().unlisted).toBe(0)
    expect(sink.alarms().active).toEqual([])
    expect(sink.alarms().past).toHaveLength(10)
  })

  test('changes are caught up in order; who is too far behind is told so', async () => {
    const { sink } = sinkWith({ alarmsMax: 10 })
    for (let i = 0; i < 12; i++) await sink.write([alarm(`s${i}`, 'firing', i)])
    // Twelve changes, ten kept: numbers 1 and 2 are lost.
    expect(sink.alarmsAfter(1)).toBeUndefined()
    expect(sink.alarmsAfter(2)).toHaveLength(10)
    expect(sink.alarmsAfter(10)?.map((entry) => entry.key)).toEqual(['s10', 's11'])
    expect(sink.alarmsAfter(12)).toEqual([])
  })
})

describe('rejections', () => {
  test('are counted by reason, with the latest examples of each, newest first', async () => {
    const { sink } = sinkWith()
    await sink.write([rejected('not_finite', 'cpu NaN')])
    for (let i = 0; i < 500; i++) await sink.write([rejected('malformed', `line ${i}`)])
    const { total, counts, recent } = sink.rejections()
    expect(total).toBe(501)
    expect(counts).toEqual({ not_finite: 1, malformed: 500 })
    expect(recent.map((entry) => entry.text)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => `line ${499 - i}`),
      'cpu NaN',
    ])
    expect(recent[0]).toMatchObject({ partition: 'test', key: null, reason: 'malformed' })
    expect(sink.rejectionSequence).toBe(sink.sequence)
  })
})
