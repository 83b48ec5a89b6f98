/** What people say, in the catalog: silences, acknowledgements, labels. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LastValueDetector } from '../../test/last-value-detector.ts'
import { alarmOptions } from '../alarm/rule.ts'
import { Assessment } from '../core/assessment.ts'
import { Labels } from '../core/labels.ts'
import { Ledger } from '../core/ledger.ts'
import type { SavedOwner } from '../core/ledger.ts'
import { optionsWithDefaults } from '../core/options.ts'
import type { ControlRecord, Word } from '../core/record.ts'
import { isForPeople, reportId } from '../core/report.ts'
import type { AlarmReport, Report } from '../core/report.ts'
import { Catalog, catalogOptions } from './catalog.ts'
import { gateOptions } from './gate.ts'
import { Series } from './series.ts'
import { silencesMax } from './silences.ts'

const startMs = 1_700_000_000_000

/** One thing that comes in; times are seconds after the start. */
type Input =
  | { readonly value: number; readonly host: string }
  | { readonly tick: true }
  | { readonly word: Word }

/** A catalog that is fed one record a second, in one partition. */
class Desk {
  readonly ledger = new Ledger()
  readonly catalog: Catalog
  readonly reports: Report[] = []

  constructor() {
    const rule = {
      name: 'all',
      detector: 'last-value',
      alarm: optionsWithDefaults(alarmOptions, { keepFiringMs: 3000, absentMs: 20_000 }),
      gate: optionsWithDefaults(gateOptions),
      assessment: new Assessment(),
      reportScores: false,
      stateVersion: 1,
      stateDigest: 7,
    }
    const create = (labels: Labels): Series => new Series(labels, rule, new LastValueDetector())
    this.catalog = new Catalog(optionsWithDefaults(catalogOptions), create, this.ledger)
  }

  /** Takes the input of a second; its offset is the second. */
  take(input: Input, second: number): void {
    const timestampMs = startMs + second * 1000
    const origin = { partition: 'log', offset: second, receivedMs: timestampMs }
    if ('tick' in input) this.catalog.tick(timestampMs, origin, this.reports)
    else if ('word' in input) {
      const record = { ...input.word, kind: 'control', origin } as ControlRecord
      this.catalog.control(record, this.reports)
    } else {
      const labels = Labels.named('load', [['host', input.host]])
      const { value } = input
      const observation = { labels, timestampMs, remainderNs: 0, value, origin, index: 0 }
      this.catalog.update(observation, this.reports)
    }
  }

  /** Every owner as a checkpoint would save it. */
  saved(): SavedOwner[] {
    this.ledger.cut()
    while (!this.ledger.copySome(100));
    return this.ledger.collect().saved
  }
}

/** A desk whose series `a` fires since second 4. */
function fired(): Desk {
  const desk = new Desk()
  for (const [second, value] of [1, 1, 1, 1, 99].entries()) desk.take({ value, host: 'a' }, second)
  return desk
}

const alarmOf = (desk: Desk): string => (desk.reports.at(-1) as AlarmReport).alarmId

function silence(match: string, untilS: number, silenceId = 's1'): Input {
  const said = { silenceId, match, alarmId: '', untilMs: startMs + untilS * 1000 }
  return { word: { action: 'silence', ...said, who: 'ann', text: 'deploy' } }
}

/** State, news and silence of each alarm report since a count, and whether people are told. */
function told(desk: Desk, from = 0): string[] {
  return desk.reports.slice(from).map((report) => {
    if (report.kind !== 'alarm') return report.kind
    const { state, news, silenced } = report
    const words = [state, news, silenced?.silenceId].filter((word) => word !== undefined)
    return words.join(' ') + (isForPeople(report) ? ' !' : '')
  })
}

describe('a silence', () => {
  test('holds back an alarm that begins under it, and tells it once it is over', () => {
    const desk = new Desk()
    desk.take(silence('load*', 6), 0)
    for (const [i, value] of [1, 1, 1, 99].entries()) desk.take({ value, host: 'a' }, i + 1)
    desk.take({ tick: true }, 5)
    desk.take({ tick: true }, 6)
    expect(told(desk)).toEqual(['firing s1', 'firing told !'])
  })

  test('tells why, when it tells late', () => {
    const desk = new Desk()
    desk.take(silence('load*', 6), 0)
    for (const [i, value] of [1, 1, 1, 99].entries()) desk.take({ value, host: 'a' }, i + 1)
    desk.take({ tick: true }, 6)
    const [first, late] = desk.reports as AlarmReport[]
    expect(late).toMatchObject({ reason: first?.reason, value: 99, expected: 1, state: 'firing' })
    expect(late?.timestampMs).toBe(startMs + 6000)
    expect(late?.silenced).toBeUndefined()
    expect(new Set([first, late].map((report) => reportId(report as AlarmReport))).size).toBe(2)
  })

  test('of an alarm that people know of is marked, and its end is told all the same', () => {
    const desk = fired()
    desk.take(silence('load{host="a"}', 100), 5)
    for (let second = 6; second < 10; second++) desk.take({ value: 99, host: 'a' }, second)
    expect(told(desk)).toEqual(['firing !', 'firing silenced s1', 'resolved !'])
  })

  test('of an alarm that people know of says nothing new when it is over', () => {
    const desk = fired()
    desk.take(silence('*', 6), 5)
    desk.take({ tick: true }, 6)
    expect(told(desk, 1)).toEqual(['firing silenced s1', 'firing unsilenced'])
  })

  test('keeps back the end of an alarm that nobody was told of', () => {
    const desk = new Desk()
    desk.take(silence('*', 100), 0)
    for (const [i, value] of [1, 1, 1, 99, 99, 99, 99, 99].entries()) {
      desk.take({ value, host: 'a' }, i + 1)
    }
    expect(told(desk)).toEqual(['firing s1', 'resolved s1'])
  })

  test('can be ended before its time, once', () => {
    const desk = new Desk()
    desk.take(silence('*', 100), 0)
    for (const [i, value] of [1, 1, 1, 99].entries()) desk.take({ value, host: 'a' }, i + 1)
    const end = { action: 'end_silence', silenceId: 's1', who: 'bob', text: '' } as const
    desk.take({ word: end }, 5)
    desk.take({ word: end }, 6)
    expect(told(desk)).toEqual(['firing s1', 'firing told !'])
    expect(desk.catalog.silences()).toEqual([])
  })

  test('is about one alarm where it names one', () => {
    const desk = fired()
    const said = { silenceId: 's1', match: '', alarmId: alarmOf(desk), untilMs: startMs + 1e6 }
    desk.take({ word: { action: 'silence', ...said, who: 'ann', text: '' } }, 5)
    for (const [i, value] of [1, 1, 1, 99].entries()) desk.take({ value, host: 'b' }, i + 6)
    expect(told(desk)).toEqual(['firing !', 'firing silenced s1', 'firing !'])
  })

  test('gives way to another one that lasts longer', () => {
    const desk = fired()
    desk.take(silence('*', 7), 5)
    desk.take(silence('load*', 9, 's2'), 6)
    for (let second = 7; second < 10; second++) desk.take({ tick: true }, second)
    expect(told(desk, 1)).toEqual(['firing silenced s1', 'firing silenced s2', 'firing unsilenced'])
  })

  test('is changed by one of the same id, and keeps its beginning', () => {
    const desk = new Desk()
    desk.take(silence('a*', 50), 0)
    desk.take(silence('b*', 90), 5)
    const want = { match: 'b*', createdMs: startMs, untilMs: startMs + 90_000 }
    expect(desk.catalog.silences()).toMatchObject([want])
  })

  test('does not touch the series that it is not about', () => {
    const desk = fired()
    desk.take(silence('memory*', 100), 5)
    expect(told(desk, 1)).toEqual([])
  })

  test('is one of a bounded number', () => {
    const desk = new Desk()
    for (let i = 0; i < silencesMax + 5; i++) desk.take(silence('*', 1e6, `s${i}`), i)
    expect(desk.catalog.silences()).toHaveLength(silencesMax)
  })
})

describe('an acknowledgement', () => {
  test('is kept with the alarm until the alarm is over, with who and when', () => {
    const desk = fired()
    const word = { action: 'acknowledge', alarmId: alarmOf(desk), who: 'ann', text: 'on it' }
    desk.take({ word: word as Word }, 5)
    desk.take({ word: word as Word }, 6)
    for (let second = 7; second < 12; second++) desk.take({ value: 99, host: 'a' }, second)
    expect(told(desk)).toEqual(['firing !', 'firing acknowledged', 'resolved !'])
    const acknowledged = { who: 'ann', atMs: startMs + 5000, text: 'on it' }
    expect((desk.reports[1] as AlarmReport).acknowledged).toEqual(acknowledged)
    expect((desk.reports[2] as AlarmReport).acknowledged).toEqual(acknowledged)
  })

  test('does not pass to the next alarm of the series', () => {
    const desk = fired()
    const word = { action: 'acknowledge', alarmId: alarmOf(desk), who: 'ann', text: '' } as const
    desk.take({ word }, 5)
    for (let second = 6; second < 12; second++) desk.take({ value: 99, host: 'a' }, second)
    desk.take({ value: 1, host: 'a' }, 12)
    expect((desk.reports.at(-1) as AlarmReport).state).toBe('firing')
    expect((desk.reports.at(-1) as AlarmReport).acknowledged).toBeUndefined()
  })

  test('of an alarm that is over or was never there changes nothing', () => {
    const desk = fired()
    const alarmId = alarmOf(desk)
    for (let second = 5; second < 12; second++) desk.take({ value: 99, host: 'a' }, second)
    const before = desk.reports.length
    desk.take({ word: { action: 'acknowledge', alarmId, who: 'ann', text: '' } }, 12)
    desk.take({ word: { action: 'acknowledge', alarmId: 'f'.repeat(16), who: 'a', text: '' } }, 13)
    expect(told(desk, before)).toEqual([])
  })
})

test('a label can be given to an alarm that is over', () => {
  const desk = fired()
  const alarmId = alarmOf(desk)
  for (let second = 5; second < 12; second++) desk.take({ value: 99, host: 'a' }, second)
  const label = { action: 'label', alarmId, verdict: 'false alarm', who: 'ann', text: '' } as const
  desk.take({ word: label }, 12)
  const { news, label: said } = desk.reports.at(-1) as AlarmReport
  expect(news).toBe('labelled')
  expect(said).toEqual({ verdict: 'false alarm', who: 'ann', atMs: startMs + 12_000, text: '' })
})

/** Any input; alarm ids are those of the alarms of an undisturbed run, by number. */
const anyInput = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      value: fc.constantFrom(1, 1, 1, 1, 99),
      host: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ tick: true as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      match: fc.constantFrom('*', 'load{host="a"}', 'other'),
      lastsS: fc.integer({ min: 1, max: 30 }),
      id: fc.constantFrom('s1', 's2'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ends: fc.constantFrom('s1', 's2') }) },
  { weight: 1, arbitrary: fc.record({ alarm: fc.nat(5), verdict: fc.boolean() }) },
)

type Scripted = typeof anyInput extends fc.Arbitrary<infer T> ? T : never

function inputOf(scripted: Scripted, second: number, alarmIds: readonly string[]): Input {
  if ('lastsS' in scripted) {
    return silence(scripted.match, second + scripted.lastsS, scripted.id)
  }
  if ('ends' in scripted) {
    return { word: { action: 'end_silence', silenceId: scripted.ends, who: 'bob', text: '' } }
  }
  if ('alarm' in scripted) {
    const alarmId = alarmIds[scripted.alarm % Math.max(1, alarmIds.length)] ?? '0'.repeat(16)
    if (!scripted.verdict) {
      return { word: { action: 'acknowledge', alarmId, who: 'cy', text: '' } }
    }
    const verdict = 'true alarm'
    return { word: { action: 'label', alarmId, verdict, who: 'cy', text: '' } }
  }
  return scripted
}

/** The whole run: what it reports at each second. */
function run(inputs: readonly Input[]): { desk: Desk; until: number[] } {
  const desk = new Desk()
  const until = inputs.map((input, second) => {
    desk.take(input, second)
    return desk.reports.length
  })
  return { desk, until }
}

/** Alarm reports as texts; of one record they may come in another order after a restart. */
function plain(reports: readonly Report[]): string[] {
  const alarms = reports.filter(({ kind }) => kind === 'alarm')
  return alarms
    .map((report) => JSON.stringify({ ...report, labels: report.labels?.key }))
    .toSorted()
}

test('goes on from any checkpoint bit for bit, and says nothing again that it reads again', () => {
  fc.assert(
    fc.property(
      fc.array(anyInput, { minLength: 20, maxLength: 80 }),
      fc.nat(),
      fc.nat(10),
      (scripted, at, again) => {
        const samples = scripted.map((each, i) => inputOf(each, i, []))
        const alarmIds = run(samples).desk.reports.flatMap((report) =>
          report.kind === 'alarm' ? [report.alarmId] : [],
        )
        const inputs = scripted.map((each, i) => inputOf(each, i, [...new Set(alarmIds)]))
        const cut = at % inputs.length
        const { desk, until } = run(inputs)
        const first = run(inputs.slice(0, cut)).desk
        const second = new Desk()
        for (const owner of first.saved()) second.catalog.restore(owner)
        for (let i = Math.max(0, cut - again); i < inputs.length; i++) {
          second.take(inputs[i] as Input, i)
        }
        expect(plain(second.reports)).toEqual(plain(desk.reports.slice(until[cut - 1] ?? 0)))
        expect(second.catalog.silences()).toEqual(desk.catalog.silences())
      },
    ),
    { numRuns: 300 },
  )
})
