/**
 * The loop of a replay: pieces of bytes ─▶ rows ─▶ verdicts ─▶ rows of the output, and the report.
 *
 * Everything between two pieces is synchronous; the only waiting is for the next piece and for room
 * in the output. So memory is a piece, its rows' text, and the state of the series.
 */

import type { AlarmRule } from '../../alarm/rule.ts'
import type { DetectorFactory } from '../../evaluation/run.ts'
import type { CommandIo } from '../command.ts'
import { Progress } from '../progress.ts'
import type { InputFile, ReadCount } from './input.ts'
import { stdinPath } from './input.ts'
import { Judge } from './judge.ts'
import type { ReplayedSeries } from './judge.ts'
import type { OpenedRows, ReadingParts } from './opened-rows.ts'
import { openedRows } from './opened-rows.ts'
import { RowOutlet } from './outlet.ts'
import { headFacts, joinFacts, noFacts, Prescan } from './prescan.ts'
import type { SeriesFacts } from './prescan.ts'
import type { ReplayReport } from './report.ts'
import type { RowSource } from './row.ts'
import { RowFeed } from './row-feed.ts'
import { rowWriter } from './row-writer.ts'
import type { OutputFormat } from './row-writer.ts'
import { grouped, Tally } from './tally.ts'

/** An input and what its series are called. */
export interface NamedInput {
  readonly input: InputFile
  readonly source: RowSource
}

/** What is replayed, and how. */
export interface ReplayPlan {
  readonly inputs: readonly NamedInput[]
  readonly reading: ReadingParts
  readonly detectorName: string
  readonly detector: DetectorFactory
  /** True where detectors are told the range of the file. */
  readonly wholeRange: boolean
  readonly alarm: AlarmRule
  readonly seriesMax: number
  /** Undefined: no rows are written. */
  readonly output: { readonly path: string; readonly format: OutputFormat } | undefined
  readonly report: ReplayReport | undefined
}

/** What came of it. */
export interface ReplayResult {
  readonly tally: Tally
  readonly seriesCount: number
  /** In the order in which they came. */
  readonly series: readonly ReplayedSeries[]
}

/** Runs a replay to its end, or until the program is asked to stop. */
export async function runReplay(plan: ReplayPlan, io: CommandIo): Promise<ReplayResult> {
  const count: ReadCount = { bytes: 0 }
  const sizeBytes = plan.inputs.reduce((sum, { input }) => sum + input.sizeBytes, 0)
  const progress = new Progress('replay', io.stderr, io.clock)
  const told: Told = (bytes, note) => progress.update(bytes / sizeBytes, note)
  try {
    const [first] = plan.inputs
    if (first === undefined) throw new RangeError('a replay has at least one input')
    const opened = await openedRows(first.input, first.source, { ...plan.reading, count })
    const facts = await scanned(plan, opened, io, told)
    const several = plan.inputs.length > 1 || facts.several
    return await judged(plan, { opened, facts: facts.series, several, count, told }, io)
  } finally {
    progress.end()
  }
}

/** Shows how many bytes of the inputs are read. */
type Told = (bytes: number, note: string) => void

/** What is known before the first row is judged. */
interface Beforehand {
  readonly opened: OpenedRows
  readonly facts: SeriesFacts
  readonly several: boolean
  readonly count: ReadCount
  readonly told: Told
}

/** Whether there are several series and, where detectors need it, the range of each. */
async function scanned(
  plan: ReplayPlan,
  opened: OpenedRows,
  io: CommandIo,
  told: Told,
): Promise<{ several: boolean; series: SeriesFacts }> {
  const { inputs, reading, wholeRange } = plan
  const ofHead = headFacts(opened, Infinity)
  const headTells = opened.oneSeries || opened.headIsAll || ofHead.facts.size > 1
  const fromStdin = inputs.some(({ input }) => input.path === stdinPath)
  if (!wholeRange && (headTells || inputs.length > 1)) {
    return { several: ofHead.facts.size > 1, series: new Map() }
  }
  // Only the end of stdin would tell, and it cannot be read twice.
  if (fromStdin) return { several: true, series: new Map() }
  const series: SeriesFacts = new Map()
  const count: ReadCount = { bytes: 0 }
  for (const { input, source } of inputs) {
    const again = await openedRows(input, source, { ...reading, count })
    const scan = new Prescan(again.newReader(), Infinity)
    for await (const piece of again.pieces) {
      if (io.signal.aborted) break
      scan.push(piece)
      told(count.bytes, 'first pass')
    }
    scan.end()
    joinFacts(series, scan.facts)
  }
  return { several: series.size > 1, series: wholeRange ? series : new Map() }
}

async function judged(plan: ReplayPlan, before: Beforehand, io: CommandIo): Promise<ReplayResult> {
  const { output, alarm, detectorName, detector, seriesMax, report } = plan
  const nowMs = io.clock.nowMs()
  const judge = new Judge({
    detectorName,
    detector: (labels) => detector(before.facts.get(labels.key) ?? noFacts),
    alarm,
    nowMs,
    seriesMax,
  })
  const tally = new Tally()
  const outlet = output === undefined ? undefined : new RowOutlet(output.path, io.stdout)
  const writer = rowWriter(output?.format ?? 'csv', before.several ? 'with' : 'without')
  if (outlet !== undefined) writer.head(outlet.bytes)
  try {
    for (const named of plan.inputs) {
      const { input, source } = named
      const opened =
        named === plan.inputs[0]
          ? before.opened
          : await openedRows(input, source, { ...plan.reading, count: before.count })
      const { timedRows, laterRows } = headFacts(opened, nowMs)
      judge.open(2 * laterRows > timedRows ? 'taken' : 'judged')
      let rowNumber = 0
      const name = input.path === stdinPath ? 'stdin' : input.path
      const feed = new RowFeed(opened.newReader(), (row) => {
        const verdict = judge.take(row)
        if (outlet !== undefined) writer.row(row, verdict, outlet.bytes)
        report?.take(row, verdict)
        tally.take(verdict, name, ++rowNumber)
      })
      for await (const piece of opened.pieces) {
        feed.push(piece)
        await outlet?.flush()
        before.told(before.count.bytes, `${grouped(tally.rows)} rows`)
        if (io.signal.aborted) break
      }
      if (io.signal.aborted) break
      feed.end()
    }
  } finally {
    await outlet?.end()
  }
  return { tally, seriesCount: judge.seriesCount, series: judge.series }
}
