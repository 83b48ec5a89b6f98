/**
 * `forewarn bench injection`: which faults are noticed, how often and how soon, when they are put
 * into series without trouble and into those of NAB.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { detectorFactory } from '../config/detector-choice.ts'
import { tables } from '../config/tables.ts'
import type { LabelledSeries } from '../evaluation/corpus.ts'
import type { FaultOutcome } from '../evaluation/injection.ts'
import { injectionOutcomes } from '../evaluation/injection.ts'
import { readNabCorpus } from '../evaluation/nab-corpus.ts'
import { noiseFamilies, noiseSeries } from '../evaluation/noise-families.ts'
import { usageError } from './arguments.ts'
import type { ScoresFlags } from './bench-scores.ts'
import type { CommandIo } from './command.ts'
import { Progress } from './progress.ts'
import { textTable } from './text-table.ts'

const generatedCarriers = 500
/** Two weeks of five minutes. */
const generatedRows = 4032

/** Faults by the carriers that they were put into; absent ones were not asked for. */
export interface InjectionReport {
  readonly detector: string
  readonly threshold: number
  readonly carriers: Readonly<Record<string, readonly FaultOutcome[]>>
}

/** Measures a detector; on NAB too where a folder of data sets is named. Writes it to `output`. */
export function injectionBench(
  flags: ScoresFlags & { readonly output: string | undefined },
  threshold: number,
  io: CommandIo,
): { readonly report: InjectionReport; readonly text: string } {
  if (flags.results !== undefined) throw usageError('--results has no meaning for injection')
  const detector = flags.detector ?? tables.defaultDetector
  const factory = detectorFactory(detector, flags.set)
  const outcomes = (name: string, carriers: readonly LabelledSeries[]): FaultOutcome[] => {
    const progress = new Progress(`bench injection ${name}`, io.stderr, io.clock)
    try {
      return injectionOutcomes(carriers, factory, threshold, (done) =>
        progress.update(done / carriers.length, `${done} of ${carriers.length} series`),
      )
    } finally {
      progress.end()
    }
  }
  const folder = flags.data ?? io.env['FOREWARN_DATA'] ?? ''
  const report = {
    detector,
    threshold,
    carriers: {
      generated: outcomes('generated', injectionCarriers()),
      ...(folder === '' ? {} : { nab: outcomes('nab', readNabCorpus(folder)) }),
    },
  }
  if (flags.output !== undefined) {
    mkdirSync(dirname(flags.output), { recursive: true })
    writeFileSync(flags.output, JSON.stringify(report, undefined, 2) + '\n')
  }
  return { report, text: injectionText(report) }
}

/** The generated series that faults are put into. */
export function injectionCarriers(): LabelledSeries[] {
  return Array.from({ length: generatedCarriers }, (_, i) => {
    return noiseSeries(noiseFamilies[i % noiseFamilies.length] ?? 'gaussian', i, generatedRows)
  })
}

/** One row a fault; for each set of carriers recall, what is alarmed without it, and delay. */
function injectionText({ detector, threshold, carriers }: InjectionReport): string {
  const sets = Object.entries(carriers)
  const [, first = []] = sets[0] ?? []
  const title = `${detector}, default threshold ${threshold}: faults noticed within a day\n\n`
  const rows = first.map((fault, f) => {
    const name = fault.size === 0 ? fault.kind : `${fault.kind} ${fault.size}`
    return [name].concat(sets.flatMap(([, outcomes]) => cells(outcomes[f])))
  })
  const columns = sets.flatMap(([name]) => [name, 'recall', 'by chance', 'delay'])
  return title + textTable(['fault', ...columns], rows)
}

function cells(outcome: FaultOutcome | undefined): string[] {
  if (outcome === undefined) return ['–', '–', '–', '–']
  const { carriers, recall, by_chance: chance, delay_rows: delay } = outcome
  const rate = (share: number): string => (Number.isNaN(share) ? '–' : share.toFixed(2))
  return [String(carriers), rate(recall), rate(chance), Number.isNaN(delay) ? '–' : String(delay)]
}
