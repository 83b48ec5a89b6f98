import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestampField } from './corpus-folder.ts'
import { readCloudCorpus, readKpiCorpus, runsOfOnes } from './label-corpora.ts'
import { readNabCorpus } from './nab-corpus.ts'
import { readScoreFiles } from './score-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(path: string, content: string): void {
  const full = join(folder, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, path.endsWith('.gz') ? gzipSync(content) : content)
}

const labels = JSON.stringify({
  'b/two.csv': [],
  'a/one.csv': [['2015-11-01 01:00:00.000000', '2015-11-01 01:05:00.000000']],
})
const one =
  'timestamp,value\n' +
  '2015-11-01 00:55:00,1\n2015-11-01 01:00:00,2\n2015-11-01 01:05:00,3\n' +
  '2015-11-01 01:00:00,4\n2015-11-01 01:05:00,5\n'

function writeNab(): void {
  write('nab/labels/combined_windows.json', labels)
  write('nab/data/a/one.csv', one)
  write('nab/data/b/two.csv', 'timestamp,value\n2015-11-01 00:55:00,1.5e3\n')
}

describe('the NAB corpus', () => {
  test('is found in the folder or below it, with its files in order of their names', () => {
    writeNab()
    for (const root of [folder, join(folder, 'nab')]) {
      const names = readNabCorpus(root).map((series) => series.name)
      expect(names).toEqual(['a/one.csv', 'b/two.csv'])
    }
  })

  test('has windows from the first row with the timestamp, where a clock was set back', () => {
    writeNab()
    const [first, second] = readNabCorpus(folder)
    expect(first?.ranges).toEqual([{ firstRow: 1, lastRow: 2 }])
    expect([...(first?.values ?? [])]).toEqual([1, 2, 3, 4, 5])
    expect([...(second?.values ?? [])]).toEqual([1500])
  })

  const f = (want: string): void => {
    expect(() => readNabCorpus(folder)).toThrow(
      expect.objectContaining({
        code: 'ERR_EVALUATION_DATA',
        message: expect.stringContaining(want) as string,
      }) as Error,
    )
  }

  test('names what is missing or not as it should be', () => {
    f('holds labels/combined_windows.json; name the folder with --data')
    writeNab()
    write('nab/data/a/one.csv', one.replace(',3', ',x'))
    f('one.csv" line 4: not a number: "x"')
    write('nab/data/a/one.csv', one.replace('2015-11-01 01:05:00,3', 'yesterday,3'))
    f('one.csv" line 4: not a date and time: "yesterday"')
    write('nab/data/a/one.csv', one.replaceAll('01:00:00', '01:01:00'))
    f('no rows from "2015-11-01 01:00:00.000000"')
    rmSync(join(folder, 'nab/data/b/two.csv'))
    write('nab/data/a/one.csv', one)
    f('two.csv" is missing')
    write('nab/labels/combined_windows.json', '{"a/one.csv": [["2015"]]}')
    f('"a/one.csv" is not a list of windows')
    write('nab/labels/combined_windows.json', '{')
    f('the file is not JSON')
  })
})

describe('score files', () => {
  test('are read by their column, under either name', () => {
    writeNab()
    const corpus = readNabCorpus(folder)
    write('mine/a/one.csv', 'anomaly_score\n0\n.1\n.2\n.3\n1\n')
    write('mine/b/mine_two.csv', 'timestamp,anomaly_score\nx,.5\n')
    const files = readScoreFiles(join(folder, 'mine'), corpus)
    expect(files.map((file) => Array.from(file.scores))).toEqual([[0, 0.1, 0.2, 0.3, 1], [0.5]])
  })

  test('are refused where a file, the column or a row is missing', () => {
    writeNab()
    const corpus = readNabCorpus(folder)
    const f = (want: string): void =>
      expect(() => readScoreFiles(join(folder, 'mine'), corpus)).toThrow(want)
    f('one.csv"')
    write('mine/a/one.csv', 'score\n0\n')
    f('no column anomaly_score in "score"')
    write('mine/a/one.csv', 'anomaly_score\n0\n')
    f('1 scores for 5 rows')
  })
})

test('KPI series are unix seconds, value and label, packed or not', () => {
  write('kpi/b.csv.gz', '60,1.5,0\r\n120,2.5,1\r\n180,3.5,1\r\n')
  write('kpi/a.csv', '60,1,0\n')
  const [a, b] = readKpiCorpus(folder)
  expect(a?.name).toBe('a.csv')
  expect([...(b?.timestampsMs ?? [])]).toEqual([60_000, 120_000, 180_000])
  expect([...(b?.values ?? [])]).toEqual([1.5, 2.5, 3.5])
  expect(b?.ranges).toEqual([{ firstRow: 1, lastRow: 2 }])
})

test('cloud series may be quoted, and a row without a value is left out', () => {
  write(
    'cloud-monitoring/x/a.csv',
    '"TimeStamp","Value","Label"\n"2018-04-25T00:00:00Z","60","0"\n' +
      '"2018-04-25T00:01:00Z","","1"\n"2018-04-25T00:02:00Z","7","1"\n',
  )
  const [a] = readCloudCorpus(folder)
  expect(a?.name).toBe('x/a.csv')
  expect([...(a?.values ?? [])]).toEqual([60, 7])
  expect(a?.ranges).toEqual([{ firstRow: 1, lastRow: 1 }])
})

test('a corpus that is not there is an error that says where it was looked for', () => {
  const f = (read: (folder: string) => unknown, root: string, want: string): void =>
    expect(() => read(root)).toThrow(want)
  f(readKpiCorpus, folder, 'cannot evaluate on the kpi corpus: neither')
  f(readKpiCorpus, join(folder, 'none'), `no "${join(folder, 'none')}" holds files *.csv.gz`)
  f(readCloudCorpus, folder, 'begin with TimeStamp,Value,Label')
})

test('dates are read as UTC, with or without fraction, seconds and zone', () => {
  const f = (text: string, want: number): void => expect(timestampField(text, 'here')).toBe(want)
  f('2014-04-10 07:15:00.000000', 1_397_114_100_000)
  f('2014-04-10 07:15:00', 1_397_114_100_000)
  f('2014-04-10T07:15:00.25Z', 1_397_114_100_250)
  f('2014-04-10 07:15', 1_397_114_100_000)
})

test('runs of ones are found at both ends and between', () => {
  const f = (labels: readonly number[], want: readonly (readonly number[])[]): void => {
    const runs = runsOfOnes(Uint8Array.from(labels))
    expect(runs.map(({ firstRow, lastRow }) => [firstRow, lastRow])).toEqual(want)
  }
  f([], [])
  f([0, 0], [])
  f([1], [[0, 0]])
  f(
    [1, 1, 0, 1, 0, 0, 1],
    [
      [0, 1],
      [3, 3],
      [6, 6],
    ],
  )
})
