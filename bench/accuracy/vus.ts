/**
 * What VUS-PR pays for: the heads of `auto`, and the same scores held for a while.
 *
 *   node bench/accuracy/vus.ts [--data DIR]
 *
 * For each corpus and head the mean over the series that have labels, as published and by steps
 * (src/evaluation/vus.ts). `held`: each row has the highest score of the last hundred, as a
 * detector would give it that knows nothing more, but says for longer what it has said.
 */

import { parseArgs } from 'node:util'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Auto } from '../../src/detectors/auto.ts'
import { autoOptions } from '../../src/detectors/auto/options.ts'
import type { ScoredSeries } from '../../src/evaluation/corpus.ts'
import { readCloudCorpus, readKpiCorpus } from '../../src/evaluation/label-corpora.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { vusPr } from '../../src/evaluation/vus.ts'
import { corporaFolder } from '../corpora.ts'

const { values: flags } = parseArgs({ options: { data: { type: 'string' } } })
const folder = flags.data ?? corporaFolder()
const heldRows = 100

const corpora = { nab: readNabCorpus, kpi: readKpiCorpus, cloud: readCloudCorpus } as const
const heads = ['alarm', 'score', 'sample'] as const

function held({ series, scores }: ScoredSeries): ScoredSeries {
  const longer = scores.map((_, row) => {
    return Math.max(...scores.subarray(Math.max(0, row - heldRows + 1), row + 1))
  })
  return { series, scores: longer }
}

function means(files: readonly ScoredSeries[]): string {
  const found = files.flatMap((file) => vusPr(file) ?? [])
  const mean = (of: readonly number[]): string =>
    (of.reduce((sum, each) => sum + each, 0) / of.length).toFixed(3)
  return `${mean(found.map((each) => each.published))} ${mean(found.map(({ steps }) => steps))}`
}

process.stdout.write('corpus  head    as published, by steps   held for 100 rows\n')
for (const [name, read] of Object.entries(corpora)) {
  const corpus = read(folder)
  for (const head of heads) {
    const options = optionsWithDefaults(autoOptions, { head })
    const { files } = runDetector(({ probationSamples }) => {
      return new Auto({ ...options, probationSamples: probationSamples ?? 1 })
    }, corpus)
    const plain = means(files).padEnd(24)
    const row = `${name.padEnd(7)} ${head.padEnd(7)} ${plain} ${means(files.map(held))}\n`
    process.stdout.write(row)
  }
}
