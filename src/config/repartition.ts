/**
 * Sources whose topics are not keyed by series: two stages with a topic between them, in one
 * program or in many.
 *
 *   topics ─▶ first stage: decode, stateless transforms ─▶ samples_topic ─┬─▶ partition 0: the rest
 *                                                                        └─▶ partition 1: …
 *
 * The second stage is a keyed source like any other, of that topic.
 */

import { SamplesDecoder } from '../codecs/samples.ts'
import { SamplesWriter } from '../codecs/samples/writer.ts'
import { FirstStage } from '../repartition/first-stage.ts'
import { SamplesTopic } from '../repartition/samples-topic.ts'
import { MergedDecoder } from '../repartition/merged-decoder.ts'
import { MergedTime } from '../series/merged-time.ts'
import type { KafkaSourceOptions } from '../sources/kafka/options.ts'
import type { Surroundings } from './compose.ts'
import type { ComponentConfig, Config, SourceConfig } from './config.ts'
import { rowOf } from './judging.ts'
import type { Path } from './origin.ts'
import type { Tables } from './tables.ts'

/** Whether a source has two stages. */
export function isRepartitioned({ type, options }: SourceConfig): boolean {
  return type === 'kafka' && options['keyed'] === false
}

/** Whether this program runs a stage of a source. */
export function runsStage({ options }: SourceConfig, stage: 'decode' | 'score'): boolean {
  return options['stages'] === 'both' || options['stages'] === stage
}

/** Which transforms stand in which stage: all up to the first that keeps anything in the first. */
export function stagedTransforms(
  transforms: readonly ComponentConfig[],
  tables: Tables,
): { readonly first: readonly ComponentConfig[]; readonly second: readonly ComponentConfig[] } {
  const keeping = transforms.findIndex(({ type }) => tables.transforms[type]?.stateless !== true)
  const count = keeping < 0 ? transforms.length : keeping
  return { first: transforms.slice(0, count), second: transforms.slice(count) }
}

/** The second stage as a source: of the samples, from their beginning, in a group of its own. */
export function secondStage(source: SourceConfig): SourceConfig {
  const options = source.options as KafkaSourceOptions
  const { samplesTopic, group } = options
  const own: Partial<KafkaSourceOptions> = {
    topics: [samplesTopic],
    group: `${group}-samples`,
    start: 'earliest',
    announceTopic: '',
    // Its time is that of the input: the records bring it.
    tickEveryMs: Number.MAX_SAFE_INTEGER,
  }
  return { ...source, options: { ...options, ...own }, codec: { type: 'samples', options: {} } }
}

/** What reads a partition of the samples, and its time, which is to be saved with the series. */
export function mergedDecoder({ options }: SourceConfig): {
  readonly decoder: MergedDecoder
  readonly time: MergedTime
} {
  const time = new MergedTime((options as KafkaSourceOptions).samplesWaitMs)
  return { decoder: new MergedDecoder(new SamplesDecoder(), time), time }
}

/** The topic between the stages. */
export function samplesTopic({ options }: SourceConfig): SamplesTopic {
  return new SamplesTopic(options as KafkaSourceOptions)
}

/** The first stage, ready to run. */
export async function firstStage(
  config: Config,
  source: SourceConfig,
  surroundings: Surroundings,
): Promise<FirstStage> {
  const { tables, telemetry, clock } = surroundings
  const { name } = source
  const input = await rowOf(tables.sources, source).create(source.options, {
    name,
    clock,
    onRejection: (refused) => telemetry.rejected(name, refused),
    onFailure: (error, retryInMs) => telemetry.sourceFailed(name, error, retryInMs),
  })
  const { first } = stagedTransforms(config.transforms, tables)
  return new FirstStage({
    name: `${name}.decode`,
    source: input,
    decoder: rowOf(tables.decoders, source.codec).create(source.codec.options),
    transforms: first.map((each) => rowOf(tables.transforms, each).create(each.options)),
    topic: samplesTopic(source),
    newWriter: () => new SamplesWriter(),
    telemetry,
    clock,
  })
}

/** What cannot be repartitioned. */
export function repartitionFaults(
  { sources, store, transforms }: Config,
  tables: Tables,
  fault: (path: Path, message: string) => void,
): void {
  const { first, second } = stagedTransforms(transforms, tables)
  const topics = new Set<string>()
  for (const source of sources.filter(isRepartitioned)) {
    const { name, options } = source
    const path = ['sources', name]
    const { samplesTopic: topic, samplesBy, topics: read } = options as KafkaSourceOptions
    if (store.scope !== 'partition') {
      fault([...path, 'keyed'], 'false is for store.scope: partition; other stores need no key')
      continue
    }
    if (topics.has(topic)) fault([...path, 'samples_topic'], 'a source above has the same one')
    topics.add(topic)
    if (read.includes(topic)) fault([...path, 'samples_topic'], 'the source reads it as well')
    second.forEach((each, i) => {
      const at = ['transforms', first.length + i]
      const wrong = cannotJoin(each, second.slice(0, i), samplesBy, tables)
      if (wrong !== undefined) fault(at, `${wrong} (${name} is not keyed)`)
    })
  }
}

/** Why a transform of the second stage would not find all that it joins in one partition. */
function cannotJoin(
  { type, options }: ComponentConfig,
  before: readonly ComponentConfig[],
  samplesBy: readonly string[],
  tables: Tables,
): string | undefined {
  const by = tables.transforms[type]?.joinsBy?.(options)
  if (by === undefined) return undefined
  if (by === 'record') {
    // What a rollup makes is whole again, wherever it stands.
    const made = before.map((each) => tables.transforms[each.type]?.makes?.(each.options))
    const match = String(options['match'])
    if (made.some((name) => name !== undefined && match.startsWith(name))) return undefined
    return `${type} needs whole records; put it in front of what keeps states`
  }
  if (samplesBy.length === 0) return `${type} joins series; name what joins them in samples_by`
  const foreign = samplesBy.filter((label) => !by.includes(label))
  if (foreign.length === 0) return undefined
  return `${type} joins series whose ${foreign.join(', ')} differ, and samples_by parts them`
}
