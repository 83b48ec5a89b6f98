/** Parsers alone, for the durable bench: what the bytes cost before anything is done with them. */

import { InfluxDecoder, influxOptions } from '../../../src/codecs/influx.ts'
import type { Observation } from '../../../src/core/observation.ts'
import { optionsWithDefaults } from '../../../src/core/options.ts'
import { Load, valuesPerRequest } from './load.ts'

/** What one would write first: split, and a Map from the text of the name to its label. */
function plainParser(): (body: Buffer) => number {
  const held = new Map<string, string[]>()
  return (body) => {
    let count = 0
    for (const line of body.toString('latin1').split('\n')) {
      if (line === '') continue
      const [name, set, stamp] = line.split(' ') as [string, string, string]
      const timestampMs = Number(stamp.slice(0, -6))
      for (const pair of set.split(',')) {
        const [field, value] = pair.split('=') as [string, string]
        const key = `${name} ${field}`
        let labels = held.get(key)
        if (labels === undefined) held.set(key, (labels = name.split(',')))
        if (Number.isFinite(Number(value)) && timestampMs > 0 && labels.length > 0) count++
      }
    }
    return count
  }
}

function ownDecoder(): (body: Buffer) => number {
  const decoder = new InfluxDecoder(optionsWithDefaults(influxOptions))
  const observations: Observation[] = []
  const origin = { partition: 'bench', offset: 0, receivedMs: 0 }
  return (body) => {
    observations.length = 0
    decoder.decode(body, origin, observations)
    return observations.length
  }
}

/** Values a CPU second of each parser, median of `rounds`. */
export function parserRates(load: Load, rounds: number): { name: string; rate: number }[] {
  const parsers = [
    { name: 'a plain parser (split) alone', parse: plainParser() },
    { name: "Forewarn's decoder alone", parse: ownDecoder() },
  ]
  const rates = parsers.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    parsers.forEach(({ parse }, p) => {
      let values = 0
      const before = process.cpuUsage()
      for (let i = 0; i < load.requestCount; i++) values += parse(load.body(i, 1_700_000_000))
      const { user, system } = process.cpuUsage(before)
      if (values !== load.requestCount * valuesPerRequest) throw new Error('a parser lost values')
      if (round > 0) rates[p]?.push(values / ((user + system) / 1e6))
    })
  }
  return parsers.map(({ name }, p) => ({ name, rate: median(rates[p] as number[]) }))
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
