/**
 * Reads corpora whose rows carry a label: 1 in trouble, 0 otherwise.
 *
 *   kpi                <series>.csv.gz, .csv      unix seconds,value,label   no header
 *   cloud-monitoring   <service>/<series>.csv     TimeStamp,Value,Label      maybe quoted
 *
 * A segment is a longest run of rows labelled 1. A row without a value is no sample and is left
 * out, label and all: nothing could have judged it.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { LabelledSeries, RowRange } from './corpus.ts'
import {
  corpusError,
  corpusFolder,
  fileLines,
  lineFields,
  namesIn,
  numberField,
  timestampField,
} from './corpus-folder.ts'

/** Reads the series of the AIOps challenge, in the order of their names. */
export function readKpiCorpus(folder: string): LabelledSeries[] {
  const files = (f: string): string[] => namesIn(f, '.csv.gz', '.csv')
  const root = corpusFolder(folder, 'kpi', 'files *.csv.gz', (f) => files(f).length > 0)
  return files(root).map((name) => {
    const path = join(root, name)
    return seriesOfRows(name, path, fileLines(path), (text, where) => {
      return 1000 * numberField(text, where)
    })
  })
}

/** Reads the cloud monitoring series, in the order of their names. */
export function readCloudCorpus(folder: string): LabelledSeries[] {
  const needs = 'folders with files *.csv that begin with TimeStamp,Value,Label'
  const root = corpusFolder(folder, 'cloud-monitoring', needs, (f) => cloudNames(f).length > 0)
  return cloudNames(root).map((name) => {
    const path = join(root, name)
    const [header = '', ...lines] = fileLines(path)
    if (!isCloudHeader(header)) throw corpusError(`"${path}"`, `unknown header "${header}"`)
    return seriesOfRows(name, path, lines, timestampField)
  })
}

function isCloudHeader(line: string): boolean {
  return lineFields(line).join(',').toLowerCase() === 'timestamp,value,label'
}

/** Names of the form service/series.csv; none where the first file has another header. */
function cloudNames(root: string): string[] {
  const names = foldersIn(root).flatMap((service) =>
    namesIn(join(root, service), '.csv').map((name) => `${service}/${name}`),
  )
  const [first] = names
  if (first === undefined) return []
  return isCloudHeader(fileLines(join(root, first))[0] ?? '') ? names : []
}

function foldersIn(root: string): string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw corpusError(`"${root}"`, 'the folder cannot be read', cause)
  }
}

function seriesOfRows(
  name: string,
  path: string,
  lines: readonly string[],
  timestampMs: (text: string | undefined, where: string) => number,
): LabelledSeries {
  const rows = lines
    .map((line, row) => ({ fields: lineFields(line), where: `"${path}" row ${row + 1}` }))
    .filter(({ fields: [, value] }) => value !== '')
  const timestampsMs = Float64Array.from(rows, ({ fields: [time], where }) =>
    timestampMs(time, where),
  )
  const values = Float64Array.from(rows, ({ fields: [, value], where }) =>
    numberField(value, where),
  )
  const labels = Uint8Array.from(rows, ({ fields: [, , label], where }) =>
    numberField(label, where) === 0 ? 0 : 1,
  )
  return { name, timestampsMs, values, ranges: runsOfOnes(labels) }
}

/** The longest runs of ones, in rising order. */
export function runsOfOnes(labels: Uint8Array): RowRange[] {
  const runs: RowRange[] = []
  let firstRow = labels.indexOf(1)
  while (firstRow >= 0) {
    const end = labels.indexOf(0, firstRow)
    const lastRow = (end < 0 ? labels.length : end) - 1
    runs.push({ firstRow, lastRow })
    firstRow = labels.indexOf(1, lastRow + 1)
  }
  return runs
}
