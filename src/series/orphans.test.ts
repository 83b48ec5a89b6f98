import { describe, expect, test } from 'vitest'
import { LastValueDetector } from '../../test/last-value-detector.ts'
import { alarmOptions } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { reportId } from '../core/report.ts'
import type { AlarmReport, Report } from '../core/report.ts'
import { Catalog, catalogOptions } from './catalog.ts'
import { gateOptions } from './gate.ts'
import { orphanReasons } from './orphans.ts'
import { Series } from './series.ts'

type Severity = AlarmReport['severity']

/** A catalog under one rule; a detector with another digest has other options. */
class Desk {
  readonly ledger = new Ledger()
  readonly catalog: Catalog
  readonly reports: Report[] = []
  #offset: number

  constructor(
    from: number,
    digest: number | 'no rule',
    name = 'all',
    severity: Severity = 'warning',
  ) {
    this.#offset = from
    const rule = {
      name,
      detector: 'last-value',
      alarm: optionsWithDefaults(alarmOptions, { keepFiringMs: 60_000, severity }),
      gate: optionsWithDefaults(gateOptions),
      assessment: new Assessment(),
      reportScores: false,
      stateVersion: 1,
      stateDigest: Number(digest),
    }
    const create = (labels: Labels): Series | undefined =>
      digest === 'no rule' ? undefined : new Series(labels, rule, new LastValueDetector())
    this.catalog = new Catalog(optionsWithDefaults(catalogOptions), create, this.ledger)
  }

  sample(value: number): void {
    const labels = Labels.named('load')
    const { timestampMs, origin } = this.#place()
    const observation = { labels, timestampMs, remainderNs: 0, value, origin, index: 0 }
    this.catalog.update(observation, this.reports)
  }

  tick(partition = 'log'): AlarmReport[] {
    const { timestampMs, origin } = this.#place()
    const reports: Report[] = []
    this.catalog.tick(timestampMs, { ...origin, partition }, reports)
    return reports.filter((report) => report.kind === 'alarm')
  }

  #place() {
    const offset = this.#offset++
    const timestampMs = 1_700_000_000_000 + offset * 1000
    return { timestampMs, origin: { partition: 'log', offset, receivedMs: timestampMs } }
  }

  /** What a checkpoint would save and forget now. */
  saved(): { saved: SavedOwner[]; forgotten: string[] } {
    this.ledger.cut()
    while (!this.ledger.copySome(100));
    return this.ledger.collect()
  }

  /** Takes back what was saved; says of which owners it could not. */
  restore(owners: readonly SavedOwner[]): string[] {
    const refused: string[] = []
    for (const owner of owners) {
      try {
        this.catalog.restore(owner)
      } catch {
        refused.push(owner.ownerKey)
      }
    }
    return refused
  }
}

/** What a series with an alarm that is up has saved, and the report of the alarm. */
function alarmed(): { saved: SavedOwner[]; raised: AlarmReport } {
  const desk = new Desk(0, 7, 'all', 'critical')
  for (const value of [1, 1, 1, 1000]) desk.sample(value)
  const raised = desk.reports.find((report) => report.kind === 'alarm')
  expect(raised).toMatchObject({ state: 'firing' })
  return { saved: desk.saved().saved, raised: raised as AlarmReport }
}

describe('an alarm whose series is left behind', () => {
  test.each([
    ['changed', 8],
    ['removed', 'no rule'],
  ] as const)('is resolved at the next tick, once: %s', (why, digest) => {
    const { saved, raised } = alarmed()
    const desk = new Desk(10, digest, 'other', 'info')
    expect(desk.restore(saved)).toEqual(why === 'changed' ? ['series/load'] : [])
    const [end, ...more] = desk.tick()
    const { alarmId, startedMs } = raised
    const reason = orphanReasons[why]
    // By the names that it was told under: others would not close it.
    const named = { rule: 'all', severity: 'critical' }
    expect(end).toMatchObject({ state: 'resolved', alarmId, startedMs, reason, ...named })
    expect([...more, ...desk.tick()]).toEqual([])
  })

  test('waits for a tick of the partition that its series was fed from', () => {
    const desk = new Desk(10, 'no rule')
    desk.restore(alarmed().saved)
    expect(desk.tick('other')).toEqual([])
    expect(desk.tick()).toHaveLength(1)
  })

  test('is saved before what its series saved goes, and goes once it is saved as told', () => {
    const first = new Desk(10, 'no rule')
    first.restore(alarmed().saved)
    const kept = first.saved()
    expect(kept.forgotten).toEqual(['series/load'])
    const again = new Desk(10, 'no rule')
    again.restore(kept.saved)
    const [a, b] = [first.tick(), again.tick()].flat()
    expect(reportId(a as Report)).toBe(reportId(b as Report))
    const told = again.saved()
    expect(told.saved.map(({ ownerKey }) => ownerKey)).toContain(`series-orphan/${b?.alarmId}/load`)
    const last = new Desk(20, 'no rule')
    last.restore(told.saved)
    expect(last.tick()).toEqual([])
    expect(last.saved().forgotten).toEqual([`series-orphan/${b?.alarmId}/load`])
  })

  test('is told once where the state of its series is still there', () => {
    const { saved } = alarmed()
    const first = new Desk(10, 8)
    first.restore(saved)
    first.tick()
    const both = [...first.saved().saved, ...saved]
    for (const owners of [both, both.toReversed()]) {
      const next = new Desk(20, 8)
      next.restore(owners)
      expect(next.tick()).toEqual([])
    }
  })
})

test('an alarm keeps the names that it was told under where its rule is renamed', () => {
  const { saved, raised } = alarmed()
  const desk = new Desk(100, 7, 'renamed', 'info')
  expect(desk.restore(saved)).toEqual([])
  for (let i = 0; i < 80; i++) desk.sample(1000)
  const { alarmId } = raised
  const ended = { state: 'resolved', alarmId, rule: 'all', severity: 'critical' }
  expect(desk.reports.find((report) => report.kind === 'alarm')).toMatchObject(ended)
})
