/**
 * Scores of a corpus from files that somebody committed: in a folder laid out as the corpus, one
 * file a series, with a column anomaly_score whose row i belongs to row i of the series. Other
 * columns are passed over.
 */

import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { LabelledSeries, ScoredSeries } from './corpus.ts'
import { corpusError, fileLines, lineFields, numberField } from './corpus-folder.ts'

/** Reads the scores of every series of a corpus; `<detector>_<series>.csv` is found too. */
export function readScoreFiles(folder: string, corpus: readonly LabelledSeries[]): ScoredSeries[] {
  return corpus.map((series) => {
    const name = series.name.replace(/\.gz$/, '')
    const plain = join(folder, name)
    const prefixed = join(folder, dirname(name), `${basename(folder)}_${basename(name)}`)
    const path = [plain, prefixed].find((candidate) => existsSync(candidate))
    if (path === undefined) throw corpusError(`the scores in "${folder}"`, `no "${plain}"`)
    return { series, scores: readScores(path, series.values.length) }
  })
}

function readScores(path: string, rowCount: number): Float64Array {
  const [header = '', ...lines] = fileLines(path)
  const column = lineFields(header).indexOf('anomaly_score')
  if (column < 0) throw corpusError(`"${path}"`, `no column anomaly_score in "${header}"`)
  if (lines.length !== rowCount) {
    throw corpusError(`"${path}"`, `${lines.length} scores for ${rowCount} rows`)
  }
  return Float64Array.from(lines, (line, row) =>
    numberField(lineFields(line)[column], `"${path}" line ${row + 2}`),
  )
}
