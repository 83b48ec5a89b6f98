/** What one partition's pipeline is made of: its source, with the sinks that are not committed. */

import type { ExactlyOnce } from '../sinks/kafka/exactly-once.ts'
import { ControlSource } from '../sources/control.ts'
import type { Source } from '../sources/source.ts'
import type { Input } from '../series/taking.ts'
import { compose } from './compose.ts'
import type { Composition, Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { ticksName } from './cross-checks.ts'
import { isExactlyOnce } from './exactly-once.ts'
import { rowOf } from './judging.ts'
import type { PartitionFeed } from './partition-feed.ts'
import { isRepartitioned, mergedDecoder, stagedTransforms } from './repartition.ts'

/** What one partition has already. */
export interface LaneWork {
  readonly partition: string
  readonly feed: PartitionFeed
  readonly run: Composition['run']
  readonly once: ExactlyOnce | undefined
  /** Sinks that go on as they are. */
  readonly sinks?: Composition['sinks']
}

/** Composes it. Throws what sources and sinks throw. */
export function composedLane(
  config: Config,
  surroundings: Surroundings,
  { partition, feed, run, once, sinks: standing = new Map() }: LaneWork,
): Promise<Composition> {
  const { clock, tables } = surroundings
  const source = config.sources.find(({ name }) => partition.startsWith(`${name}/`))
  if (source === undefined) throw new RangeError(`no source of the partition ${partition}`)
  const merged = isRepartitioned(source) ? mergedDecoder(source) : undefined
  const transforms = merged ? stagedTransforms(config.transforms, tables).second : config.transforms
  const { codec } = source
  const decoder = merged?.decoder ?? rowOf(tables.decoders, codec).create(codec.options)
  const input: Input = { name: source.name, source: feed, decoder, ownPositions: true }
  const sinks = config.sinks.filter((sink) => !isExactlyOnce(sink))
  return compose({ ...config, sources: [source], transforms, sinks }, surroundings, {
    run,
    control: new ControlSource(ticksName, clock),
    inputs: new Map([
      [source.name, input],
      [ticksName, { name: ticksName, source: silent, decoder, companion: true }],
    ]),
    sinks: standing,
    keepers: merged ? [merged.time] : [],
    ...(once && { committed: once }),
  })
}

/** A source that has nothing to say. */
const silent: Source = {
  async *batches() {},
}
