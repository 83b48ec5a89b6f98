/**
 * Snapshots that were released once and must be understood for ever.
 *
 * `golden/<name>-v<version>.json` holds a snapshot in base64, the values that came after it, and
 * what was said of them. A detector of today, restored from it, must say the same. A layout that
 * changes gets a new version and a new file; the old one stays, and stays tested, as long as its
 * version is read. `UPDATE=1` writes the files anew.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Assessment } from '../core/assessment.ts'
import { Random } from '../core/random.ts'
import { SnapshotReader, SnapshotWriter } from '../core/snapshot.ts'
import type { Detector } from './detector.ts'

/** Score, raw score, expected, lower, upper; null for NaN. */
type Said = readonly (number | null)[]

interface Golden {
  readonly snapshot: string
  readonly values: readonly number[]
  readonly said: readonly Said[]
}

function said(detector: Detector, value: number, index: number): Said {
  const assessment = new Assessment()
  detector.update(index * 60_000, value, 'on', assessment)
  const { score, rawScore, expected, lower, upper } = assessment
  return [score, rawScore, expected, lower, upper].map((x) => (Number.isNaN(x) ? null : x))
}

/** A daily wave with noise and a spike every hundred samples. */
function wave(random: Random, index: number): number {
  const spike = index % 100 === 99 ? 40 : 0
  return 50 + 20 * Math.sin(index / 46) + random.gaussian(0, 2) + spike
}

const samplesBefore = 700
const samplesAfter = 120

function written(detector: Detector): Golden {
  const random = new Random(3)
  for (let i = 0; i < samplesBefore; i++) said(detector, wave(random, i), i)
  const writer = new SnapshotWriter()
  detector.snapshot(writer)
  const snapshot = Buffer.from(writer.finish()).toString('base64')
  const values = Array.from({ length: samplesAfter }, (_, i) => wave(random, samplesBefore + i))
  return { snapshot, values, said: values.map((value, i) => said(detector, value, i)) }
}

/** Registers the test of one golden snapshot. `name` is that of the file, as `ema-v1`. */
export function goldenSnapshot(name: string, create: () => Detector): void {
  test(`the released snapshot ${name} goes on as it did then`, () => {
    const file = new URL(`golden/${name}.json`, import.meta.url)
    if (process.env['UPDATE'] === '1') {
      writeFileSync(file, JSON.stringify(written(create())) + '\n')
    }
    const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden
    const detector = create()
    const reader = new SnapshotReader(Uint8Array.from(Buffer.from(golden.snapshot, 'base64')))
    detector.restore(reader)
    expect(reader.leftBytes).toBe(0)
    expect(golden.values.map((value, i) => said(detector, value, i))).toEqual(golden.said)
  })
}
