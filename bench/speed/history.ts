/**
 * The score history: bytes a sample on real series.
 *
 *   node bench/speed/history.ts [--json] [--data FOLDER] [--detector ema] [--file history.db]
 *
 * Each file of NAB is scored by the detector and encoded in blocks of 2048 samples; each block is
 * decoded again and compared. With `--file` instead: a history that a program has kept (one that
 * has ended, or a copy), as it is on disk once what is open is in blocks; all of its file counts,
 * keys, pages and indices included. A row in memory, beside it, has 45 bytes: time, value and the
 * three of the band of 8 bytes each, score of 4, flags of 1.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { decodeBlock, emptyBlock, encodedBlock } from '../../src/history/block.ts'
import { blockSamplesMax } from '../../src/history/value-column.ts'
import { fileCost } from './history/file.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    data: { type: 'string', default: process.env['FOREWARN_DATA'] ?? '../shared/datasets' },
    detector: { type: 'string', default: 'all' },
    file: { type: 'string', default: '' },
  },
})

interface Cost {
  readonly name: string
  readonly detector: string
  readonly samples: number
  readonly bytes: number
  readonly worst: number
  readonly worstFile: string
  readonly encodeNs: number
  readonly decodeNs: number
}

interface Recording {
  readonly name: string
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}

/** Every file of NAB. */
function nabRecordings(folder: string): Recording[] {
  const data = join(folder, 'nab', 'data')
  return readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.csv'))
    .sort()
    .map((path) => {
      const rows = readFileSync(join(data, path), 'utf8').trim().split(/\r?\n/).slice(1)
      const cells = rows.map((row) => row.split(','))
      return {
        name: path,
        timesMs: cells.map(([time]) => Date.parse(`${time?.replace(' ', 'T')}Z`)),
        values: cells.map(([, value]) => Number(value)),
      }
    })
}

/** Time of this thread's processor, which other programs do not lengthen much. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Bytes and nanoseconds of a set of recordings, scored by a detector. */
function costOf(name: string, detector: string, recordings: readonly Recording[]): Cost {
  const create = detectorFactory(detector, [])
  const block = emptyBlock()
  const back = emptyBlock()
  const sum = { samples: 0, bytes: 0, encodeMs: 0, decodeMs: 0 }
  let worst = 0
  let worstFile = ''
  const close = (): number => {
    if (block.count === 0) return 0
    const startMs = processorMs()
    const bytes = encodedBlock(block).slice()
    const midMs = processorMs()
    decodeBlock(bytes, back)
    sum.decodeMs += processorMs() - midMs
    sum.encodeMs += midMs - startMs
    for (let i = 0; i < block.count; i++) {
      const same = Object.is(back.value[i], block.value[i])
      if (!same || back.timestampMs[i] !== block.timestampMs[i]) throw new Error('not the same')
    }
    block.count = 0
    return bytes.length
  }
  for (const recording of recordings) {
    const { values, timesMs } = recording
    const valueMin = values.reduce((a, b) => Math.min(a, b))
    const valueMax = values.reduce((a, b) => Math.max(a, b))
    const probationSamples = Math.min(750, Math.floor(values.length * 0.15))
    const judge = create({ probationSamples, valueMin, valueMax })
    const assessment = new Assessment()
    let bytes = 0
    values.forEach((value, i) => {
      assessment.clear()
      judge.update(timesMs[i] as number, value, 'on', assessment)
      const at = block.count++
      block.timestampMs[at] = timesMs[i] as number
      block.remainderNs[at] = 0
      block.value[at] = value
      block.tail[at] = Math.fround(1 - assessment.score)
      block.flags[at] = assessment.inProbation ? 0 : assessment.score > 0.999 ? 2 : 1
      block.expected[at] = assessment.expected
      block.lower[at] = assessment.lower
      block.upper[at] = assessment.upper
      if (block.count === blockSamplesMax) bytes += close()
    })
    bytes += close()
    sum.bytes += bytes
    sum.samples += values.length
    if (bytes / values.length > worst) {
      worst = bytes / values.length
      worstFile = recording.name
    }
  }
  return {
    name,
    detector,
    samples: sum.samples,
    bytes: sum.bytes / sum.samples,
    worst,
    worstFile,
    encodeNs: (sum.encodeMs * 1e6) / sum.samples,
    decodeNs: (sum.decodeMs * 1e6) / sum.samples,
  }
}

function nabCosts(): Cost[] {
  if (!existsSync(join(flags.data, 'nab'))) {
    process.stderr.write(`history: no data set nab in "${flags.data}"; bytes a sample left out\n`)
    return []
  }
  const detectors = flags.detector === 'all' ? ['ema', 'sma', 'dasrs', 'auto'] : [flags.detector]
  const recordings = nabRecordings(flags.data)
  return detectors.map((detector) => costOf('nab', detector, recordings))
}

const result = flags.file === '' ? { costs: nabCosts() } : { costs: [], file: fileCost(flags.file) }
if (flags.json === true) process.stdout.write(JSON.stringify(result) + '\n')
else {
  for (const cost of result.costs) {
    const { name, detector, samples, bytes, worst, worstFile, encodeNs, decodeNs } = cost
    process.stdout.write(
      `${name} ${detector.padEnd(6)} ${samples} samples  ${bytes.toFixed(2)} bytes a sample ` +
        `(most ${worst.toFixed(2)}: ${worstFile})  ` +
        `encode ${encodeNs.toFixed(0)} ns, decode ${decodeNs.toFixed(0)} ns\n`,
    )
  }
  if (result.file !== undefined) {
    const { samples, series, bytes } = result.file
    process.stdout.write(
      `${flags.file}: ${samples} samples of ${series} series, ${bytes.toFixed(2)} bytes a sample\n`,
    )
  }
}
