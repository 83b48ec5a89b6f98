/** The report on warnings as text. */

import type { Estimate } from '../evaluation/bootstrap.ts'
import type { FaultReport } from '../evaluation/fault-report.ts'
import type { MethodReport, WarningReport } from '../evaluation/warning-report.ts'
import { textTable } from './text-table.ts'

/** A share or a number in three digits; a dash where there is none. */
export function numberText(value: number, digits = 3): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}

/** A number with its interval. */
export function estimateText({ value, low, high }: Estimate, digits = 3): string {
  if (!Number.isFinite(value)) return '–'
  return `${numberText(value, digits)} [${numberText(low, digits)}, ${numberText(high, digits)}]`
}

/** The report for people; `judged`: what stands in the place of early warning. */
export function evaluationText(report: WarningReport, judged = 'forewarn'): string {
  const { rule, seconds, reliability, tradeOff, faults } = report
  const methods = report.methods.map((row) => {
    return { ...row, method: row.method === 'forewarn' ? judged : row.method }
  })
  const { threshold, confirmSamples, horizonSamples } = rule
  return [
    `${(seconds / 3600).toFixed(1)} hours; a warning is P >= ${threshold} for ${confirmSamples} ` +
      `s in a row and says that a breach begins within ${horizonSamples} s; [95 % interval]\n`,
    textTable(
      ['', 'warnings', 'true', 'breaches', 'found', 'precision', 'recall', 'F1'],
      methods.map(worthRow),
    ),
    textTable(
      ['', 'false an hour', 'lead median s', 'lead p10 s', 'Brier', 'calibration error'],
      methods.map(timeRow),
    ),
    'Every second: did it warn, did a breach begin within the horizon\n' +
      textTable(['', 'TP', 'FP', 'TN', 'FN'], methods.map(countsRow)),
    'Reliability: what was said, what came\n' +
      textTable(
        ['P from', 'to', 'seconds', 'said', 'came'],
        reliability.map(({ from, to, samples, said, came }) => [
          numberText(from, 1),
          numberText(to, 1),
          String(samples),
          numberText(said),
          numberText(came),
        ]),
      ),
    'Trade-off\n' +
      textTable(
        ['threshold', 'precision', 'recall', 'F1', 'false an hour', 'lead median s'],
        tradeOff.map((row) => [
          numberText(row.threshold, 2),
          numberText(row.precision),
          numberText(row.recall),
          numberText(row.f1),
          numberText(row.falseAnHour, 2),
          numberText(row.leadMedian, 0),
        ]),
      ),
    ...faultTexts(faults, judged),
  ].join('\n')
}

/** A method under the name that people read. */
type Named = Omit<MethodReport, 'method'> & { readonly method: string }

function countsRow({ method, counts }: Named): string[] {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = counts
  return [method, ...[truePositives, falsePositives, trueNegatives, falseNegatives].map(String)]
}

function worthRow(row: Named): string[] {
  const { method, warnings, trueWarnings, breaches, foundBreaches } = row
  const counts = [warnings, trueWarnings, breaches, foundBreaches].map(String)
  return [
    method,
    ...counts,
    ...[row.precision, row.recall, row.f1].map((each) => estimateText(each)),
  ]
}

function timeRow(row: Named): string[] {
  return [
    row.method,
    estimateText(row.falseAnHour, 2),
    estimateText(row.leadMedian, 0),
    estimateText(row.leadP10, 0),
    estimateText(row.brier),
    estimateText(row.calibrationError),
  ]
}

/** What is said of faults, where there were any, and of the margin. */
function faultTexts({ gradual, sudden, margins }: FaultReport, judged: string): string[] {
  const grown = gradual.map((row) => [
    row.name,
    ...[row.faults, row.broke, row.found, row.warnings, row.trueWarnings].map(String),
    ...[row.precision, row.recall].map((each) => estimateText(each)),
    ...[row.leadMedian, row.leadP10].map((each) => estimateText(each, 0)),
  ])
  const counts = ['', 'injected', 'broke', 'found', 'warnings', 'true']
  const growing = [...counts, 'precision', 'recall', 'lead median s', 'lead p10 s']
  const atOnce = sudden.map((row) => [
    row.name,
    ...[row.faults, row.broke, row.found].map(String),
    estimateText(row.delayMedian, 0),
    estimateText(row.delayP90, 0),
  ])
  const delays = [...counts.slice(0, 4), 'delay median s', 'delay p90 s']
  const better = margins.map((row) => [
    row.of === 'all' ? 'all breaches' : 'gradual faults',
    ...[row.precision, row.recall].map((each) => estimateText(each)),
    estimateText(row.leadMedian, 0),
    estimateText(row.falseAnHour, 2),
  ])
  const gained = ['', 'precision', 'recall', 'lead median s', 'false an hour']
  return [
    ...(grown.length > 0 ? ['Gradual faults, alone\n' + textTable(growing, grown)] : []),
    ...(atOnce.length > 0
      ? [
          'Sudden faults, which nothing can foresee: from the injection to a warning or a ' +
            'certain breach\n' +
            textTable(delays, atOnce),
        ]
      : []),
    `Margin: ${judged} minus linear, of the same draws\n` + textTable(gained, better),
  ]
}
