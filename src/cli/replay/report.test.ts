import { describe, expect, test } from 'vitest'
import { LastValueDetector } from '../../../test/last-value-detector.ts'
import { alarmOptions } from '../../alarm/rule.ts'
import { Labels } from '../../core/labels.ts'
import { optionsWithDefaults } from '../../core/options.ts'
import { Judge } from './judge.ts'
import { ReplayReport } from './report.ts'
import type { DrawnSeries, FiredAlarm } from './report.ts'
import { reportPage } from './report-page.ts'
import { Row } from './row.ts'

const nowMs = 1_740_830_400_000
const limits = { seriesMax: 60, spansMax: 40_000 }

function judgeOf(seriesMax = 1_000_000): Judge {
  const alarm = optionsWithDefaults(alarmOptions)
  const detector = (): LastValueDetector => new LastValueDetector()
  const judge = new Judge({ detectorName: 'last', detector, alarm, nowMs, seriesMax })
  judge.open('judged')
  return judge
}

const held = new Map<string, Labels>()

function row(series: string, timestampMs: number, value: number): Row {
  const labels = held.get(series) ?? Labels.named(series)
  held.set(series, labels)
  const made = new Row()
  made.labels = labels
  made.timestampMs = timestampMs
  made.value = value
  return made
}

/** A report of these samples, each series' a second apart. */
function reportOf(samples: Iterable<readonly [series: string, value: number]>): ReplayReport {
  const judge = judgeOf()
  const report = new ReplayReport()
  const times = new Map<string, number>()
  for (const [series, value] of samples) {
    const timestampMs = (times.get(series) ?? 0) + 60_000
    times.set(series, timestampMs)
    const each = row(series, timestampMs, value)
    report.take(each, judge.take(each))
  }
  return report
}

describe('the judge', () => {
  test('refuses rows of series over the limit, and goes on with the others', () => {
    const judge = judgeOf(2)
    const statuses = ['a', 'b', 'c', 'a', 'c'].map((series, i) => {
      const { status, reason } = judge.take(row(series, i, 1))
      return reason || status
    })
    expect(statuses).toEqual([
      'probation',
      'probation',
      'series_limit',
      'probation',
      'series_limit',
    ])
    expect(judge.seriesCount).toBe(2)
  })

  test('lets no time of the far future blind a series', () => {
    const judge = judgeOf()
    const dayMs = 86_400_000
    const reasons = [nowMs - dayMs, nowMs + dayMs, nowMs - dayMs + 1].map((timestampMs) => {
      return judge.take(row('a', timestampMs, 1)).reason
    })
    expect(reasons).toEqual(['', 'too_far_ahead', ''])
  })

  test('takes a series that grows into the future step by step, and no leap', () => {
    const judge = judgeOf()
    const hourMs = 3_600_000
    const hours = [-2, -1, 0, 1, 2, 12, 8760, 13]
    const reasons = hours.map((hour) => judge.take(row('a', nowMs + hour * hourMs, 1)).reason)
    // Steps of an hour, then one of ten hours, then one of a year.
    expect(reasons).toEqual(['', '', '', '', '', '', 'too_far_ahead', ''])
  })
})

describe('a report', () => {
  test('has each alarm that fired, with its reason and its end', () => {
    const quiet = [10, 10, 10, 10]
    const report = reportOf([...quiet, 50, 50, 50, 90].map((value) => ['cpu', value] as const))
    // The alarm at 50 ends a minute later (keep_firing is a minute), the one at 90 never.
    expect(report.alarmCount).toBe(2)
    expect(report.alarms).toEqual([
      {
        series: 'cpu',
        severity: 'warning',
        startedMs: 300_000,
        value: 50,
        score: 0.9999,
        reason: '50, expected 0 to 20; once in 10000 samples',
        endedMs: 360_000,
      },
      expect.objectContaining({ startedMs: 480_000, value: 90, endedMs: NaN }),
    ])
  })

  test('draws the series with most alarms first', () => {
    const report = reportOf([
      ...[1, 1, 1, 1].map((value) => ['calm', value] as const),
      ...[1, 1, 1, 90, 1, 90].map((value) => ['wild', value] as const),
    ])
    const [first, second] = report.series(limits) as [DrawnSeries, DrawnSeries]
    expect([first.text, first.rows, first.alarms, first.scoreMax]).toEqual(['wild', 6, 1, 0.9999])
    expect([second.text, second.rows, second.alarms, second.scoreMax]).toEqual(['calm', 4, 0, 0.5])
    expect(first.spans.map(({ state }) => state)).toEqual([
      'probation',
      'probation',
      'probation',
      'firing',
      'firing',
      'firing',
    ])
  })

  test('of many series keeps those that had an alarm, in bounded spans', () => {
    const samples = function* (): Generator<readonly [string, number]> {
      for (let i = 0; i < 1200; i++) {
        for (let step = 0; step < 500; step++)
          yield [`series ${i}`, i > 1150 && step > 400 ? 90 : 1]
      }
    }
    const drawn = reportOf(samples()).series({ seriesMax: 60, spansMax: 6000 })
    expect(drawn.filter(({ alarms }) => alarms > 0)).toHaveLength(49)
    expect(drawn).toHaveLength(60)
    for (const { spans } of drawn) expect(spans.length).toBeLessThanOrEqual(100)
  })

  test('lists the first thousand alarms and counts all', () => {
    const samples = function* (): Generator<readonly [string, number]> {
      for (let i = 0; i < 6000; i++) yield ['cpu', i % 4 === 3 ? 90 : 1]
    }
    const report = reportOf(samples())
    expect(report.alarms).toHaveLength(1000)
    expect(report.alarmCount).toBeGreaterThan(1000)
  })
})

describe('the page', () => {
  const alarm: FiredAlarm = {
    series: 'cpu',
    severity: 'critical',
    startedMs: nowMs,
    value: 1,
    score: 1,
    reason: '412, expected 180 to 260',
    endedMs: NaN,
  }

  function pageOf(series: readonly DrawnSeries[], alarms: readonly FiredAlarm[]): string {
    const facts = [['input', 'a <b>.csv']] as const
    const counts = { seriesCount: series.length, alarmCount: alarms.length + 5 }
    return reportPage({ title: 'Replay of a & b', facts, series, alarms, ...counts })
  }

  test('shows alarms with time, severity, series and reason', () => {
    const page = pageOf([], [alarm, { ...alarm, endedMs: nowMs + 60_500 }])
    expect(page).toContain('<h2>7 alarms</h2>')
    expect(page).toContain('<td>2025-03-01 12:00:00</td><td>still firing</td><td>critical</td>')
    expect(page).toContain('<td>2025-03-01 12:01:00.500</td>')
    expect(page).toContain('<td>412, expected 180 to 260</td>')
    expect(page).toContain('And 5 more')
  })

  test('asks for nothing from outside, and forbids it', () => {
    const series = reportOf([
      ['cpu', 1],
      ['cpu', 2],
    ]).series(limits)
    const page = pageOf(series, [alarm])
    expect(page).not.toMatch(/(src|href)\s*=\s*["'](?!#)|@import|url\(|https?:|fetch\(|import\(/)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src`)
  })

  test('takes no text of the input for markup or program', () => {
    const text = `</script><script>alert(1)</script>"'&<img src=x>\u2028`
    const series = [{ text, spans: [], rows: 0, alarms: 0, scoreMax: 0 }]
    const page = pageOf(series, [{ ...alarm, series: text, reason: text }])
    expect(page.match(/<script>/g)).toHaveLength(1)
    expect(page.match(/<\/script>/g)).toHaveLength(1)
    expect(page).not.toContain('<img')
    expect(page).toContain('a &lt;b&gt;.csv')
  })

  test('hands the script columns of equal length, unknown numbers as null', () => {
    const series = reportOf([
      ['cpu', 1],
      ['cpu', 2.123456789],
    ]).series(limits)
    const data = /const replay = (.*)\n/.exec(pageOf(series, []))?.[1] as string
    expect(JSON.parse(data)).toEqual([
      {
        start: 60_000,
        t: [0, 60_000],
        e: [0, 60_000],
        a: [1, 2.12346],
        b: [1, 2.12346],
        l: [null, -9],
        u: [null, 11],
        s: [0, 0],
        k: [0, 0],
      },
    ])
  })

  test('has a program that can be parsed', () => {
    const program = /<script>([^]*)<\/script>/.exec(pageOf([], []))?.[1] as string
    // The constructor parses its text and runs nothing.
    expect(() => new Function(program)).not.toThrow()
  })
})
