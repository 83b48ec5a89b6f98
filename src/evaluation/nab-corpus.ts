/**
 * Reads the corpus of the Numenta Anomaly Benchmark.
 *
 *   labels/combined_windows.json        {"<category>/<series>.csv": [["<first>", "<last>"], …], …}
 *   data/<category>/<series>.csv        timestamp,value
 *
 * A window's ends are rows of the file with exactly that timestamp; where several rows have it
 * (daylight saving), the first.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LabelledSeries, RowRange } from './corpus.ts'
import {
  corpusError,
  corpusFolder,
  fileLines,
  fileText,
  lineFields,
  numberField,
  timestampField,
} from './corpus-folder.ts'

const labelsFile = join('labels', 'combined_windows.json')

/** Reads all series in the order of their names. `folder` is NAB's or the one that holds it. */
export function readNabCorpus(folder: string): LabelledSeries[] {
  const root = corpusFolder(folder, 'nab', labelsFile, (f) => existsSync(join(f, labelsFile)))
  const windows = readWindows(join(root, labelsFile))
  return [...windows.keys()].sort().map((name) => {
    const path = join(root, 'data', name)
    if (!existsSync(path)) throw corpusError('the nab corpus', `"${path}" is missing`)
    return labelledSeries(name, path, windows.get(name) ?? [])
  })
}

/** First and last timestamp of a window, as text. */
type WindowText = readonly [string, string]

function readWindows(path: string): Map<string, readonly WindowText[]> {
  let content: unknown
  try {
    content = JSON.parse(fileText(path))
  } catch (cause) {
    throw corpusError(`"${path}"`, 'the file is not JSON', cause)
  }
  if (typeof content !== 'object' || content === null) {
    throw corpusError(`"${path}"`, 'not an object of windows by file')
  }
  const windows = new Map<string, readonly WindowText[]>()
  for (const [name, ofFile] of Object.entries(content)) {
    if (!isWindowList(ofFile)) throw corpusError(`"${path}"`, `"${name}" is not a list of windows`)
    windows.set(name, ofFile)
  }
  return windows
}

function isWindowList(value: unknown): value is readonly WindowText[] {
  return (
    Array.isArray(value) &&
    value.every(
      (window) =>
        Array.isArray(window) &&
        window.length === 2 &&
        window.every((end) => typeof end === 'string'),
    )
  )
}

function labelledSeries(
  name: string,
  path: string,
  windows: readonly WindowText[],
): LabelledSeries {
  const lines = fileLines(path).slice(1)
  const timestampsMs = new Float64Array(lines.length)
  const values = new Float64Array(lines.length)
  lines.forEach((line, row) => {
    const where = `"${path}" line ${row + 2}`
    const [time, value] = lineFields(line)
    timestampsMs[row] = timestampField(time, where)
    values[row] = numberField(value, where)
  })
  const ranges = windows.map((window) => rowRange(window, timestampsMs, path))
  return { name, timestampsMs, values, ranges: ranges.sort((a, b) => a.firstRow - b.firstRow) }
}

function rowRange([first, last]: WindowText, timestampsMs: Float64Array, path: string): RowRange {
  const where = `the windows of "${path}"`
  const firstRow = timestampsMs.indexOf(timestampField(first, where))
  const lastRow = timestampsMs.indexOf(timestampField(last, where))
  if (firstRow < 0 || lastRow < firstRow) {
    throw corpusError(where, `no rows from "${first}" to "${last}"`)
  }
  return { firstRow, lastRow }
}
