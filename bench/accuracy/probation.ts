/**
 * How long `auto` should learn: what several lengths of probation and of its unjudged beginning
 * cost and give.
 *
 *   node bench/accuracy/probation.ts --data DIR
 *
 * False alarms: on 50 series of each family of noise, and on stretches of KPI, cloud and NAB
 * without a label, each as if it were a new series; in the samples before 288, and from there to
 * 1000. Found: in the same series, a value three times its range beyond it, at three moments.
 * NAB and KPI as a whole, judged from the benches' row on, with that probation in every series.
 */

import { parseArgs } from 'node:util'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { SnapshotReader, SnapshotWriter } from '../../src/core/snapshot.ts'
import { Auto } from '../../src/detectors/auto.ts'
import { autoOptions } from '../../src/detectors/auto/options.ts'
import { alarmsStarted } from '../../src/evaluation/alarm-rows.ts'
import type { LabelledSeries } from '../../src/evaluation/corpus.ts'
import { readCloudCorpus, readKpiCorpus } from '../../src/evaluation/label-corpora.ts'
import { nabOutcomes } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { noiseFamilies, noiseSeries } from '../../src/evaluation/noise-families.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { kpiRule } from '../../src/evaluation/segment-report.ts'
import { segmentScore } from '../../src/evaluation/segments.ts'
import { corporaFolder } from '../corpora.ts'

const settings = [144, 288, 576, 1000].flatMap((probationSamples) =>
  [20, 40, 80].map((earlySamples) => ({ probationSamples, earlySamples })),
)
const moments = [60, 150, 400] as const
const rows = 1000
const firstDayRows = 288
const rangesBeyond = 3

const { values: flags } = parseArgs({ options: { data: { type: 'string' } } })
const folder = flags.data ?? corporaFolder()
const rule = optionsWithDefaults(alarmOptions)
const nab = readNabCorpus(folder)
const kpi = readKpiCorpus(folder)
const generated = noiseFamilies.flatMap((family) =>
  Array.from({ length: 50 }, (_, i) =>
    noiseSeries(family, i, rows, i % 2 === 0 ? 60_000 : 300_000),
  ),
)
const real = [nab, kpi, readCloudCorpus(folder)].flatMap((corpus) =>
  corpus.flatMap((series) => stretches(series)),
)

/** Up to ten stretches without a label, spread over a series. */
function stretches(series: LabelledSeries): LabelledSeries[] {
  const { name, timestampsMs, values, ranges } = series
  const starts = Array.from({ length: 10 }, (_, i) => Math.floor(((values.length - rows) * i) / 10))
  return starts.flatMap((from) => {
    const to = from + rows
    const labelled = ranges.some(({ firstRow, lastRow }) => lastRow >= from && firstRow < to)
    if (from < 0 || labelled) return []
    return [
      {
        name,
        timestampsMs: timestampsMs.slice(from, to),
        values: values.slice(from, to),
        ranges: [],
      },
    ]
  })
}

interface Counts {
  first: number
  later: number
  readonly found: number[]
}

function counted(all: readonly LabelledSeries[], create: () => Auto): Counts {
  const counts: Counts = { first: 0, later: 0, found: moments.map(() => 0) }
  const assessment = new Assessment()
  for (const { timestampsMs, values } of all) {
    const auto = create()
    let [lowest, highest] = [Infinity, -Infinity]
    values.forEach((value, row) => {
      const atMs = timestampsMs[row]!
      const moment = moments.findIndex((each) => each === row)
      if (moment >= 0) {
        const harmed = highest + rangesBeyond * (highest - lowest)
        if (scored(copyOf(auto, create), atMs, harmed, assessment)) counts.found[moment]!++
      }
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
      if (!scored(auto, atMs, value, assessment)) return
      if (row < firstDayRows) counts.first++
      else counts.later++
    })
  }
  return counts
}

function scored(auto: Auto, atMs: number, value: number, assessment: Assessment): boolean {
  assessment.clear()
  auto.update(atMs, value, 'on', assessment)
  return assessment.score >= rule.threshold
}

function copyOf(auto: Auto, create: () => Auto): Auto {
  const writer = new SnapshotWriter()
  auto.snapshot(writer)
  const copy = create()
  copy.restore(new SnapshotReader(writer.finish()))
  return copy
}

console.log(`${generated.length} generated and ${real.length} real series of ${rows} samples`)
console.log('probation early   generated: false, found     real: false, found     NAB   KPI')
for (const each of settings) {
  const options = optionsWithDefaults(autoOptions, each)
  const create = (): Auto => new Auto(options)
  const of = [generated, real].map((all) => {
    const { first, later, found } = counted(all, create)
    const per = (count: number): string => (count / all.length).toFixed(2)
    return `${per(first)}+${per(later)}  ${found.map(per).join(' ')}`
  })
  const whole = (corpus: readonly LabelledSeries[]) => runDetector(create, corpus).files
  const [standard] = nabOutcomes(whole(nab), rule.threshold)
  const alarms = whole(kpi).map((file) => alarmsStarted(file, rule))
  const f1 = segmentScore(alarms, kpiRule.delayRowsMax).f1
  const early = each.earlySamples >= 1e9 ? 'none' : String(each.earlySamples)
  console.log(
    `${String(each.probationSamples).padStart(9)} ${early.padStart(5)}   ${of.join('   ')}   ` +
      `${standard?.defaultThresholdScore.toFixed(2)}  ${f1.toFixed(3)}`,
  )
}
