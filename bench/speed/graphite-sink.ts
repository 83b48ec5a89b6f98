/**
 * How many lines a second the Graphite sink writes to a peer that only reads.
 *
 *   node bench/speed/graphite-sink.ts [--json] [--seconds 3]
 *
 * The peer is a process of its own that reads. Three ways write to it in turns: a bare loop that
 * writes seven thousand ready lines at a time and waits for each write; the sink, which is handed a
 * thousand scored samples of a thousand series at a time, seven lines each; and the same pickled.
 * Lines a second, medians of seven turns each, and their ratio to the bare loop.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { GraphiteScoresEncoder, graphiteScoresOptions } from '../../src/codecs/graphite-scores.ts'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { Report } from '../../src/core/report.ts'
import { GraphiteSink, graphiteSink, graphiteSinkOptions } from '../../src/sinks/graphite.ts'
import { scoreReport } from '../../test/sample-reports.ts'

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '3' } },
})
const turnMs = Number(flags.seconds) * 1000
const turns = 7
const batchSeries = 1000
const linesEach = 7

const peerProgram = `
const server = require('node:net').createServer((socket) => socket.on('data', () => {}))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
const peer = spawn(process.execPath, ['-e', peerProgram], { stdio: ['ignore', 'pipe', 'inherit'] })
const [said] = (await once(peer.stdout, 'data')) as [Buffer]
const port = Number(said.toString())

const series = Array.from({ length: batchSeries }, (_, i) =>
  Labels.named(`servers.web${i}.cpu.total.usage`),
)

/** Samples a second apart, one of every series. */
function batch(second: number): Report[] {
  const timestampMs = 1_700_000_000_000 + second * 1000
  return series.map((labels, i) => {
    const score = ((i * 31 + second) % 1000) / 1000
    return scoreReport({ labels, timestampMs, score, rawScore: score })
  })
}
const batches = Array.from({ length: 20 }, (_, second) => batch(second))
const patience = new AbortController().signal

function sinkOf(form: 'plaintext' | 'pickle'): GraphiteSink {
  const options = optionsWithDefaults(graphiteSinkOptions, { port, form })
  const chosen = optionsWithDefaults(graphiteScoresOptions, graphiteSink.encoderOptions(options))
  return new GraphiteSink(options, new GraphiteScoresEncoder(chosen))
}

/** Lines a second of what writes a batch at a time. */
async function rate(write: (turn: number) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < turnMs) await write(count++)
  return (count * batchSeries * linesEach) / ((performance.now() - start) / 1000)
}

const socket = connect({ host: '127.0.0.1', port, noDelay: true })
await once(socket, 'connect')
const ready = Buffer.from(
  batch(0)
    .map(({ labels }) => `pensu.anomaly_score.metrics_analyzer.${labels?.key} 0.25 1700000000\n`)
    .join('')
    .repeat(linesEach),
)
const ways = {
  bare: () => new Promise((resolve) => void socket.write(ready, resolve)),
  plaintext: written(sinkOf('plaintext')),
  pickle: written(sinkOf('pickle')),
}

function written(sink: GraphiteSink): (turn: number) => Promise<unknown> {
  return (turn) => sink.write(batches[turn % batches.length] ?? [], patience)
}

const rates = new Map<string, number[]>()
for (let turn = 0; turn < turns; turn++) {
  for (const [name, write] of Object.entries(ways)) {
    rates.set(name, [...(rates.get(name) ?? []), await rate(write)])
  }
}
const median = (all: readonly number[]): number => {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN
}
const bare = median(rates.get('bare') ?? [])
const rows = [...rates].map(([way, all]) => {
  const linesPerSecond = Math.round(median(all))
  return { way, linesPerSecond, ratio: Number((linesPerSecond / bare).toFixed(3)) }
})
process.stdout.write(
  flags.json === true
    ? `${JSON.stringify({ batchSeries, linesEach, turns, rows }, null, 2)}\n`
    : rows
        .map((row) => `${row.way.padEnd(10)} ${row.linesPerSecond} lines/s  ${row.ratio}\n`)
        .join(''),
)
socket.destroy()
peer.kill()
process.exit(0)
