/**
 * Speed of decoders: wire bytes → observations with held labels.
 *
 *   node bench/speed/codecs.ts [--json]
 *
 * Beside each decoder runs what one would write first, in the same process, alternated pass by
 * pass: the text of the payload, split or given to JSON.parse, and a Map from the text of the name
 * to its labels, so that the plain way does not make labels again either. Both yield the same
 * observations, which is checked before anything is measured. Rates are medians over the rounds,
 * the ratio is the median of the rounds' ratios.
 *
 * The input is what 500 hosts send in turn, in payloads of 64 KiB as a stream is cut: CPU shares of
 * an interval as programs print doubles, in four fields a line (`full`), and the same rounded to
 * two places (`short`).
 */

import { parseArgs } from 'node:util'
import type { Decoder } from '../../src/codecs/codec.ts'
import { decoders } from '../../src/codecs/registry.ts'
import { Labels } from '../../src/core/labels.ts'
import type { Observation } from '../../src/core/observation.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'

const { values: flags } = parseArgs({ options: { json: { type: 'boolean' } } })

const hostCount = 500
const roundCount = 20
const payloadBytes = 65_536
const warmUpRounds = 2
const measuredRounds = 9
/** A round goes so often through the input that it is long beside the time slices of the system. */
const passesPerRound = 6
const origin = { partition: 'bench', offset: 0, receivedMs: 1_600_000_000_000 }
const fields = ['usage_user', 'usage_system', 'usage_idle', 'usage_iowait'] as const

/** The plain way: text to observations, with a memory of labels. */
type Plain = (text: string, held: Map<string, Labels>, observations: Observation[]) => void

interface Scenario {
  readonly name: string
  readonly decoder: Decoder
  readonly plain: Plain
  readonly lines: readonly string[]
  /** What stands in front of the first line. */
  readonly head?: string
}

/** One line's worth of measurement: a host at a time, with four shares of its CPU. */
interface Reading {
  readonly host: string
  readonly seconds: number
  readonly values: readonly string[]
}

/**
 * Shares of four cores in ten seconds, counted in hundredths of a second: whole counts over a total
 * that is not quite 4000, so most have 16 or 17 digits. Waiting is mostly zero.
 */
function readings(digits: 'full' | 'short'): Reading[] {
  const random = new Random(1)
  const all: Reading[] = []
  for (let round = 0; round < roundCount; round++) {
    for (let host = 0; host < hostCount; host++) {
      const total = 3_980 + random.below(40)
      const user = random.below(2_000)
      const system = random.below(400)
      const wait = random.below(4) === 0 ? random.below(40) : 0
      const shares = [user, system, total - user - system - wait, wait].map(
        (x) => (100 * x) / total,
      )
      const values = shares.map((x) => (digits === 'full' ? String(x) : String(+x.toFixed(2))))
      all.push({ host: `vm${host}`, seconds: 1_592_222_400 + 10 * round, values })
    }
  }
  return all
}

function influxLine({ host, seconds, values }: Reading): string {
  const set = fields.map((field, i) => `${field}=${values[i]}`).join()
  return `cpu,cpu=cpu-total,host=${host},region=eu-west ${set} ${seconds}000000000`
}

function telegrafLine({ host, seconds, values }: Reading): string {
  const set = fields.map((field, i) => `"${field}":${values[i]}`).join()
  const tags = `"cpu":"cpu-total","host":"${host}","region":"eu-west"`
  return `{"fields":{${set}},"name":"cpu","tags":{${tags}},"timestamp":${seconds}}`
}

function graphiteLines({ host, seconds, values }: Reading): string[] {
  return fields.map((field, i) => `servers.${host}.cpu.total.${field} ${values[i]} ${seconds}`)
}

function csvLine({ host, seconds, values }: Reading): string {
  const date = new Date(1000 * seconds).toISOString().slice(0, 19).replace('T', ' ')
  return [date, host, ...values].join()
}

function jsonLine({ seconds, values }: Reading): string {
  const set = fields.map((field, i) => `"${field}": ${values[i]}`).join(', ')
  return `{${set}, "timestamp": ${seconds}}`
}

/** Labels of a text, made the first time. */
function labelsOf(text: string, held: Map<string, Labels>, make: () => Labels): Labels {
  let labels = held.get(text)
  if (labels === undefined) held.set(text, (labels = make()))
  return labels
}

function observe(
  observations: Observation[],
  labels: Labels,
  time: { timestampMs: number; remainderNs: number },
  value: number,
): void {
  const { timestampMs, remainderNs } = time
  const index = observations.length
  observations.push({ labels, timestampMs, remainderNs, value, origin, index })
}

const plainInflux: Plain = (text, held, observations) => {
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [name, set, stamp] = line.split(' ') as [string, string, string]
    const time = { timestampMs: Number(stamp.slice(0, -6)), remainderNs: Number(stamp.slice(-6)) }
    for (const pair of set.split(',')) {
      const [field, value] = pair.split('=') as [string, string]
      const labels = labelsOf(`${name} ${field}`, held, () => {
        const [measurement, ...tags] = name.split(',') as [string, ...string[]]
        const pairs = tags.map((tag) => tag.split('=') as [string, string])
        return Labels.named(measurement, [...pairs, ['__field__', field]])
      })
      observe(observations, labels, time, Number(value))
    }
  }
}

const plainGraphite: Plain = (text, held, observations) => {
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [path, value, stamp] = line.split(' ') as [string, string, string]
    const labels = labelsOf(path, held, () => Labels.named(path))
    const time = { timestampMs: Number(stamp) * 1000, remainderNs: 0 }
    observe(observations, labels, time, Number(value))
  }
}

interface TelegrafMetric {
  readonly fields: Readonly<Record<string, number>>
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly timestamp: number
}

const plainTelegraf: Plain = (text, held, observations) => {
  for (const line of text.split('\n')) {
    if (line === '') continue
    const metric = JSON.parse(line) as TelegrafMetric
    let name = metric.name
    for (const key in metric.tags) name += `,${key}=${metric.tags[key]}`
    const time = { timestampMs: metric.timestamp * 1000, remainderNs: 0 }
    for (const field in metric.fields) {
      const labels = labelsOf(`${name} ${field}`, held, () =>
        Labels.named(metric.name, [...Object.entries(metric.tags), ['__field__', field]]),
      )
      observe(observations, labels, time, metric.fields[field] as number)
    }
  }
}

const plainCsv: Plain = (text, held, observations) => {
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('time')) continue
    const [date, series, ...values] = line.split(',') as [string, string, ...string[]]
    const time = { timestampMs: Date.parse(date + 'Z'), remainderNs: 0 }
    for (const [i, value] of values.entries()) {
      const field = fields[i] as string
      const labels = labelsOf(`${series} ${field}`, held, () =>
        Labels.named(series, [['__field__', field]]),
      )
      observe(observations, labels, time, Number(value))
    }
  }
}

const plainJson: Plain = (text, held, observations) => {
  for (const line of text.split('\n')) {
    if (line === '') continue
    const message = JSON.parse(line) as Readonly<Record<string, number>>
    const time = { timestampMs: (message['timestamp'] as number) * 1000, remainderNs: 0 }
    for (const key in message) {
      if (key === 'timestamp') continue
      const labels = labelsOf(key, held, () => Labels.named(key))
      observe(observations, labels, time, message[key] as number)
    }
  }
}

function made(name: keyof typeof decoders): Decoder {
  const row = decoders[name]
  return row.create(optionsWithDefaults(row.options))
}

function scenarios(digits: 'full' | 'short'): Scenario[] {
  const all = readings(digits)
  const influx = { decoder: made('influx'), plain: plainInflux, lines: all.map(influxLine) }
  const graphite = { decoder: made('graphite'), plain: plainGraphite }
  const telegraf = { decoder: made('telegraf-json'), plain: plainTelegraf }
  const csv = { decoder: made('csv'), plain: plainCsv, lines: all.map(csvLine) }
  const json = { decoder: made('json'), plain: plainJson, lines: all.map(jsonLine) }
  return [
    { name: `influx, ${digits}`, ...influx },
    { name: `graphite, ${digits}`, ...graphite, lines: all.flatMap(graphiteLines) },
    { name: `telegraf-json, ${digits}`, ...telegraf, lines: all.map(telegrafLine) },
    { name: `csv, ${digits}`, ...csv, head: ['timestamp', 'series', ...fields].join() },
    { name: `json, ${digits}`, ...json },
  ]
}

/** Whole lines in payloads of about `payloadBytes`, the head in front of the first. */
function payloadsOf({ lines, head }: Scenario): Uint8Array[] {
  const payloads: Uint8Array[] = []
  let text = head === undefined ? '' : head + '\n'
  for (const line of lines) {
    text += line + '\n'
    if (text.length < payloadBytes) continue
    payloads.push(new TextEncoder().encode(text))
    text = ''
  }
  if (text !== '') payloads.push(new TextEncoder().encode(text))
  return payloads
}

function shown({ labels, timestampMs, remainderNs, value }: Observation): string {
  return `${labels.key} ${timestampMs} ${remainderNs} ${value}`
}

interface Rates {
  readonly linesPerSecond: number
  readonly valuesPerSecond: number
  readonly megabytesPerSecond: number
}

interface Result {
  readonly name: string
  readonly bytesPerLine: number
  readonly ours: Rates
  readonly plain: Rates
  /** Median of the ratios of the rounds. */
  readonly ratio: number
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

function measured(scenario: Scenario): Result {
  const payloads = payloadsOf(scenario)
  const text = new TextDecoder()
  const held = new Map<string, Labels>()
  const observations: Observation[] = []
  const ours = (payload: Uint8Array): void => {
    scenario.decoder.decode(payload, origin, observations)
  }
  const plain = (payload: Uint8Array): void => {
    scenario.plain(text.decode(payload), held, observations)
  }
  // Payload by payload: what is held for long would be made in the old heap ever after.
  let valueCount = 0
  const shownBy = (way: (payload: Uint8Array) => void, payload: Uint8Array): string => {
    observations.length = 0
    way(payload)
    valueCount += observations.length
    return observations.map(shown).join('\n')
  }
  for (const payload of payloads) {
    if (shownBy(ours, payload) !== shownBy(plain, payload)) {
      throw new Error(`${scenario.name}: the two ways do not give the same observations`)
    }
  }
  const passMs = (way: (payload: Uint8Array) => void): number => {
    const startMs = performance.now()
    for (const payload of payloads) {
      observations.length = 0
      way(payload)
    }
    return performance.now() - startMs
  }
  const oursMs: number[] = []
  const plainMs: number[] = []
  for (let round = 0; round < warmUpRounds + measuredRounds; round++) {
    let [oursRoundMs, plainRoundMs] = [0, 0]
    for (let pass = 0; pass < passesPerRound; pass++) {
      oursRoundMs += passMs(ours)
      plainRoundMs += passMs(plain)
    }
    if (round < warmUpRounds) continue
    oursMs.push(oursRoundMs)
    plainMs.push(plainRoundMs)
  }
  const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0)
  const rates = (ms: number): Rates => ({
    linesPerSecond: (1000 * passesPerRound * scenario.lines.length) / ms,
    valuesPerSecond: (1000 * passesPerRound * valueCount) / 2 / ms,
    megabytesPerSecond: (passesPerRound * bytes) / ms / 1000,
  })
  return {
    name: scenario.name,
    bytesPerLine: bytes / scenario.lines.length,
    ours: rates(median(oursMs)),
    plain: rates(median(plainMs)),
    ratio: median(oursMs.map((ms, i) => (plainMs[i] as number) / ms)),
  }
}

const results = (['full', 'short'] as const).flatMap((digits) =>
  scenarios(digits).map((scenario) => {
    process.stderr.write(`codecs: ${scenario.name}\n`)
    return measured(scenario)
  }),
)

if (flags.json === true) process.stdout.write(JSON.stringify({ results }) + '\n')
else {
  const thousand = (value: number): string => `${(value / 1e3).toFixed(0)}k`.padStart(7)
  process.stdout.write(
    `wire bytes → observations, ${hostCount} hosts, payloads of ${payloadBytes} bytes\n`,
  )
  for (const { name, bytesPerLine, ours, plain, ratio } of results) {
    const columns = [
      name.padEnd(20),
      `${bytesPerLine.toFixed(0).padStart(3)} bytes a line`,
      `${thousand(ours.linesPerSecond)} lines/s`,
      `${thousand(ours.valuesPerSecond)} values/s`,
      `${ours.megabytesPerSecond.toFixed(0).padStart(4)} MB/s`,
      `plain ${thousand(plain.linesPerSecond)} lines/s`,
      `${ratio.toFixed(2).padStart(5)} ×`,
    ]
    process.stdout.write(columns.join('  ') + '\n')
  }
}
