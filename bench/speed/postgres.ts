/**
 * The PostgreSQL sink beside bare COPY of the same rows into the same tables.
 *
 *   node bench/speed/postgres.ts [--json] [--rows 200000] [--batch 10000] [--runs 5]
 *
 * Both write batches of scored samples of 1,000 series over one connection, each batch one
 * transaction, into a table with the same columns, primary key and partitions, in one server of its
 * own that syncs to disk. Bare COPY is handed its bytes ready made, in the same binary form; the
 * sink is handed reports. The two take turns; medians are of the turns.
 */

import { parseArgs } from 'node:util'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { ScoreReport } from '../../src/core/report.ts'
import { PostgresSink } from '../../src/sinks/postgres.ts'
import { CopyRows } from '../../src/sinks/postgres/copy-rows.ts'
import { postgresSinkOptions } from '../../src/sinks/postgres/options.ts'
import { addScore } from '../../src/sinks/postgres/rows.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { PostgresServer } from '../../test/live/postgres-server.ts'
import { noonMs, scoreReport } from '../../test/sample-reports.ts'
import { median } from './durable/parsers.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
  },
})
const rowCount = Number(flags.rows)
const batchMax = Number(flags.batch)
const seriesCount = 1_000

const labels = Array.from({ length: seriesCount }, (_, i) =>
  Labels.named('cpu', [
    ['__field__', 'usage_user'],
    ['host', `vm${i}`],
  ]),
)

/** Batches of a run; each run has samples of its own, later than those before. */
function batches(run: number): ScoreReport[][] {
  const all: ScoreReport[][] = []
  for (let i = 0; i < rowCount; i += batchMax) {
    const batch: ScoreReport[] = []
    for (let j = i; j < Math.min(i + batchMax, rowCount); j++) {
      const timestampMs = noonMs + (run * rowCount + j) * 10
      const value = Math.sin(j) * 100
      const of = labels[j % seriesCount] as Labels
      batch.push(scoreReport({ labels: of, timestampMs, value, index: j }))
    }
    all.push(batch)
  }
  return all
}

const server = await PostgresServer.started()
const signal = new AbortController().signal
const place = { port: server.port, user: 'postgres', database: 'postgres', retentionMs: 0 }
const sinkOf = (schema: string): PostgresSink =>
  new PostgresSink(optionsWithDefaults(postgresSinkOptions, { ...place, schema }), systemClock)

/** Rows a second of the sink. */
async function ours(run: number, sink: PostgresSink): Promise<number> {
  const work = batches(run)
  const beganMs = performance.now()
  for (const batch of work) await sink.write(batch, signal)
  return (rowCount / (performance.now() - beganMs)) * 1000
}

/** Rows a second of bare COPY. */
async function bare(run: number, sql: ReturnType<PostgresServer['client']>): Promise<number> {
  const work = batches(run).map((batch) => {
    const rows = new CopyRows()
    for (const report of batch) addScore(report, report.index % seriesCount, rows)
    return rows.ended()
  })
  const beganMs = performance.now()
  for (const bytes of work) {
    const stream = await sql.unsafe('copy bare.scores from stdin (format binary)').writable()
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject).on('finish', resolve)
      stream.end(bytes)
    })
  }
  return (rowCount / (performance.now() - beganMs)) * 1000
}

try {
  const sink = sinkOf('ours')
  // The tables of the other side are made by the same hands.
  const maker = sinkOf('bare')
  for (const each of [sink, maker])
    await each.write([scoreReport({ labels: labels[0] as Labels })], signal)
  await maker.close()
  const sql = server.client()
  await bare(0, sql)
  await ours(0, sink)
  const [oursRates, bareRates]: [number[], number[]] = [[], []]
  for (let run = 1; run <= Number(flags.runs); run++) {
    bareRates.push(await bare(run, sql))
    oursRates.push(await ours(run, sink))
  }
  await sql.end()
  await sink.close()
  const [oursRate, bareRate] = [median(oursRates), median(bareRates)]
  const result = { rowsPerS: oursRate, bareCopyRowsPerS: bareRate, ratio: oursRate / bareRate }
  if (flags.json === true) console.log(JSON.stringify(result))
  else {
    console.log(`sink postgres  ${Math.round(oursRate)} rows/s`)
    console.log(`bare COPY      ${Math.round(bareRate)} rows/s`)
    console.log(`ratio          ${result.ratio.toFixed(2)}`)
  }
} finally {
  await server.stop()
}
