/** `forewarn evaluate`: what early warning would have been worth, beside three baselines. */

import { readFileSync, writeFileSync } from 'node:fs'
import { earlyWarningSource, warnedRun } from '../evaluation/warning-run.ts'
import type { WarnedRun, WarningSource } from '../evaluation/warning-run.ts'
import type { EarlyWarningOptions } from '../warning/early-warning.ts'
import { warningReport } from '../evaluation/warning-report.ts'
import { usageError } from './arguments.ts'
import type { FlagValues } from './arguments.ts'
import { command, exitCodes } from './command.ts'
import { readRecord } from './evaluate-input.ts'
import { evaluationPage } from './evaluate-page.ts'
import { presetOf, presetSource } from './evaluate-preset.ts'
import { evaluationText } from './evaluate-text.ts'
import { withTopics } from './topic-paths.ts'
import { recordsOf, warningFlags, warningNumber, warningOptions } from './warning-flags.ts'
import { taughtWarning } from './warning-state.ts'

const flags = {
  ...warningFlags,
  threshold: { value: 'P', about: 'Warn at this probability. Default: 0.85.' },
  confirm: { value: 'N', about: 'Samples in a row at the threshold. Default: 3.' },
  state: { value: 'FILE', about: 'Begin with what `forewarn train` wrote.' },
  teach: { value: 'PATH', about: 'Learn from this record before each one that is judged.' },
  learn: { value: 'WORD', about: 'on: learn from what is judged as well. off: not. Default: on.' },
  preset: {
    value: 'NAME',
    about: 'Judge rubis-1, rubis-2 or rubis-3, the models of the RUBiS study, in place of P.',
  },
  json: { value: 'FILE', about: 'Write the report as JSON.' },
  html: { value: 'FILE', about: 'Write the report as one HTML page with drawings.' },
} as const

const page = {
  name: 'forewarn evaluate',
  usage: '[PATH…] [options]',
  summary: 'Judge early warnings on recorded or simulated breaches.',
  about: [
    'Runs early warning over records as if they were live, learning as it goes, and says what ' +
      'its warnings were worth: precision, recall, F1, false warnings an hour, lead time, Brier ' +
      'score, calibration, the trade-off over thresholds; beside never warning, warning at 80 % ' +
      'of the limit, and extending the line of the metric. Where it is known what was injected, ' +
      'gradual faults alone, each kind, how late sudden ones are found; and the margin over ' +
      'the line, with a paired interval.',
    'PATH is a folder that `forewarn testbed` wrote, or a file with a JSON object of numbers a ' +
      'line, one a second, or a topic of such objects, as kafka://HOST:PORT/aggregate. Without a ' +
      'PATH: simulations, one a seed.',
    'A warning told at t is true if a breach begins in (t, t + horizon]. A breach is missed if ' +
      'no warning was told within the horizon before it. The lead time is from the first warning ' +
      'of a run to the onset. docs/guides/early-warning.md defines the rest.',
  ],
  flags,
  examples: [
    {
      line: 'forewarn evaluate --seeds 1001-1016 --hours 6 --html report.html',
      does: 'Sixteen simulations of six hours with gradual faults.',
    },
    { line: 'forewarn evaluate shop --limit 100', does: 'A recorded shop.' },
    {
      line:
        'forewarn evaluate testing.jsonl --teach training.jsonl --learn off --preset rubis-1 ' +
        '--limit 70 --hold 1 --confirm 1 --threshold 0.98',
      does: 'A model of the RUBiS study, as it was judged.',
    },
  ],
  operandsMin: 0,
  operandsMax: 1000,
} as const

/** See the head of the file. */
export const evaluateCommand = command(page, async ({ values, operands }, io) => {
  const rule = ruleOf(values)
  const learning = learningOf(values.learn ?? 'on')
  const begunMs = io.clock.nowMs()
  const runs: WarnedRun[] = []
  let metricCount = 0
  await withTopics(operands, io.signal, (paths) => {
    for (const record of recordsOf(values, paths)) {
      if (io.signal.aborted) throw usageError('stopped before the end')
      const options = warningOptions(values, record)
      const source = sourceOf(values, options)
      metricCount = record.metrics.length
      const judged = warnedRun(record.rows, options, source, learning)
      runs.push({ ...judged, faults: record.faults })
    }
  })
  const judgedMs = io.clock.nowMs() - begunMs
  const report = warningReport(runs, rule, warningNumber(values, 'hold'))
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, null, 1) + '\n')
  if (values.html !== undefined) {
    writeFileSync(values.html, evaluationPage(values.preset ?? 'Early warning', report))
  }
  io.stdout.write(evaluationText(report, values.preset))
  const allMs = Math.max(1, io.clock.nowMs() - begunMs)
  const perSecond = ((1000 * judgedMs) / Math.max(1, report.seconds)).toFixed(0)
  io.stderr.write(
    `${perSecond} µs a second of data with ${metricCount} metrics, reading or simulating it ` +
      `included; all of it ${Math.round((1000 * report.seconds) / allMs)} x real time\n`,
  )
  return exitCodes.ok
})

/** What judges a record: early warning or a preset, taught where that is asked for. */
function sourceOf(values: FlagValues<typeof flags>, options: EarlyWarningOptions): WarningSource {
  const { preset, state, teach } = values
  const saved = state === undefined ? undefined : readFileSync(state)
  const source =
    preset === undefined
      ? earlyWarningSource(taughtWarning(options, saved))
      : presetSource(presetOf(preset), options)
  if (teach === undefined) return source
  const lesson = readRecord(teach, warningNumber(values, 'limit'))
  const places = options.metrics.map((name) => lesson.metrics.indexOf(name))
  if (places.includes(-1)) throw usageError(`${teach} lacks metrics of what is judged`)
  for (const row of lesson.rows) {
    source.update(
      Float64Array.from(places, (place) => row[place] ?? NaN),
      'on',
    )
  }
  return source
}

function learningOf(word: string): 'on' | 'masked' {
  if (word !== 'on' && word !== 'off') throw usageError(`--learn wants on or off, found "${word}"`)
  return word === 'on' ? 'on' : 'masked'
}

function ruleOf(values: FlagValues<typeof flags>): {
  threshold: number
  confirmSamples: number
  horizonSamples: number
} {
  return {
    threshold: warningNumber(values, 'threshold'),
    confirmSamples: warningNumber(values, 'confirm'),
    horizonSamples: warningNumber(values, 'horizon'),
  }
}
