import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import type { Observation, Origin } from '../core/observation.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import { reportId } from '../core/report.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { SnapshotReader as Reader, SnapshotWriter as Writer } from '../core/snapshot.ts'
import type { Detector, Learning } from '../detectors/detector.ts'
import { gateOptions } from './gate.ts'
import type { GateOptions } from './gate.ts'
import { Series } from './series.ts'
import type { SeriesRule } from './series.ts'

/**
 * The plainest detector there is: a value over the largest one learned so far scores 1. It says
 * what it was given, so a test sees order and learning.
 */
class Record implements Detector {
  #largest = -Infinity
  readonly seen: string[] = []

  update(timestampMs: number, value: number, learning: Learning, assessment: Assessment): void {
    assessment.inProbation = this.#largest === -Infinity
    assessment.score = value > this.#largest && !assessment.inProbation ? 1 : 0
    assessment.expected = assessment.inProbation ? NaN : this.#largest
    this.seen.push(`${timestampMs}:${value}:${learning}`)
    if (learning === 'on') this.#largest = Math.max(this.#largest, value)
  }

  snapshot(writer: Writer): void {
    writer.float64(this.#largest)
  }

  restore(reader: Reader): void {
    this.#largest = reader.float64()
  }
}

const labels = Labels.named('latency', [['host', 'vm1']])
const nowMs = 1_700_000_000_000

function ruleWith(gate: Partial<GateOptions> = {}, maskedSamples = 0): SeriesRule {
  return {
    name: 'all',
    detector: 'record',
    alarm: optionsWithDefaults(alarmOptions, { keepFiringMs: 0, maskedSamples }),
    gate: optionsWithDefaults(gateOptions, gate),
    assessment: new Assessment(),
    reportScores: true,
    stateVersion: 1,
    stateDigest: 7,
  }
}

function origin(offset: number, partition = 'test', receivedMs = nowMs): Origin {
  return { partition, offset, receivedMs }
}

/** One observation; time in seconds after `nowMs`. */
function at(seconds: number, value: number, from: Origin, index = 0): Observation {
  const timestampMs = nowMs + seconds * 1000
  return { labels, timestampMs, remainderNs: 0, value, origin: from, index }
}

/** Feeds values one second apart in one payload each; returns one word per report. */
function words(series: Series, observations: readonly Observation[]): string[] {
  const reports: Report[] = []
  for (const observation of observations) series.update(observation, reports)
  return reports.map(word)
}

function word(report: Report): string {
  if (report.kind === 'rejection') return report.reason
  if (report.kind === 'alarm') return `alarm ${report.state}`
  return report.kind === 'score' ? `${report.value} ${report.status}` : report.kind
}

function f(gate: Partial<GateOptions>, observations: Observation[], want: string[]): void {
  expect(words(new Series(labels, ruleWith(gate), new Record()), observations)).toEqual(want)
}

describe('the gate', () => {
  test('refuses values that are not finite or that overflow when squared', () => {
    f(
      {},
      [at(0, NaN, origin(1)), at(1, Infinity, origin(2)), at(2, 1e151, origin(3))],
      ['not_finite', 'not_finite', 'out_of_bounds'],
    )
    f(
      {},
      [at(0, -1e150, origin(1)), at(1, -0, origin(2))],
      ['-1e+150 probation', '0 anomalous', 'alarm firing'],
    )
  })

  test('tells duplicates from samples that are out of order', () => {
    f(
      {},
      [at(0, 1, origin(1)), at(0, 1, origin(2)), at(-1, 1, origin(3)), at(1, 1, origin(4))],
      ['1 probation', 'duplicate', 'out_of_order', '1 ok'],
    )
  })

  test('keeps samples apart that differ below a millisecond', () => {
    const early = { ...at(0, 1, origin(1)), remainderNs: 5 }
    const late = { ...at(0, 1, origin(2)), remainderNs: 900_000 }
    f({}, [early, late, { ...early, origin: origin(3) }], ['1 probation', '1 ok', 'out_of_order'])
  })

  test('is not blinded by one timestamp of the far future', () => {
    f(
      {},
      [at(0, 1, origin(1)), at(1e9, 1, origin(2)), at(1, 1, origin(3))],
      ['1 probation', 'too_far_ahead', '1 ok'],
    )
  })

  test('accepts any age unless told otherwise', () => {
    f({}, [at(-1e6, 1, origin(1))], ['1 probation'])
    f(
      { acceptedAgeMs: 60_000 },
      [at(-61, 1, origin(1)), at(-60, 1, origin(2))],
      ['too_old', '1 probation'],
    )
  })

  test('brings samples within the reorder window into order', () => {
    const detector = new Record()
    const series = new Series(labels, ruleWith({ reorderWindowMs: 2000 }), detector)
    const seconds = [0, 2, 1, 3, 5, 4, 9]
    words(
      series,
      seconds.map((s, i) => at(s, s, origin(i))),
    )
    const judged = detector.seen.map((text) => (Number(text.split(':')[0]) - nowMs) / 1000)
    expect(judged).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('lets waiting samples go at a tick', () => {
    const series = new Series(labels, ruleWith({ reorderWindowMs: 2000 }), new Record())
    expect(words(series, [at(0, 1, origin(1))])).toEqual([])
    const reports: Report[] = []
    series.tick(nowMs + 1999, origin(2), reports)
    expect(reports).toEqual([])
    series.tick(nowMs + 2000, origin(3), reports)
    expect(reports.map(word)).toEqual(['1 probation'])
  })
})

describe('a series', () => {
  test('skips by position what it has taken already, and says nothing of it', () => {
    const fed = [at(0, 1, origin(1), 0), at(1, 1, origin(1), 1), at(2, 1, origin(2), 0)]
    f({}, [...fed, ...fed, at(3, 1, origin(2), 1)], ['1 probation', '1 ok', '1 ok', '1 ok'])
  })

  test('keeps the positions of several partitions apart', () => {
    const a = at(0, 1, origin(7, 'a'))
    const b = at(1, 1, origin(3, 'b'))
    f({}, [a, b, a, b, at(2, 1, origin(8, 'a')), b], ['1 probation', '1 ok', '1 ok'])
  })

  test('reports an alarm with its reason, and its end', () => {
    const series = new Series(labels, ruleWith(), new Record())
    const reports: Report[] = []
    ;[10, 9, 412, 8].forEach((value, i) => series.update(at(i, value, origin(i)), reports))
    const alarms = reports.filter((report) => report.kind === 'alarm')
    expect(alarms.map((alarm) => [alarm.state, alarm.value, alarm.startedMs - nowMs])).toEqual([
      ['firing', 412, 2000],
      ['resolved', 8, 2000],
    ])
    expect(alarms[0]?.alarmId).toBe(alarms[1]?.alarmId)
    expect(new Set(reports.map(reportId)).size).toBe(reports.length)
  })

  test('does not learn while masked', () => {
    const detector = new Record()
    const series = new Series(labels, ruleWith({}, 100), detector)
    words(
      series,
      [1, 5, 6, 7, 2].map((value, i) => at(i, value, origin(i))),
    )
    expect(detector.seen.map((text) => text.split(':')[2])).toEqual([
      'on',
      'on',
      'masked',
      'masked',
      'masked',
    ])
  })

  test('goes on bit for bit from a snapshot taken anywhere', () => {
    const sample = fc.record({
      second: fc.integer({ min: -20, max: 20 }),
      value: fc.double({ noNaN: false }),
      partition: fc.constantFrom('a', 'b'),
      offset: fc.integer({ min: 0, max: 30 }),
    })
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 40 }),
        fc.nat(40),
        fc.constantFrom(0, 3000),
        (samples, cut, reorderWindowMs) => {
          const rule = ruleWith({ reorderWindowMs }, 2)
          const whole = new Series(labels, rule, new Record())
          let other = new Series(labels, rule, new Record())
          const wanted: Report[] = []
          const got: Report[] = []
          samples.forEach(({ second, value, partition, offset }, i) => {
            if (i === cut) other = restored(other, rule)
            whole.update(at(second, value, origin(offset, partition)), wanted)
            other.update(at(second, value, origin(offset, partition)), got)
          })
          expect(got).toEqual(wanted)
        },
      ),
    )
  })
})

describe('a series with a budget of alarms', () => {
  const dayMs = 86_400_000
  const budgeted = { ...ruleWith(), budget: { alarms: 1, intervalMs: dayMs } }
  /** A block of the budget is 45 minutes; each sample is a record, so each scores 1. */
  const minute = (i: number): Observation => at(60 * i, i, origin(i))

  test('fires once where its threshold would have fired again and again', () => {
    const reports: Report[] = []
    const series = new Series(labels, budgeted, new Record())
    for (let i = 0; i < 40; i++) {
      series.update(minute(2 * i), reports)
      // In between it is quiet, so the alarm resolves.
      series.update(at(60 * (2 * i + 1), -1, origin(2 * i + 1)), reports)
    }
    const fired = reports.filter((each) => each.kind === 'alarm' && each.state === 'firing')
    expect(fired.length).toBeLessThanOrEqual(3)
    expect(fired.length).toBeGreaterThan(0)
  })

  test('gives back what a true alarm took, and takes it again if it was none', () => {
    const series = new Series(labels, budgeted, new Record())
    for (let i = 0; series.alarmId === undefined; i++) series.update(minute(i), [])
    const [alarmId, untouched] = [series.alarmId, snapshotOf(series)]
    const states = (['true alarm', 'false alarm'] as const).map((verdict, i) => {
      const at = { partition: 'words', offset: i, receivedMs: 1e12 }
      const said = { kind: 'control', action: 'label', alarmId, verdict, who: 'ada' } as const
      series.heed({ ...said, text: '', origin: at }, [])
      return balanceIn(snapshotOf(series))
    })
    const before = balanceIn(untouched)
    expect(states).toEqual([before + 1, before])
  })

  test('goes on from its state, also where its rule has lost or found a budget since', () => {
    const series = new Series(labels, budgeted, new Record())
    for (let i = 0; i < 200; i++) series.update(minute(i), [])
    const writer = new SnapshotWriter()
    series.snapshot(writer)
    for (const rule of [budgeted, ruleWith()]) {
      const reader = new SnapshotReader(writer.finish())
      const copy = new Series(labels, rule, new Record())
      copy.restore(reader)
      expect(reader.leftBytes).toBe(0)
      const again = new SnapshotWriter()
      copy.snapshot(again)
      expect(again.finish().length < writer.finish().length).toBe(rule !== budgeted)
    }
    const plain = new Series(labels, ruleWith(), new Record())
    for (let i = 0; i < 200; i++) plain.update(minute(i), [])
    expect(restored(plain, budgeted).summary().threshold).toBeGreaterThan(0.999)
  })
})

function snapshotOf(series: Series): Uint8Array {
  const writer = new SnapshotWriter()
  series.snapshot(writer)
  return writer.finish()
}

/** The balance is the last but one number of the budget, which the detector's 8 bytes follow. */
function balanceIn(state: Uint8Array): number {
  return new DataView(state.buffer, state.byteOffset).getFloat64(state.length - 24, true)
}

function restored(series: Series, rule: SeriesRule): Series {
  const writer = new SnapshotWriter()
  series.snapshot(writer)
  const copy = new Series(labels, rule, new Record())
  copy.restore(new SnapshotReader(writer.finish()))
  return copy
}
