/**
 * How many lines a second a real carbon-cache takes from the Graphite sink, and from nc.
 *
 *   node bench/speed/carbon.ts [--json] [--lines 70000] [--turns 3]
 *
 * Carbon (Debian: graphite-carbon, graphite-web) is started with its data in a temporary folder.
 * In turns nc writes the sink's own lines from a file, and the sink writes the same as plaintext
 * and pickled: scored samples of a hundred series, a second apart, seven lines each. A turn lasts
 * from the first byte until Graphite knows the last line. Medians, and their ratio to nc.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../../src/codecs/graphite-scores.ts'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { Report } from '../../src/core/report.ts'
import { GraphiteSink, graphiteSink, graphiteSinkOptions } from '../../src/sinks/graphite.ts'
import { GraphiteServer, graphiteMissing } from '../../test/live/graphite-server.ts'
import { pause } from '../../test/live/live-program.ts'
import { scoreReport } from '../../test/sample-reports.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    lines: { type: 'string', default: '70000' },
    turns: { type: 'string', default: '3' },
  },
})
const missing = graphiteMissing()
if (missing !== undefined) throw new Error(missing)
const seriesCount = 100
const linesEach = 7
const batchCount = Math.ceil(Number(flags.lines) / (seriesCount * linesEach))
const lines = batchCount * seriesCount * linesEach
const turns = Number(flags.turns)
/** Whisper keeps an hour of seconds; render is asked for all of it. */
const rangeSeconds = 3600
const patience = new AbortController().signal

type Form = 'plaintext' | 'pickle'
const ways = ['nc', 'plaintext', 'pickle'] as const

/** Samples of a turn, as many seconds as batches; every turn has series of its own. */
function batchesOf(turn: string, firstMs: number): Report[][] {
  const series = Array.from({ length: seriesCount }, (_, i) => Labels.named(`${turn}.web${i}.cpu`))
  return Array.from({ length: batchCount }, (_, second) =>
    series.map((labels, i) => {
      const score = ((i * 31 + second) % 1000) / 1000
      return scoreReport({ labels, timestampMs: firstMs + second * 1000, score, rawScore: score })
    }),
  )
}

function encoderOf(form: Form): GraphiteScoresEncoder {
  const options = optionsWithDefaults(graphiteSinkOptions, { form })
  const chosen = optionsWithDefaults(graphiteScoresOptions, graphiteSink.encoderOptions(options))
  return new GraphiteScoresEncoder(chosen)
}

const folder = mkdtempSync(join(tmpdir(), 'forewarn-carbon-'))
const server = await GraphiteServer.started()

/** Resolves once Graphite knows the last line of a turn. */
async function known(lastLine: string): Promise<void> {
  const [path = '', , seconds] = lastLine.trim().split(' ')
  for (;;) {
    const points = await server.render(path, rangeSeconds)
    if (points.some(([, at]) => at === Number(seconds))) return
    await pause(20)
  }
}

/** Lines a second of one turn. */
async function rate(way: (typeof ways)[number], turn: number): Promise<number> {
  const firstMs = Math.floor(Date.now() / 1000 - batchCount - 60) * 1000
  const batches = batchesOf(`t${turn}${way}`, firstMs)
  const plain = encoderOf('plaintext')
  const bytes = batches.map((batch) => Buffer.from(plain.encode(batch)))
  const all = Buffer.concat(bytes)
  const last = all.toString('latin1').trimEnd().split('\n').at(-1) ?? ''
  const file = join(folder, 'lines')
  writeFileSync(file, all)
  const start = performance.now()
  if (way === 'nc') {
    const command = `nc -N 127.0.0.1 ${server.linePort} < ${file}`
    execFileSync('/bin/sh', ['-c', command], { stdio: 'ignore' })
  } else {
    const port = way === 'plaintext' ? server.linePort : server.picklePort
    const options = optionsWithDefaults(graphiteSinkOptions, { port, form: way })
    const sink = new GraphiteSink(options, encoderOf(way))
    for (const batch of batches) await sink.write(batch, patience)
    await sink.close()
  }
  await known(last)
  return lines / ((performance.now() - start) / 1000)
}

const rates = new Map<string, number[]>()
try {
  for (let turn = 0; turn < turns; turn++) {
    for (const way of ways) rates.set(way, [...(rates.get(way) ?? []), await rate(way, turn)])
  }
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
const median = (all: readonly number[]): number => {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN
}
const bare = median(rates.get('nc') ?? [])
const rows = [...rates].map(([way, all]) => {
  const linesPerSecond = Math.round(median(all))
  return { way, linesPerSecond, ratio: Number((linesPerSecond / bare).toFixed(3)) }
})
process.stdout.write(
  flags.json === true
    ? `${JSON.stringify({ lines, turns, rows }, null, 2)}\n`
    : rows
        .map((row) => `${row.way.padEnd(10)} ${row.linesPerSecond} lines/s  ${row.ratio}\n`)
        .join(''),
)
process.exit(0)
