import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { readCloudCorpus, readKpiCorpus } from '../../src/evaluation/label-corpora.ts'
import { nabOutcomes } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { alarmsStarted } from '../../src/evaluation/alarm-rows.ts'
import { cloudRule, kpiRule } from '../../src/evaluation/segment-report.ts'
import { segmentScore, segmentScoreAt } from '../../src/evaluation/segments.ts'
import { corpora, corporaFolder } from '../corpora.ts'

/** `auto` by one configuration and one threshold; the floors are a little under what it reaches. */

const root = corporaFolder()
const absent = [corpora.nab, corpora.kpi, corpora.cloud].find(
  ({ folder }) => !existsSync(join(root, folder)),
)
const missing = absent === undefined ? '' : ` (left out: no folder "${absent.folder}" in "${root}")`
const rule = optionsWithDefaults(alarmOptions)
const defaultThreshold = rule.threshold

test.skipIf(missing !== '')(
  `the alarm head on NAB at the default threshold${missing}`,
  () => {
    const { files, stateBytesMax } = runDetector(detectorFactory('auto', []), readNabCorpus(root))
    const scores = nabOutcomes(files, defaultThreshold).map(
      (outcome) => outcome.defaultThresholdScore,
    )
    const floors = [79, 71, 84]
    floors.forEach((floor, profile) => expect(scores[profile]).toBeGreaterThan(floor))
    expect(stateBytesMax).toBeLessThanOrEqual(12_288)
  },
  120_000,
)

test.skipIf(missing !== '')(
  `the alarm stream of the same on KPI${missing}`,
  () => {
    const { files, stateBytesMax } = runDetector(detectorFactory('auto', []), readKpiCorpus(root))
    const alarms = files.map((file) => alarmsStarted(file, rule))
    expect(segmentScore(alarms, kpiRule.delayRowsMax).f1).toBeGreaterThan(0.6)
    expect(stateBytesMax).toBeLessThanOrEqual(12_288)
  },
  120_000,
)

test.skipIf(missing !== '')(
  `the score head on KPI and cloud at the default threshold${missing}`,
  () => {
    const factory = detectorFactory('auto', ['head=score'])
    const kpi = runDetector(factory, readKpiCorpus(root)).files
    expect(segmentScoreAt(kpi, kpiRule.delayRowsMax, defaultThreshold).f1).toBeGreaterThan(0.66)
    const cloud = runDetector(factory, readCloudCorpus(root)).files
    expect(segmentScoreAt(cloud, cloudRule.delayRowsMax, defaultThreshold).f1).toBeGreaterThan(0.49)
  },
  120_000,
)
