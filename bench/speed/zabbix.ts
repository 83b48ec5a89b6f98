/**
 * The Zabbix sink into a peer that takes everything: values a second.
 *
 *   node bench/speed/zabbix.ts [--json] [--rows 200000] [--batch 5000]
 *
 * Batches of scores of 1,000 series, compressed. The peer parses each request, in this process: its
 * share is in the number, and so is a connection for each request.
 */

import { parseArgs } from 'node:util'
import { Labels } from '../../src/core/labels.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { ZabbixSink } from '../../src/sinks/zabbix.ts'
import { zabbixSinkOptions } from '../../src/sinks/zabbix/options.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { noonMs, scoreReport } from '../../test/sample-reports.ts'
import { ZabbixPeer } from '../../test/zabbix-peer.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '5000' },
  },
})
const rowCount = Number(flags.rows)
const batchMax = Number(flags.batch)
const labels = Array.from({ length: 1_000 }, (_, i) => Labels.named('cpu', [['host', `vm${i}`]]))
const reports = Array.from({ length: rowCount }, (_, i) => {
  const of = labels[i % labels.length] as Labels
  return scoreReport({ labels: of, timestampMs: noonMs + i, score: (i % 997) / 997 })
})

const peer = await ZabbixPeer.started()
const options = optionsWithDefaults(zabbixSinkOptions, { port: peer.port })
const sink = new ZabbixSink(options, systemClock)
const signal = new AbortController().signal
await sink.write(reports.slice(0, labels.length), signal)
const before = peer.values.length
const beganMs = performance.now()
for (let i = 0; i < rowCount; i += batchMax)
  await sink.write(reports.slice(i, i + batchMax), signal)
const seconds = (performance.now() - beganMs) / 1000
const valuesPerS = (peer.values.length - before) / seconds
await peer.stop()
if (flags.json === true) console.log(JSON.stringify({ valuesPerS }))
else console.log(`sink zabbix  ${Math.round(valuesPerS)} values/s`)
