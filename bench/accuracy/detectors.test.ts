import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { probationSamplesOf, valueRange } from '../../src/evaluation/corpus.ts'
import { fileLines } from '../../src/evaluation/corpus-folder.ts'
import { corporaFolder } from '../corpora.ts'

/**
 * DASRS against what its published implementation wrote for three series of NAB: columns
 * timestamp, value, anomalyScore; range of the whole file, θ 7, w 2, rest of a fifth of probation,
 * not rounded to whole samples.
 */

const folder = join(corporaFolder(), 'dasrs')
const missing = existsSync(folder) ? '' : ` (left out: no published scores in "${folder}")`

const published = ['theta=7', 'range=file', 'memory=0']

interface Published {
  readonly values: Float64Array
  readonly scores: readonly number[]
}

function readPublished(name: string): Published {
  const rows = fileLines(join(folder, name))
    .slice(1)
    .map((line) => line.split(','))
  return {
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    scores: rows.map(([, , score]) => Number(score)),
  }
}

/** What is said of every value, after a probation of so many samples. */
function said(
  values: Float64Array,
  probationSamples: number,
  set: readonly string[],
): Assessment[] {
  const detector = detectorFactory('dasrs', set)({ probationSamples, ...valueRange(values) })
  return Array.from(values, (value, row) => {
    const assessment = new Assessment()
    detector.update(row, value, 'on', assessment)
    return assessment
  })
}

const series = ['art_daily_flatmiddle', 'ec2_cpu_utilization_24ae8d', 'ec2_network_in_257a54']

describe('DASRS reproduces its published implementation', () => {
  for (const name of series) {
    test.skipIf(missing !== '')(`Rest on ${name}, exactly${missing}`, () => {
      const { values, scores } = readPublished(`rest-${name}.csv`)
      // The published scores of probation are shown only where there is none; the rest is told.
      const period = `rest.period=${probationSamplesOf(values.length) / 5}`
      const found = said(values, 1, [...published, 'filters=rest', 'rest.style=divide', period])
      expect(found.map(({ score }) => score)).toEqual(scores)
    })

    test.skipIf(missing !== '')(`Likelihood on ${name}, to 1e-12${missing}`, () => {
      const { values, scores } = readPublished(`likelihood-${name}.csv`)
      const filters = ['filters=likelihood,range-rule', 'likelihood.window=8640']
      const found = said(values, probationSamplesOf(values.length), [...published, ...filters])
      const gaps = found.map(({ rawScore }, row) => Math.abs(rawScore - (scores[row] as number)))
      expect(Math.max(...gaps)).toBeLessThan(1e-12)
    })
  }
})
