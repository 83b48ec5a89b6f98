/**
 * Worker threads change nothing: the same input through 1, 2 and 8 of them, real threads, gives the
 * same reports in the same order, the same states at a cut, and may go on with another number.
 */

import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { scoringOf } from '../src/config/shards.ts'
import { tables } from '../src/config/tables.ts'
import { Ledger } from '../src/core/ledger.ts'
import type { SavedOwner } from '../src/core/ledger.ts'
import { optionsWithDefaults } from '../src/core/options.ts'
import { Random } from '../src/core/random.ts'
import type { NamedRecord } from '../src/core/record.ts'
import type { Report, ReportKind } from '../src/core/report.ts'
import { singleReports } from '../src/core/score-run.ts'
import type { Reports } from '../src/core/score-run.ts'
import { recover } from '../src/series/recovery.ts'
import type { Scoring } from '../src/series/scoring.ts'
import type { Input } from '../src/series/taking.ts'
import { Taking } from '../src/series/taking.ts'
import { systemClock } from '../src/telemetry/system-clock.ts'
import { Rate, rateOptions } from '../src/transforms/rate.ts'
import { quietTelemetry } from './quiet-telemetry.ts'
import { LineDecoder, recordOf, scriptedItems, withWords } from './simulation/script.ts'
import type { KnownAlarm } from './simulation/script.ts'

const counts = [1, 2, 8]

/** Where eight threads would show nothing that three do not. */
const fewCounts = [1, 3]

/**
 * Many senders in one partition, in the order of their times, with people's silences among them;
 * now and then an unknown input.
 */
function recordsOf(
  seed: number,
  senders: number,
  items: number,
  spokenOf: readonly KnownAlarm[] = [],
): NamedRecord[] {
  const random = new Random(seed)
  const sent = Array.from({ length: senders }, (_, i) =>
    scriptedItems(seed * 100 + i, `sender${i}.`, items),
  ).flat()
  sent.sort((a, b) => a.receivedMs - b.receivedMs)
  const all = spokenOf.length === 0 ? sent : withWords(seed, sent, spokenOf)
  return withWords(seed, all, []).map((item, offset) => {
    const input = random.uniform() < 0.01 ? 'gone' : 'here'
    return { input, record: recordOf(item, 'log', offset) }
  })
}

/** A configuration at work on some number of threads. */
class Program {
  readonly scoring: Scoring
  readonly taking: Taking
  readonly refused: string[] = []
  /** What it reported, as text, and the rejections and alarms that it told of. */
  readonly lines: string[] = []
  readonly told: string[] = []
  readonly #rate = new Rate(optionsWithDefaults(rateOptions, { match: '*counter*' }))

  constructor(workers: number, text: string) {
    const file = { name: 'forewarn.yaml', text: `${text}\nsources: { a: { type: stdin } }\n` }
    const config = { ...loadConfig({ file, environment: {}, sets: [] }, tables), workers }
    const ledger = new Ledger()
    this.#rate.attach(ledger, 'transform/0-rate/')
    const transforms = [this.#rate]
    const around = { tables, transforms, ledger, tracking: 'on', clock: systemClock } as const
    const history = undefined
    this.scoring = scoringOf(config, { ...around, history, reportScores: true })
    const telemetry = {
      ...quietTelemetry,
      rejected: (input: string, { reason }: { reason: string }) => {
        this.told.push(`${input} ${reason}`)
      },
      alarmChanged: ({ alarmId, state }: { alarmId: string; state: string }) => {
        this.told.push(`${alarmId} ${state}`)
      },
    }
    const source = { batches: (): never => expect.unreachable() }
    const inputs: Input[] = [{ name: 'here', source, decoder: new LineDecoder() }]
    const outlets = [
      {
        accepts: new Set<ReportKind>(['score', 'alarm', 'rejection']),
        offer: (reports: Reports) => {
          for (const report of singleReports(reports)) this.lines.push(lineOf(report))
          return undefined
        },
      },
    ]
    this.taking = new Taking(
      { inputs, transforms, scoring: this.scoring, outlets, telemetry },
      (error) => expect.unreachable(String(error)),
    )
  }

  /** Takes records in batches of any size. */
  async take(records: readonly NamedRecord[], random: Random): Promise<void> {
    for (let at = 0; at < records.length;) {
      const count = 1 + random.below(60)
      await this.taking.take(records.slice(at, at + count))
      at += count
    }
  }

  /** States as of now, by key; more may come in meanwhile. */
  async cut(): Promise<{ states: SavedOwner[]; reported: number }> {
    let reported = 0
    await this.scoring.cut(() => (reported = this.lines.length))
    const { saved } = await this.scoring.copies()
    const states = [...saved].sort((a, b) => (a.ownerKey < b.ownerKey ? -1 : 1))
    return { states, reported }
  }

  recover(owners: readonly SavedOwner[]): Promise<number> {
    const telemetry = { snapshotRefused: (key: string) => void this.refused.push(key) }
    const state = { owners, positions: new Map<string, number>(), outbox: [] }
    return recover(state, { scoring: this.scoring, keepers: [this.#rate], telemetry })
  }
}

/** Everything in a report, NaN and -0 included. */
function lineOf(report: Report): string {
  const entries = Object.entries({ ...report, labels: report.labels?.key })
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries), (_key, value) =>
    typeof value === 'number' && !Number.isFinite(value)
      ? String(value)
      : Object.is(value, -0)
        ? '-0'
        : value,
  )
}

interface Run {
  readonly lines: readonly string[]
  readonly told: readonly string[]
  readonly size: number
}

async function ran(workers: number, text: string, records: readonly NamedRecord[]): Promise<Run> {
  const program = new Program(workers, text)
  await program.take(records, new Random(7))
  await program.taking.settled()
  const { lines, told, scoring } = program
  await scoring.close()
  return { lines, told, size: scoring.size }
}

function kinds(lines: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const line of lines) {
    const { kind, reason } = JSON.parse(line) as { kind: string; reason?: string }
    const name = kind === 'rejection' ? `${kind} ${reason}` : kind
    found[name] = (found[name] ?? 0) + 1
  }
  return found
}

const cases: Record<string, { text: string; wants: readonly string[] }> = {
  usual: {
    text: `detectors: [{ match: '*', detector: ema, probation: 10, alarm: { keep_firing: 5s } }]`,
    wants: ['score', 'alarm', 'rejection out_of_order', 'rejection too_far_ahead'],
  },
  'samples that wait for older ones': {
    text: `detectors: [{ match: '*', detector: ema, probation: 10, alarm: { absent: 60s } }]
series: { reorder_window: 2s, reorder_samples_max: 3 }`,
    wants: ['score', 'alarm', 'rejection out_of_order'],
  },
  'more series than may be, idle ones forgotten, some unwanted': {
    text: `detectors:
  - { match: '*gauge3', detector: none }
  - { match: '*', detector: sma, window: 5, probation: 10 }
series: { limit: 25, idle_after: 10m }`,
    wants: ['score', 'rejection series_limit', 'rejection no_input'],
  },
  'dasrs with its filters': {
    text: `detectors: [{ match: '*', detector: dasrs, probation: 20 }]`,
    wants: ['score', 'rejection out_of_order'],
  },
}

describe('reports are the same, in the same order, for 1, 2 and 8 workers', () => {
  for (const [name, { text, wants }] of Object.entries(cases)) {
    test(name, async () => {
      const records = recordsOf(5, 12, 150)
      const [one, ...others] = await Promise.all(counts.map((n) => ran(n, text, records)))
      expect(Object.keys(kinds(one?.lines ?? []))).toEqual(expect.arrayContaining([...wants]))
      for (const other of others) expect(other).toEqual(one)
    })
  }
})

test('so are reports of what people say of alarms', async () => {
  const { text } = cases['usual'] as { text: string }
  const silent = await ran(1, text, recordsOf(5, 12, 150))
  const alarms = silent.lines
    .map((line) => JSON.parse(line) as KnownAlarm & { kind: string })
    .filter(({ kind }) => kind === 'alarm')
  const records = recordsOf(5, 12, 150, alarms)
  const [one, ...others] = await Promise.all(counts.map((n) => ran(n, text, records)))
  for (const news of ['silenced', 'unsilenced', 'acknowledged', 'labelled']) {
    expect(one?.lines.join('\n')).toContain(`"news":"${news}"`)
  }
  for (const other of others) expect(other).toEqual(one)
})

describe('a cut', () => {
  const { text } = cases['samples that wait for older ones'] as { text: string }
  const records = recordsOf(9, 10, 120)
  const half = records.slice(0, records.length / 2)
  const rest = records.slice(records.length / 2)

  /** The first half, a cut while the second is on its way; both halves' reports. */
  async function cutAtHalf(workers: number) {
    const program = new Program(workers, text)
    await program.take(half, new Random(3))
    const cut = program.cut()
    await program.take(rest, new Random(4))
    const { states, reported } = await cut
    await program.taking.settled()
    await program.scoring.close()
    const { lines } = program
    return { states, before: lines.slice(0, reported), after: lines.slice(reported) }
  }

  test('is at the same place, with the same states to the bit, for 1, 2 and 8', async () => {
    const [one, ...others] = await Promise.all(counts.map(cutAtHalf))
    expect(one?.states.length).toBeGreaterThan(30)
    for (const other of others) expect(other).toEqual(one)
  })

  test('is gone on from with another number of workers, to the last digit', async () => {
    const { states, after } = await cutAtHalf(2)
    for (const workers of fewCounts) {
      const next = new Program(workers, text)
      expect(await next.recover(states)).toBe(next.scoring.size)
      expect(next.refused).toEqual([])
      await next.take(rest, new Random(5))
      await next.taking.settled()
      await next.scoring.close()
      expect(next.lines).toEqual(after)
    }
  })

  test('whose save failed is part of the next one', async () => {
    for (const workers of fewCounts) {
      const program = new Program(workers, text)
      await program.take(half, new Random(3))
      const first = await program.cut()
      program.scoring.putBack()
      const second = await program.cut()
      expect(second.states).toEqual(first.states)
      program.scoring.saved()
      expect((await program.cut()).states).toEqual([])
      await program.scoring.close()
    }
  })

  test('a damaged state is refused, and only that series starts anew', async () => {
    const { states } = await cutAtHalf(2)
    const damaged = states.map(({ ownerKey, sealed }) => {
      if (!ownerKey.endsWith('sender3.gauge2')) return { ownerKey, sealed }
      const bytes = sealed.slice()
      bytes[40] = (bytes[40] as number) ^ 1
      return { ownerKey, sealed: bytes }
    })
    for (const workers of fewCounts) {
      const program = new Program(workers, text)
      await program.recover(damaged)
      expect(program.refused).toEqual(['series/sender3.gauge2'])
      expect(program.scoring.has('sender3.gauge2')).toBe(false)
      expect(program.scoring.has('sender2.gauge2')).toBe(true)
      await program.scoring.close()
    }
  })
})

describe('lists', () => {
  test('are the same for any number of workers', async () => {
    const { text } = cases['usual'] as { text: string }
    const query = { search: 'GAUGE', state: 'all', limit: 15 } as const
    const lists = fewCounts.map(async (workers) => {
      const program = new Program(workers, text)
      await program.take(recordsOf(5, 12, 100), new Random(1))
      await program.taking.settled()
      const rows = await program.scoring.list(query)
      const keys = ['sender4.gauge2', 'nobody', 'sender1.gauge3']
      const some = await program.scoring.summaries(keys)
      const explained = await Promise.all(keys.map((key) => program.scoring.explain(key)))
      await program.scoring.close()
      return { rows, some, explained }
    })
    const [one, ...others] = await Promise.all(lists)
    expect(one?.rows).toHaveLength(15)
    expect(one?.some.map(({ key }) => key)).toEqual(['sender4.gauge2', 'sender1.gauge3'])
    expect(one?.explained.map((each) => each?.summary)).toEqual([
      one?.some[0],
      undefined,
      one?.some[1],
    ])
    expect(one?.explained[0]?.facts.length).toBeGreaterThan(0)
    for (const other of others) expect(other).toEqual(one)
  })
})
