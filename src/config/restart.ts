/**
 * What a running program cannot change about itself: where it listens, whether by TLS, and where
 * and how it keeps what must survive it. A new configuration that changes one of these is refused
 * as a whole, each with its place, so that what runs is always one file and never half of two.
 */

import { yamlName } from '../core/options.ts'
import { incomingLogOptions } from '../stores/incoming-log.ts'
import { redisStoreOptions } from '../stores/redis/options.ts'
import { kafkaConnectionOptions } from '../connections/kafka.ts'
import { ForewarnError } from '../core/errors.ts'
import type { Config } from './config.ts'
import { isExactlyOnce } from './exactly-once.ts'
import { faultText } from './origin.ts'
import type { Fault, Path } from './origin.ts'

/** Options of a store that is open: the rest of them concerns checkpoints, which begin anew. */
const storeNames = [
  'type',
  'scope',
  'folder',
  ...Object.keys(redisStoreOptions),
  ...Object.keys(incomingLogOptions),
]

/** Throws ERR_CONFIG_RESTART with a line for each value that only a restart can change. */
export function demandNoRestart(before: Config, after: Config): void {
  const paths: Path[] = []
  if (before.server.listen !== after.server.listen) paths.push(['server', 'listen'])
  if ((before.server.tlsKey === '') !== (after.server.tlsKey === '')) {
    paths.push(['server', 'tls_key'])
  }
  const stores = [before.store, after.store] as unknown as Readonly<Record<string, unknown>>[]
  for (const name of storeNames) {
    if (stores[0]?.[name] !== stores[1]?.[name]) paths.push(['store', yamlName(name)])
  }
  const histories = [before.history, after.history] as Readonly<Record<string, unknown>>[]
  for (const name of Object.keys(before.history)) {
    if (histories[0]?.[name] !== histories[1]?.[name]) paths.push(['history', yamlName(name)])
  }
  for (const { name, type, options } of before.sources) {
    const now = after.sources.find((source) => source.name === name)
    if (type !== 'stdin' || now === undefined) continue
    const same = now.type === type && JSON.stringify(now.options) === JSON.stringify(options)
    if (!same) paths.push(['sources', name, 'type'])
  }
  if (before.store.scope === 'partition') paths.push(...ofPartitions(before, after))
  if (paths.length === 0) return
  const lines = paths.map((path) => `  ${faultText(faultOf(path, before, after))}`)
  const message = ['the new configuration needs a restart:', ...lines].join('\n')
  throw new ForewarnError('ERR_CONFIG_RESTART', message)
}

/** What partitions that go on cannot change: how people are heard, and what is committed. */
function ofPartitions(before: Config, after: Config): Path[] {
  const paths: Path[] = []
  const [was, is] = [heardBy(before), heardBy(after)]
  if (JSON.stringify(was) !== JSON.stringify(is)) {
    paths.push(['sources', is?.name ?? was?.name ?? '', 'control_topic'])
  }
  const committed = [before, after].map(
    ({ sinks }) =>
      new Map(sinks.filter(isExactlyOnce).map((sink) => [sink.name, JSON.stringify(sink)])),
  )
  for (const name of new Set(committed.flatMap((each) => [...each.keys()]))) {
    const [one, other] = committed.map((each) => each.get(name))
    if (one !== other) paths.push(['sinks', name, 'exactly_once'])
  }
  return paths
}

/** The source by whose connection people are heard, and that connection. */
function heardBy({ sources }: Config) {
  const source = sources.find(({ type, options }) => type === 'kafka' && options['controlTopic'])
  if (source === undefined) return undefined
  const names = ['controlTopic', ...Object.keys(kafkaConnectionOptions)]
  return { name: source.name, connection: names.map((name) => source.options[name]) }
}

function faultOf(path: Path, before: Config, after: Config): Fault {
  const was = settingOf(path, before)
  const is = settingOf(path, after)
  const values = was === undefined || is === undefined ? '' : `: ${was.text} became ${is.text}`
  return { origin: is?.origin, path, message: `this needs a restart${values}` }
}

function settingOf(path: Path, { settings }: Config) {
  return settings.find((setting) => setting.path.join('\n') === path.join('\n'))
}
