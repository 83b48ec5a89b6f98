/**
 * `forewarn bench`: how good and how fast, by one command a number.
 *
 * The accuracy benches are reproducible to the last bit but for their line on cost; the speed bench
 * runs its programs as processes of their own, so that one does not warm up the other.
 */

import type { AlarmRule } from '../alarm/rule.ts'
import { alarmOptions } from '../alarm/rule.ts'
import { detectorNames } from '../config/detector-choice.ts'
import { didYouMean } from '../config/nearest-name.ts'
import { tables } from '../config/tables.ts'
import { optionsWithDefaults } from '../core/options.ts'
import { generatedAccuracy } from '../evaluation/accuracy.ts'
import type { LabelledSeries } from '../evaluation/corpus.ts'
import { generatedRecallMin, generatedSeries } from '../evaluation/generated.ts'
import { readCloudCorpus, readKpiCorpus } from '../evaluation/label-corpora.ts'
import { nabOutcomes } from '../evaluation/nab.ts'
import { readNabCorpus } from '../evaluation/nab-corpus.ts'
import { nabReport } from '../evaluation/nab-report.ts'
import { cloudRule, kpiRule, segmentReport } from '../evaluation/segment-report.ts'
import type { SegmentRule } from '../evaluation/segment-report.ts'
import type { FlagValues } from './arguments.ts'
import { usageError } from './arguments.ts'
import { accuracyBench, generatorSeed } from './bench-accuracy.ts'
import { budgetBench } from './bench-budget.ts'
import { injectionBench } from './bench-injection.ts'
import { corporaFolder, scoresOf } from './bench-scores.ts'
import { speedBench } from './bench-speed.ts'
import { generatorText, nabText, segmentText } from './bench-text.ts'
import type { CommandIo, CommandPage } from './command.ts'
import { command, exitCodes } from './command.ts'

const flags = {
  data: {
    value: 'DIR',
    about: 'Folder of the data sets, or of the one to use. Otherwise FOREWARN_DATA.',
  },
  detector: {
    value: 'NAME',
    about: `Which detector: ${detectorNames.join(', ')}. Otherwise ${tables.defaultDetector}.`,
  },
  set: {
    value: 'OPTION=VALUE',
    many: true,
    about:
      'An option of the detector (theta=10), the score filters behind it ' +
      '(filters=likelihood,rest; filters= for none), an option of one of these (rest.period=150).',
  },
  results: {
    value: 'DIR',
    about:
      'Score the files in DIR, one a series with a column anomaly_score, instead of a detector. ' +
      'Of budget: add up what --json printed of its parts.',
  },
  series: {
    value: 'N',
    about: 'How many series budget generates; otherwise 800, which takes half a minute.',
  },
  shard: {
    value: 'K/N',
    about: 'The K-th of N parts of what budget measures, to be added by --results.',
  },
  output: {
    value: 'FILE',
    about:
      'Where accuracy and injection write their report, which has no times in it and can be ' +
      'compared.',
  },
  json: { about: 'Print one JSON object instead of tables.' },
} as const

type BenchFlags = FlagValues<typeof flags>

/** What a bench yields: an object for machines and text for people. */
interface BenchOutcome {
  readonly report: unknown
  readonly text: string
}

type Bench = (values: BenchFlags, io: CommandIo) => BenchOutcome

const alarmRule: AlarmRule = optionsWithDefaults(alarmOptions)

const benches: Readonly<Record<string, Bench>> = {
  nab: (values, io) => {
    const corpus = readNabCorpus(corporaFolder(values, io))
    const run = scoresOf(corpus, values, io)
    const outcomes = nabOutcomes(run.files, alarmRule.threshold)
    const report = nabReport(run.detector, corpus, outcomes, run.microsecondsPerSample)
    return { report, text: nabText(report, corpus, alarmRule.threshold) }
  },
  kpi: (values, io) => bySegments(readKpiCorpus(corporaFolder(values, io)), kpiRule, values, io),
  cloud: (values, io) =>
    bySegments(readCloudCorpus(corporaFolder(values, io)), cloudRule, values, io),
  generator: (values, io) => {
    const generated = generatedSeries(generatorSeed)
    const { detector, files, microsecondsPerSample } = scoresOf([generated.series], values, io)
    const scores = files[0]?.scores ?? new Float64Array(0)
    const report = {
      detector,
      stream: generated.series.name,
      seed: generatorSeed,
      recall_min: generatedRecallMin,
      ...generatedAccuracy(generated, scores, alarmRule.threshold),
      microseconds_per_sample: microsecondsPerSample,
    }
    return { report, text: generatorText(report) }
  },
  accuracy: (values, io) => accuracyBench(values, alarmRule, io),
  budget: (values, io) => budgetBench(values, alarmRule, io),
  injection: (values, io) => injectionBench(values, alarmRule.threshold, io),
}

const benchNames = [...Object.keys(benches), 'speed']

const page: CommandPage<typeof flags> = {
  name: 'forewarn bench',
  usage: 'BENCH [options]',
  summary: 'Measure a detector on labelled data sets, or the speed of this machine.',
  about: [
    'nab: the Numenta Anomaly Benchmark, scored as published, in its three profiles at the best ' +
      'threshold and at the default one.',
    'kpi, cloud: labelled service metrics by the segment rule: F1 at the best threshold of the ' +
      'set, at the default one, and of the alarm stream.',
    'generator: a seeded stream of response times of which the truth is known; needs no data.',
    'accuracy: every detector of single values on these, with 95 % intervals, in one table.',
    'injection: faults of seven kinds put into 500 generated series, and into those of NAB where ' +
      'a folder is named: how often and how soon they are noticed.',
    'budget: whether a budget of one alarm a week is kept in 30 days of generated series without ' +
      'trouble, of eight kinds; of ema where no detector is named.',
    'speed: codecs, detectors and the whole pipeline, each against a plain baseline in the same ' +
      'process. Takes none of the options but --json.',
    'Data goes to stdout, progress to stderr.',
  ],
  flags,
  examples: [
    {
      line: 'forewarn bench nab --data ~/datasets --detector dasrs --set theta=10',
      does: 'Score DASRS with ten levels on NAB.',
    },
    {
      line: 'forewarn bench nab --data ~/nab --results ~/nab/results/numenta --json',
      does: 'Score the result files of somebody else’s detector.',
    },
  ],
  operandsMin: 1,
  operandsMax: 1,
}

/** The command: one bench by its name. */
export const benchCommand = command(page, async ({ values, operands }, io) => {
  const [name = ''] = operands
  if (name === 'speed') return speedBench({ format: values.json ? 'json' : 'tables' }, io)
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
  if (bench === undefined) {
    const hint = didYouMean(name, benchNames)
    throw usageError(`unknown bench "${name}"${hint} (${benchNames.join(', ')})`)
  }
  const { report, text } = bench(values, io)
  io.stdout.write(values.json ? JSON.stringify(report) + '\n' : text)
  return exitCodes.ok
})

function bySegments(
  corpus: readonly LabelledSeries[],
  rule: SegmentRule,
  values: BenchFlags,
  io: CommandIo,
): BenchOutcome {
  const run = scoresOf(corpus, values, io)
  const report = segmentReport(run.detector, rule, run, alarmRule)
  return { report, text: segmentText(report) }
}
