import { describe, expect, test } from 'vitest'
import { alarmOptions } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { Report } from '../core/report.ts'
import type { Detector } from '../detectors/detector.ts'
import { Catalog, catalogOptions } from './catalog.ts'
import type { CatalogOptions } from './catalog.ts'
import { gateOptions } from './gate.ts'
import { Series } from './series.ts'

/** Calls values over 100 anomalous, from the first sample on. */
class Limit implements Detector {
  update(_timestampMs: number, value: number, _learning: string, assessment: Assessment): void {
    assessment.inProbation = false
    assessment.score = value > 100 ? 1 : 0
  }
  snapshot(): void {}
  restore(): void {}
}

function catalogWith(given: Partial<CatalogOptions>, ledger = new Ledger()): Catalog {
  const rule = {
    name: 'all',
    detector: 'limit',
    alarm: optionsWithDefaults(alarmOptions, { absentMs: 5000 }),
    gate: optionsWithDefaults(gateOptions),
    assessment: new Assessment(),
    reportScores: true,
    stateVersion: 1,
    stateDigest: 7,
  }
  const options = optionsWithDefaults(catalogOptions, given)
  const create = (labels: Labels): Series | undefined =>
    labels.name === 'unwanted' ? undefined : new Series(labels, rule, new Limit())
  return new Catalog(options, create, ledger)
}

let offset = 0

function feed(catalog: Catalog, labels: Labels, timestampMs: number, value = 1): Report[] {
  const reports: Report[] = []
  const origin = { partition: 'p', offset: offset++, receivedMs: timestampMs }
  catalog.update({ labels, timestampMs, remainderNs: 0, value, origin, index: 0 }, reports)
  return reports
}

function tick(catalog: Catalog, timestampMs: number): Report[] {
  const reports: Report[] = []
  catalog.tick(timestampMs, { partition: 'p', offset: offset++, receivedMs: timestampMs }, reports)
  return reports
}

describe('the catalog', () => {
  test('finds one series by equal labels, held or made anew', () => {
    const catalog = catalogWith({})
    const held = Labels.named('a', [['host', 'x']])
    feed(catalog, held, 1)
    feed(catalog, held, 2)
    feed(catalog, Labels.of([...held.entries()].reverse()), 3)
    expect(catalog.size).toBe(1)
    expect(catalog.find('a{host="x"}')?.summary().lastTimestampMs).toBe(3)
  })

  test('does not mistake the series of another catalog for its own', () => {
    const labels = Labels.named('a')
    const first = catalogWith({})
    const second = catalogWith({})
    feed(first, labels, 1)
    feed(second, labels, 2)
    feed(first, labels, 3)
    expect(first.find('a')?.summary().lastTimestampMs).toBe(3)
    expect(second.find('a')?.summary().lastTimestampMs).toBe(2)
  })

  test('makes no series where no rule wants one', () => {
    const catalog = catalogWith({})
    const labels = Labels.named('unwanted')
    expect(feed(catalog, labels, 1)).toEqual([])
    expect(feed(catalog, labels, 2)).toEqual([])
    expect(catalog.size).toBe(0)
  })

  test('refuses new series at the limit, one rejection for each sample', () => {
    const catalog = catalogWith({ limit: 1 })
    feed(catalog, Labels.named('a'), 1)
    const reports = feed(catalog, Labels.named('b'), 1)
    expect(reports).toMatchObject([{ kind: 'rejection', reason: 'series_limit', text: 'b' }])
    expect(catalog.refusals).toBe(1)
    expect(feed(catalog, Labels.named('a'), 2)).toHaveLength(1)
  })

  test('forgets idle series at a tick and starts them anew', () => {
    const catalog = catalogWith({ idleAfterMs: 60_000 })
    const quiet = Labels.named('quiet')
    feed(catalog, quiet, 0)
    feed(catalog, Labels.named('busy'), 100_000)
    tick(catalog, 100_000)
    expect([...catalog.all()].map((series) => series.labels.key)).toEqual(['busy'])
    expect(catalog.evictions).toBe(1)
    feed(catalog, quiet, 100_001)
    expect(catalog.size).toBe(2)
  })

  test('resolves the alarm of a series that went silent', () => {
    const catalog = catalogWith({})
    feed(catalog, Labels.named('a'), 1000, 500)
    expect(tick(catalog, 5999)).toEqual([])
    expect(tick(catalog, 6000)).toMatchObject([{ kind: 'alarm', state: 'resolved' }])
    expect(tick(catalog, 7000)).toEqual([])
  })

  test('reports of a tick are in the order of the series keys, whichever was up first', () => {
    const catalog = catalogWith({})
    for (const name of ['b', 'c', 'a']) feed(catalog, Labels.named(name), 1000)
    for (const name of ['b', 'c', 'a']) feed(catalog, Labels.named(name), 2000, 500)
    const keys = tick(catalog, 60_000).map((report) => report.labels?.key)
    expect(keys).toEqual(['a', 'b', 'c'])
  })

  test('takes its series back from a checkpoint, each as it was at the cut', () => {
    const ledger = new Ledger()
    const catalog = catalogWith({}, ledger)
    const a = Labels.named('a')
    feed(catalog, a, 1000)
    feed(catalog, Labels.named('b'), 1000, 500)
    ledger.cut()
    feed(catalog, a, 2000)
    expect(ledger.copySome(100)).toBe(true)
    const { saved } = ledger.collect()
    const other = catalogWith({})
    for (const owner of saved) expect(other.restore(owner)).toBeDefined()
    expect(other.find('a')?.summary()).toMatchObject({ lastTimestampMs: 1000, lastValue: 1 })
    expect(other.find('b')?.summary().alarmState).toBe('firing')
    expect(tick(other, 6000)).toMatchObject([{ kind: 'alarm', state: 'resolved' }])
    expect(ledger.changedCount).toBe(1)
  })

  test('does not take a damaged series back', () => {
    const ledger = new Ledger()
    feed(catalogWith({}, ledger), Labels.named('a'), 1000)
    ledger.cut()
    ledger.copySome(1)
    const { ownerKey, sealed } = ledger.collect().saved[0] as SavedOwner
    for (let i = 0; i < sealed.length; i++) {
      const damaged = sealed.slice()
      damaged[i] = (damaged[i] as number) ^ 1
      expect(() => catalogWith({}).restore({ ownerKey, sealed: damaged })).toThrow(
        'cannot read the snapshot',
      )
    }
  })

  test('lists what is firing first and searches in any case', () => {
    const catalog = catalogWith({})
    feed(catalog, Labels.named('cpu.a'), 1)
    feed(catalog, Labels.named('cpu.b'), 1, 500)
    feed(catalog, Labels.named('mem'), 1)
    const keys = (search: string, state: 'all' | 'firing'): string[] =>
      catalog.list({ search, state, limit: 10 }).map((summary) => summary.key)
    expect(keys('', 'all')).toEqual(['cpu.b', 'cpu.a', 'mem'])
    expect(keys('CPU', 'all')).toEqual(['cpu.b', 'cpu.a'])
    expect(keys('', 'firing')).toEqual(['cpu.b'])
  })
})
