import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { NabOutcome } from '../../src/evaluation/nab.ts'
import { nabOutcomes } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { readScoreFiles } from '../../src/evaluation/score-files.ts'
import { corporaFolder } from '../corpora.ts'

/**
 * The scorer against the benchmark's own: thresholds, raw and final scores and the row of every
 * file, as NAB's optimizer, scorer and normalizer computed them from the same committed scores.
 */

const folder = join(corporaFolder(), 'nab')
const missing = existsSync(join(folder, 'reference'))
  ? ''
  : ` (left out: no NAB corpus with reference scores in "${folder}")`

interface ReferenceScore {
  threshold: number
  raw: number
  final: number
}

interface Reference {
  detectors: Record<
    string,
    Record<string, { optimized: ReferenceScore; at_committed_threshold: ReferenceScore }>
  >
}

/** Profile, file, threshold, score, TP, TN, FP, FN, total count, by `profile file`. */
function referenceRows(detector: string): Map<string, string[]> {
  const text = readFileSync(join(folder, 'reference', `${detector}_per_file_scores.csv`), 'utf8')
  const rows = text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','))
  return new Map(rows.map((fields) => [`${fields[1]} ${fields[2]}`, fields]))
}

function expectSameRows(detector: string, outcome: NabOutcome, names: readonly string[]): void {
  const reference = referenceRows(detector)
  names.forEach((name, index) => {
    const row = reference.get(`${outcome.profile.name} ${name}`) ?? []
    const file = outcome.files[index]
    expect(file, name).toBeDefined()
    if (file === undefined) return
    expect(outcome.threshold).toBe(Number(row[3]))
    expect(Math.abs(file.score - Number(row[4])), name).toBeLessThan(1e-6)
    const { truePositives, trueNegatives, falsePositives, falseNegatives } = file
    const counts = [truePositives, trueNegatives, falsePositives, falseNegatives]
    expect(counts, name).toEqual(row.slice(5, 9).map(Number))
    expect(counts.reduce((a, b) => a + b)).toBe(Number(row[9]))
  })
}

describe('the NAB scorer', () => {
  const f = (detector: string): void => {
    test.skipIf(missing !== '')(
      `reproduces ${detector}: threshold exactly, scores to 1e-6, every file row${missing}`,
      () => {
        const corpus = readNabCorpus(folder)
        expect(corpus).toHaveLength(58)
        const scored = readScoreFiles(join(folder, 'results', detector), corpus)
        const path = join(folder, 'reference', 'nab_reference_scores.json')
        const reference = JSON.parse(readFileSync(path, 'utf8')) as Reference
        for (const outcome of nabOutcomes(scored, 0.999)) {
          const profile = reference.detectors[detector]?.[outcome.profile.name]
          const want = profile?.optimized
          expect(outcome.threshold).toBe(want?.threshold)
          expect(Math.abs(outcome.raw - (want?.raw ?? NaN))).toBeLessThan(1e-6)
          expect(Math.abs(outcome.score - (want?.final ?? NaN))).toBeLessThan(1e-6)
          const names = corpus.map((series) => series.name)
          expectSameRows(detector, outcome, names)
          const committed = profile?.at_committed_threshold
          const given = nabOutcomes(scored, committed?.threshold ?? NaN)
          const same = given.find((each) => each.profile.name === outcome.profile.name)
          const gap = (same?.defaultThresholdScore ?? NaN) - (committed?.final ?? NaN)
          expect(Math.abs(gap)).toBeLessThan(1e-6)
        }
      },
    )
  }
  f('numenta')
  f('ARTime')
  f('contextOSE')

  test.skipIf(missing !== '')(`gives 0 to a detector that scores all rows alike${missing}`, () => {
    const files = readNabCorpus(folder).map((series) => ({
      series,
      scores: new Float64Array(series.values.length).fill(0.5),
    }))
    for (const outcome of nabOutcomes(files, 0.999)) {
      expect(outcome.threshold).toBe(1.1)
      expect(outcome.score).toBe(0)
      expect(outcome.defaultThresholdScore).toBe(0)
    }
    expect(nabOutcomes(files, 0.999).map((outcome) => outcome.raw)).toEqual([-116, -116, -232])
  })
})
