/**
 * Speed of encoders: scores → wire bytes.
 *
 *   node bench/speed/encoders.ts [--json]
 *
 * Beside each runs what one would write first (test/reference/score-lines.ts), in the same process,
 * alternated pass by pass: lines of text, added up and turned into bytes. Both give the same bytes,
 * which is checked before anything is measured. Rates are medians over the rounds, the ratio is the
 * median of the rounds' ratios.
 *
 * The scores are those of 2,000 series with a band, four of a host at a time, in batches of 500:
 * values of three places, as gauges have them, and scores and bands of all digits, as they are.
 */

import { parseArgs } from 'node:util'
import type { Encoder } from '../../src/codecs/codec.ts'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../../src/codecs/graphite-scores.ts'
import { InfluxScoresEncoder, influxScoresOptions } from '../../src/codecs/influx-scores.ts'
import { JsonLinesEncoder } from '../../src/codecs/json-lines.ts'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { ScoreReport } from '../../src/core/report.ts'
import { plainGraphite, plainInflux, plainJson } from '../../test/reference/score-lines.ts'
import { scoreReport } from '../../test/sample-reports.ts'

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' } } })

const hostCount = 500
const batchReports = 500
const warmUpRounds = 5
const measuredRounds = 15
const fields = ['usage_user', 'usage_system', 'usage_idle', 'usage_iowait'] as const

// Decoders hand out the same labels for the same series.
const held = Array.from({ length: hostCount }, (_, host) =>
  fields.map((field) =>
    Labels.named('cpu', [
      ['host', `h${host}`],
      ['__field__', field],
    ]),
  ),
)
const random = new Random(1)
const reports: ScoreReport[] = []
for (let line = 0; line < hostCount * 10; line++) {
  const origin = { partition: 'kafka/metrics/1', offset: line, receivedMs: 1_700_000_000_000 }
  for (const [index, labels] of (held[line % hostCount] ?? []).entries()) {
    const expected = 10 + 5 * random.uniform()
    const score = random.uniform()
    const band = { expected, lower: expected - 1 / 3, upper: expected + 1 / 3 }
    const scores = { score, rawScore: score, detectorScore: score }
    const value = Number((10 + 5 * random.uniform()).toFixed(3))
    const place = { origin, index, timestampMs: 1_700_000_000_000 + line }
    reports.push(scoreReport({ labels, value, ...band, ...scores, ...place }))
  }
}
const batches = Array.from({ length: reports.length / batchReports }, (_, i) =>
  reports.slice(i * batchReports, (i + 1) * batchReports),
)

interface Way {
  readonly name: string
  readonly encoder: Encoder
  readonly plain: (reports: readonly ScoreReport[]) => Uint8Array
}

const ways: readonly Way[] = [
  { name: 'json-lines', encoder: new JsonLinesEncoder(), plain: plainJson },
  {
    name: 'influx-scores',
    encoder: new InfluxScoresEncoder(optionsWithDefaults(influxScoresOptions)),
    plain: plainInflux,
  },
  {
    name: 'graphite-scores, three lines each',
    encoder: new GraphiteScoresEncoder(optionsWithDefaults(graphiteScoresOptions)),
    plain: plainGraphite,
  },
]

/** CPU seconds that encoding all batches takes. */
function secondsOf(encode: (reports: readonly ScoreReport[]) => Uint8Array): number {
  const before = process.cpuUsage()
  for (const batch of batches) encode(batch)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number

const results = ways.map(({ name, encoder, plain }) => {
  for (const batch of batches) {
    if (Buffer.compare(encoder.encode(batch), plain(batch)) !== 0) {
      throw new Error(`${name} gives other bytes than the plain way`)
    }
  }
  const seconds: number[] = []
  const ratios: number[] = []
  for (let round = -warmUpRounds; round < measuredRounds; round++) {
    const ours = secondsOf((batch) => encoder.encode(batch))
    const theirs = secondsOf(plain)
    if (round < 0) continue
    seconds.push(ours)
    ratios.push(theirs / ours)
  }
  return { name, scoresPerCpuSecond: reports.length / median(seconds), ratio: median(ratios) }
})

if (flags.json === true) process.stdout.write(JSON.stringify({ results }) + '\n')
else {
  process.stdout.write('scores → wire bytes, a CPU second\n')
  for (const { name, scoresPerCpuSecond, ratio } of results) {
    const rate = `${(scoresPerCpuSecond / 1000).toFixed(0)} k/s`
    process.stdout.write(`${name.padEnd(36)}${rate.padStart(10)}  ${ratio.toFixed(2)} ×\n`)
  }
}
