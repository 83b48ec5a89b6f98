import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultThreshold } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { readKpiCorpus } from '../../src/evaluation/label-corpora.ts'
import { nabOutcomes } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { segmentScoreAt } from '../../src/evaluation/segments.ts'
import { corpora, corporaFolder } from '../corpora.ts'

/** `auto` by one configuration and one threshold; the floors are a little under what it reaches. */

const root = corporaFolder()
const absent = [corpora.nab, corpora.kpi].find(({ folder }) => !existsSync(join(root, folder)))
const missing = absent === undefined ? '' : ` (left out: no folder "${absent.folder}" in "${root}")`
/** Rows within which a segment of KPI must be found, after its first. */
const kpiDelayRows = 7

test.skipIf(missing !== '')(
  `the alarm head on NAB at the default threshold${missing}`,
  () => {
    const { files, stateBytesMax } = runDetector(detectorFactory('auto', []), readNabCorpus(root))
    const scores = nabOutcomes(files, defaultThreshold).map(
      (outcome) => outcome.defaultThresholdScore,
    )
    const floors = [78, 70, 82.5]
    floors.forEach((floor, profile) => expect(scores[profile]).toBeGreaterThan(floor))
    expect(stateBytesMax).toBeLessThanOrEqual(16_384)
  },
  120_000,
)

test.skipIf(missing !== '')(
  `the score head on KPI at the default threshold${missing}`,
  () => {
    const { files } = runDetector(detectorFactory('auto', ['head=score']), readKpiCorpus(root))
    expect(segmentScoreAt(files, kpiDelayRows, defaultThreshold).f1).toBeGreaterThan(0.66)
  },
  120_000,
)
