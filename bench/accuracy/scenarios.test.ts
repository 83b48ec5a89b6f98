import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { accuracyColumns } from '../../src/cli/bench-accuracy.ts'
import { accuracyShortText, accuracyText } from '../../src/cli/bench-text.ts'
import { detectorFactory, detectorNames } from '../../src/config/detector-choice.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { AccuracyReport, Corpora } from '../../src/evaluation/accuracy-report.ts'
import { accuracyReport, measured } from '../../src/evaluation/accuracy-report.ts'
import { segmentAccuracy } from '../../src/evaluation/accuracy.ts'
import type { LabelledSeries } from '../../src/evaluation/corpus.ts'
import { generatedSeries } from '../../src/evaluation/generated.ts'
import { readCloudCorpus, readKpiCorpus } from '../../src/evaluation/label-corpora.ts'
import { nabOutcomes } from '../../src/evaluation/nab.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import type { CorpusRun } from '../../src/evaluation/run.ts'
import { runDetector } from '../../src/evaluation/run.ts'
import { cloudRule } from '../../src/evaluation/segment-report.ts'
import { corpora as published, corporaFolder } from '../corpora.ts'
import { excluded, scenarios } from '../scenarios.ts'

const root = corporaFolder()
const absent = Object.values(published).find(({ folder }) => !existsSync(join(root, folder)))
const missing = absent === undefined ? '' : ` (left out: no folder "${absent.folder}" in "${root}")`

const here = import.meta.dirname
const read = (path: string): unknown => JSON.parse(readFileSync(join(here, path), 'utf8'))
const { version } = read('../../package.json') as { version: string }
const kept = read(`../results/accuracy-${version}.json`) as AccuracyReport

const all = Object.entries(scenarios)
const usual = all.filter(([, { nabStandard }]) => nabStandard === undefined)

describe('the scenarios', () => {
  test('have every detector, or the reason why not', () => {
    const named = new Set(usual.map(([, { detector }]) => detector))
    const lacking = detectorNames.filter((name) => !named.has(name) && !(name in excluded))
    expect(lacking).toEqual([])
  })

  test('are kept under the detector’s name where nothing is set, and all of these are kept', () => {
    const plain = usual.filter(([, { set }]) => set.length === 0)
    expect(plain.map(([id]) => id)).toEqual(plain.map(([, { detector }]) => detector))
    expect(Object.keys(kept.detectors).sort()).toEqual(usual.map(([id]) => id).sort())
  })

  test('are what the command measures, under the same names', () => {
    const asked = usual.map(([id, { detector, set }]) => [id, { detector, set }])
    expect(accuracyColumns).toEqual(Object.fromEntries(asked))
  })
})

/** UPDATE=1 rewrites the tables. */
for (const [name, path, table] of [
  ['bench/README.md', '../README.md', accuracyText(kept)],
  ['README.md', '../../README.md', accuracyShortText(kept)],
] as const) {
  test(`the table in ${name} is that of the numbers kept`, () => {
    const full = join(here, path)
    const text = readFileSync(full, 'utf8')
    const block = /(<!-- accuracy -->\n+```\n)[^`]*(```)/
    if (process.env['UPDATE'] === '1') {
      writeFileSync(
        full,
        text.replace(block, (_, before, after) => before + table + after),
      )
    }
    expect(block.exec(readFileSync(full, 'utf8'))?.[0]).toContain(table)
  })
}

/** Numbers may differ by rounding between processors, and in nothing else. */
function expectSame(found: unknown, want: unknown, path: string): void {
  if (typeof want === 'number') {
    expect(Math.abs((found as number) - want), path).toBeLessThan(1e-9)
    return
  }
  if (typeof want !== 'object' || want === null) return expect(found, path).toBe(want)
  expect(Object.keys(found as object), path).toEqual(Object.keys(want))
  for (const [key, value] of Object.entries(want)) {
    expectSame((found as Record<string, unknown>)[key], value, `${path}.${key}`)
  }
}

describe('the numbers of this release', () => {
  const rule = optionsWithDefaults(alarmOptions)
  let corpora: Corpora = { nab: [], kpi: [], cloud: [], generated: generatedSeries(1) }
  beforeAll(() => {
    if (missing !== '') return
    const [nab, kpi, cloud] = [readNabCorpus(root), readKpiCorpus(root), readCloudCorpus(root)]
    corpora = { ...corpora, nab, kpi, cloud }
  }, 600_000)

  for (const [id, { detector, set, checkedOn }] of usual) {
    const where = checkedOn === undefined ? '' : ` on ${checkedOn}`
    test.skipIf(missing !== '')(`are what ${id} gives${where}${missing}`, () => {
      const factory = detectorFactory(detector, set)
      const run = (corpus: readonly LabelledSeries[]): CorpusRun => runDetector(factory, corpus)
      if (checkedOn !== undefined) {
        const found = segmentAccuracy(run(corpora.cloud).files, cloudRule, rule)
        expectSame(found, kept.detectors[id]?.cloud, id)
        return
      }
      const { accuracy } = measured(corpora, rule, run)
      expectSame(JSON.parse(JSON.stringify(accuracy)), kept.detectors[id], id)
    })
  }

  test.skipIf(missing !== '')(`are of these corpora and this threshold${missing}`, () => {
    const { detectors: _, ...facts } = kept
    const { detectors: __, ...found } = accuracyReport(version, corpora, rule, {})
    expectSame(found, facts, 'report')
  })

  for (const [id, { detector, set, nabStandard }] of all) {
    if (nabStandard === undefined) continue
    test.skipIf(missing !== '')(`have ${nabStandard} on NAB for ${id}${missing}`, () => {
      const { files } = runDetector(detectorFactory(detector, set), corpora.nab)
      const [standard] = nabOutcomes(files, rule.threshold)
      expect(Math.abs((standard?.score ?? NaN) - nabStandard)).toBeLessThan(1e-6)
    })
  }
})
