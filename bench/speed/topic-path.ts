/**
 * What a message costs between two topics, without the broker: the bytes of record batches through
 * the client's reader, source, decoder, series, delivery, encoder and the client's writer of record
 * batches, in one process.
 *
 *   node bench/speed/topic-path.ts [--json] [--messages 200000] [--rounds 7] [--format NAME]
 *
 * Messages are those of bench/speed/kafka.ts: an Influx line of four fields each, of 500 hosts;
 * scores go out 500 to a message. Ways alternate round by round; the baseline is what the client's
 * reader takes for the same bytes. Processor time of all threads of the process, so what the
 * collector of garbage does beside is in it; medians over the rounds.
 */

import { parseArgs } from 'node:util'
import { Reader, createRecordsBatch, readRecordsBatches } from '@platformatic/kafka'
import type { MessageRecord } from '@platformatic/kafka'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { InfluxDecoder, influxOptions } from '../../src/codecs/influx.ts'
import type { EncoderRow } from '../../src/codecs/codec.ts'
import { encoders } from '../../src/codecs/registry.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import type { AnyOptions } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { InputRecord } from '../../src/core/record.ts'
import { ScoreRuns, countOf } from '../../src/core/score-run.ts'
import type { Reports } from '../../src/core/score-run.ts'
import { runPipeline } from '../../src/pipeline.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { LocalScoring } from '../../src/series/scoring.ts'
import { Series } from '../../src/series/series.ts'
import { Delivery } from '../../src/sinks/delivery.ts'
import { deliveryOptions } from '../../src/sinks/delivery/options.ts'
import { KafkaMessages, kafkaKinds } from '../../src/sinks/kafka/messages.ts'
import { kafkaSinkOptions } from '../../src/sinks/kafka/options.ts'
import type { Sink } from '../../src/sinks/sink.ts'
import { PartitionReader } from '../../src/sources/kafka/partition-reader.ts'
import type { Source } from '../../src/sources/source.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    messages: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '7' },
    format: { type: 'string', default: 'influx-scores' },
  },
})
const messageCount = Number(flags.messages)
const rounds = Number(flags.rounds)
const hosts = 500
/** Messages in a record batch, about what the brokers' answers hold of each partition. */
const batchMessages = 5_000

interface Packed {
  readonly bytes: Buffer
  readonly firstOffset: number
}

/** Record batches as a topic holds them. */
function packed(): Packed[] {
  const random = new Random(1)
  const share = (): string => (10 + 5 * random.uniform()).toFixed(3)
  const batches: Packed[] = []
  for (let first = 0; first < messageCount; first += batchMessages) {
    const messages = Array.from(
      { length: Math.min(batchMessages, messageCount - first) },
      (_, i) => {
        const at = first + i
        const fields = `usage_user=${share()},usage_system=${share()},usage_idle=${share()}`
        const ns = `${1_700_000_000 + Math.floor(at / hosts)}000000000`
        const value = `cpu,host=h${at % hosts} ${fields},usage_iowait=${share()} ${ns}`
        const key = Buffer.from(`h${at % hosts}`)
        return { topic: 'in', key, value: Buffer.from(value), timestamp: 1_700_000_000_000n }
      },
    )
    batches.push({ bytes: createRecordsBatch(messages).buffer, firstOffset: first })
  }
  return batches
}

const batches = packed()

function readByClient(): number {
  let seen = 0
  for (const { bytes } of batches) {
    for (const batch of readRecordsBatches(Reader.from(bytes))) seen += batch.records.length
  }
  return seen
}

/** The partition anew each round, so that offsets and times go on. */
class Topic implements Source {
  async *batches(): AsyncGenerator<{ records: readonly InputRecord[]; acknowledge: () => void }> {
    const options = { recordBytesMax: 2 ** 20, tickEveryMs: 10_000, idleAfterMs: 10_000 }
    const from = { nextOffset: 0, goesOn: false }
    const reader = new PartitionReader('in/0', from, options, () => undefined)
    for (const { bytes, firstOffset } of batches) {
      const read = readRecordsBatches(Reader.from(bytes))
      for (const batch of read) (batch as { firstOffset: bigint }).firstOffset = BigInt(firstOffset)
      const records: InputRecord[] = []
      reader.take(read, 0, records)
      yield { records, acknowledge: () => undefined }
    }
    await Promise.resolve()
  }
}

/** Makes of reports what the Kafka sink sends, and sends it nowhere. */
function topicSink(): Sink & { bytes: number; reports: number } {
  const given = { brokers: ['nowhere:1'], topic: 'out', perMessage: 500, alarms: false }
  const options = optionsWithDefaults(kafkaSinkOptions, { ...given, format: flags.format as never })
  const row = (encoders as Readonly<Record<string, EncoderRow>>)[flags.format]
  if (row === undefined) throw new Error(`there is no format ${flags.format}`)
  const messages = new KafkaMessages(
    options,
    row.create(optionsWithDefaults(row.options) as AnyOptions),
  )
  messages.learnPartitions(4)
  const sink = {
    bytes: 0,
    reports: 0,
    accepts: kafkaKinds(options),
    takesRuns: true,
    write(reports: Reports): Promise<void> {
      const byPartition = new Map<number, ReturnType<KafkaMessages['of']>>()
      for (const message of messages.of(reports)) {
        const partition = message.partition ?? 0
        const group = byPartition.get(partition)
        if (group === undefined) byPartition.set(partition, [message])
        else group.push(message)
      }
      for (const group of byPartition.values())
        sink.bytes += createRecordsBatch(group as MessageRecord[]).length
      sink.reports += countOf(reports)
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
  return sink
}

async function throughForewarn(): Promise<number> {
  const sink = topicSink()
  const given = { whenFull: 'wait' as const, batchMax: 20_000 }
  const options = { ...optionsWithDefaults(deliveryOptions), ...given }
  const around = { telemetry: quietTelemetry, clock: systemClock }
  const delivery = new Delivery({ name: 'out', sink, options, ...around })
  const create = detectorFactory('ema', ['filters='])
  const runs = new ScoreRuns()
  const rule = {
    name: 'all',
    detector: 'ema',
    alarm: optionsWithDefaults(alarmOptions),
    gate: optionsWithDefaults(gateOptions),
    assessment: new Assessment(),
    reportScores: true,
    runs,
    stateVersion: 1,
    stateDigest: 0,
  }
  const file = { probationSamples: 30, valueMin: 0, valueMax: 100 }
  const ledger = new Ledger('off')
  const catalog = new Catalog(
    optionsWithDefaults(catalogOptions),
    (labels) => new Series(labels, rule, create(file)),
    ledger,
  )
  const scoring = new LocalScoring({ catalog, keepers: [], ledger, runs, clock: systemClock })
  const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions))
  const inputs = [{ name: 'in', source: new Topic(), decoder, ownPositions: true }]
  const parts = { inputs, transforms: [], scoring, outlets: [delivery], ...around }
  await runPipeline(parts, new AbortController().signal)
  await delivery.drain(new AbortController().signal)
  if (sink.bytes === 0) throw new Error('nothing was written')
  return delivery.state().written
}

/** Microseconds of processor time a message. */
async function measured(work: () => number | Promise<number>, expected: number): Promise<number> {
  const before = process.cpuUsage()
  const seen = await work()
  const { user, system } = process.cpuUsage(before)
  if (seen !== expected) throw new Error(`${seen} in place of ${expected}`)
  return (user + system) / messageCount
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number

const [byClient, byForewarn]: [number[], number[]] = [[], []]
for (let round = 0; round <= rounds; round++) {
  const client = await measured(readByClient, messageCount)
  const forewarn = await measured(throughForewarn, messageCount * 4)
  // The first is for warming up.
  if (round === 0) continue
  byClient.push(client)
  byForewarn.push(forewarn)
}
const clientUs = median(byClient)
const forewarnUs = median(byForewarn)
const ratio = forewarnUs / clientUs
if (flags.json === true) {
  process.stdout.write(
    JSON.stringify({ messages: messageCount, clientUs, forewarnUs, ratio }) + '\n',
  )
} else {
  const head = `${messageCount} messages of four fields, processor time a message`
  process.stdout.write(`${head}\n`)
  process.stdout.write(`${"the client's reader".padEnd(40)}${clientUs.toFixed(2).padStart(8)} µs\n`)
  const name = `topic to topic, ${flags.format}`.padEnd(40)
  process.stdout.write(`${name}${forewarnUs.toFixed(2).padStart(8)} µs  ${ratio.toFixed(1)} ×\n`)
}
