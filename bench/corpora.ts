/**
 * The data sets behind the numbers: where each is published, under which licence, what exactly was
 * read, and how it is split. None is committed; they are read from `--data DIR` or FOREWARN_DATA, a
 * folder with one folder for each.
 *
 * The digest of a corpus is the SHA-256 over one line `<sha256 of the file>  <path>` for each of
 * its files, sorted by path, as `sha256sum` writes them. A number measured on other bytes is
 * another number.
 *
 * Nothing is held back for training: detectors learn each series as it comes, from its first row.
 * What was tuned on which corpus is said beside the numbers in README.md, and the split-half score
 * says what a threshold is worth on files that it was not chosen on.
 */

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A published data set. */
export interface Corpus {
  /** Its folder under `--data`. */
  readonly folder: string
  readonly about: string
  readonly publishedAt: string
  readonly licence: string
  /** Which files of the folder are read. */
  readonly files: RegExp
  readonly digest: string
}

export const corpora = {
  nab: {
    folder: 'nab',
    about: 'Numenta Anomaly Benchmark 1.1: 58 series, 365,558 rows, 116 labelled windows.',
    publishedAt: 'https://github.com/numenta/NAB, commit ea702d75cc2258d9d7dd35ca8e5e2539d71f3140',
    licence: 'MIT since 2024-12-03',
    files: /^(data\/.*\.csv|labels\/combined_windows\.json)$/,
    digest: '032b9d703ca81db9ea11199c8f8e013f7883c4bd2881564f8352b65619528420',
  },
  nabResults: {
    folder: 'nab',
    about: 'Scores that three detectors wrote for NAB, and what the benchmark says of them.',
    publishedAt: 'https://github.com/numenta/NAB, results/ of the same commit',
    licence: 'MIT since 2024-12-03',
    files: /^(results|reference)\/.*\.(csv|json)$/,
    digest: '35779ec664eb9d5d6b2854687e96d5b437d8288f6e2429592b443e57911cc60d',
  },
  kpi: {
    folder: 'kpi',
    about: 'Seven of the 29 training series of the AIOps challenge 2018: 770,239 rows.',
    publishedAt:
      'https://github.com/NetManAIOps/KPI-Anomaly-Detection, split by series in ' +
      'https://github.com/XHJ-TS9527/KPI-Anomaly-Detection',
    licence: 'MIT',
    files: /^[^/]*\.csv\.gz$/,
    digest: 'c4d1d17e83a57f51474d50d5df1e5afba7dd844f3b27971f00c18a1fd27d7b6f',
  },
  cloud: {
    folder: 'cloud-monitoring',
    about: 'Thirty series of Microsoft’s cloud monitoring data set: 109,593 rows with a value.',
    publishedAt: 'https://github.com/microsoft/cloud-monitoring-dataset',
    licence: 'MIT',
    files: /^[^/]*\/[^/]*\.csv$/,
    digest: 'ff7456f403d680a899097cea49af424fb7e2aba8374320eebc933d6b05d9d2d2',
  },
} as const satisfies Readonly<Record<string, Corpus>>

/** The folder of the data sets for tests: FOREWARN_DATA, or a checkout's neighbour. */
export function corporaFolder(): string {
  const fallback = new URL('../../shared/datasets', import.meta.url)
  return process.env['FOREWARN_DATA'] ?? fileURLToPath(fallback)
}

/** The digest of the files of a corpus that are there; see the head of the file. */
export function corpusDigest(root: string, corpus: Corpus): string {
  const folder = join(root, corpus.folder)
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => corpus.files.test(path))
    .sort()
  const lines = paths.map((path) => `${sha256(readFileSync(join(folder, path)))}  ${path}\n`)
  return sha256(lines.join(''))
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
