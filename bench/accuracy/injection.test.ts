import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultThreshold } from '../../src/alarm/rule.ts'
import { injectionCarriers } from '../../src/cli/bench-injection.ts'
import type { InjectionReport } from '../../src/cli/bench-injection.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { tables } from '../../src/config/tables.ts'
import type { LabelledSeries } from '../../src/evaluation/corpus.ts'
import { injectionOutcomes } from '../../src/evaluation/injection.ts'
import { readNabCorpus } from '../../src/evaluation/nab-corpus.ts'
import { corpora, corporaFolder } from '../corpora.ts'

/**
 * What the default detector notices of faults put into series, exactly as it was kept. Anew:
 * `forewarn bench injection --data DIR --output bench/results/injection-VERSION.json`.
 */

const here = import.meta.dirname
const read = (path: string): unknown => JSON.parse(readFileSync(join(here, path), 'utf8'))
const { version } = read('../../package.json') as { version: string }
const kept = read(`../results/injection-${version}.json`) as InjectionReport

const root = corporaFolder()
const missing = existsSync(join(root, corpora.nab.folder))
  ? ''
  : ` (left out: no folder "${corpora.nab.folder}" in "${root}")`

function found(carriers: readonly LabelledSeries[]): unknown {
  const factory = detectorFactory(tables.defaultDetector, [])
  return JSON.parse(JSON.stringify(injectionOutcomes(carriers, factory, defaultThreshold)))
}

test('the kept table is of the default detector at the default threshold', () => {
  expect([kept.detector, kept.threshold]).toEqual([tables.defaultDetector, defaultThreshold])
})

test('what is noticed in generated series is as it was', () => {
  expect(found(injectionCarriers())).toEqual(kept.carriers['generated'])
})

test.skipIf(missing !== '')(`what is noticed in the series of NAB is as it was${missing}`, () => {
  expect(found(readNabCorpus(root))).toEqual(kept.carriers['nab'])
})
