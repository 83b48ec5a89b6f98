/**
 * A configuration with `store.scope: partition` at work: as many of its programs as there are
 * partitions, on as many machines, each with those that the consumer group gives it.
 *
 *   start   sources join the group ─▶ partitions come, each with its saved states ─▶ ready
 *   stop    sources end ─▶ every partition is saved and drained ─▶ the group is left
 */

import type { Feed } from '../core/feed.ts'
import type { History } from '../history/history.ts'
import { startServer } from '../server/server.ts'
import type { ReloadDone } from '../server/reload.ts'
import type { RunningServer, ServerParts } from '../server/server.ts'
import { DashboardSink } from '../sinks/dashboard.ts'
import type { ControlTopic } from '../sources/kafka/control-topic.ts'
import type { Surroundings } from './compose.ts'
import type { Config } from './config.ts'
import { controlTopic, wordDesk } from './control-words.ts'
import { isExactlyOnce } from './exactly-once.ts'
import { rowOf } from './judging.ts'
import { PartitionInputs, inputsOf } from './partition-inputs.ts'
import { Partitions } from './partitions.ts'
import { ReloadTurns } from './reload-turns.ts'
import { demandNoRestart } from './restart.ts'
import { openedHistory } from './saved-run.ts'
import { SharedSinks } from './shared-sinks.ts'
import { sinkStates } from './sink-states.ts'
import { changesBetween } from './standing.ts'

/** What it runs in. */
export interface PartitionedRun {
  readonly config: Config
  /** Reads and checks the configuration again. */
  readonly load: () => Config
  readonly surroundings: Surroundings
  readonly signal: AbortSignal
  /** Everything of the server that is the same for all configurations. */
  readonly serverParts: Pick<ServerParts, 'scrape' | 'version' | 'telemetry' | 'pageRoot'>
  readonly drainMs: number
  readonly onListening: (server: RunningServer) => void
  /** Called once, with what loads the configuration again. */
  readonly onReloadable: (reload: () => void) => void
  /** Told of each configuration that holds after the first one. */
  readonly onConfig: (config: Config) => void
}

/** Runs until the signal aborts. Throws what cannot be started and what a source dies of. */
export async function runPartitioned(run: PartitionedRun): Promise<void> {
  const { config, surroundings } = run
  const history = config.history.keep ? await openedHistory(config, surroundings) : undefined
  await new PartitionedProgram(run, history).run()
}

/** See the head of the file. */
class PartitionedProgram {
  readonly #run: PartitionedRun
  readonly #history: History | undefined
  readonly #shared = new SharedSinks()
  readonly #broken = new AbortController()
  readonly #stop: AbortSignal
  readonly #control: ControlTopic | undefined
  readonly #partitions: Partitions
  readonly #inputs: PartitionInputs
  readonly #turns: ReloadTurns
  /** True where positions are committed with the reports, and by nobody else. */
  readonly #once: boolean
  #config: Config
  #feed: Feed | undefined
  #server: RunningServer | undefined

  constructor(run: PartitionedRun, history: History | undefined) {
    const { config, surroundings, signal } = run
    const { telemetry, clock, tables } = surroundings
    this.#run = run
    this.#history = history
    this.#config = config
    this.#once = config.sinks.some(isExactlyOnce)
    this.#stop = AbortSignal.any([signal, this.#broken.signal])
    this.#control = controlTopic(config, surroundings, () => this.#partitions.hear())
    const onBroken = (error: unknown): void => this.#broken.abort(error)
    this.#partitions = new Partitions({
      config,
      history,
      words: this.#control,
      surroundings: {
        ...surroundings,
        tables: { ...tables, sinks: this.#shared.table(tables.sinks) },
      },
      onSaved: (positions) => {
        if (!this.#stop.aborted && !this.#once) this.#inputs.saved(positions)
      },
      onBroken,
    })
    this.#inputs = new PartitionInputs({
      surroundings,
      partitions: this.#partitions,
      caughtUp: this.#control?.caughtUp,
      once: this.#once,
      stop: this.#stop,
      onBroken,
    })
    this.#turns = new ReloadTurns({ clock, telemetry, reload: (ms) => this.#reloaded(ms) })
  }

  /** Runs it. Throws what cannot be started and what a source dies of. */
  async run(): Promise<void> {
    const { surroundings, serverParts, onListening, onReloadable } = this.#run
    const words: Promise<void>[] = []
    this.#feed = await this.#dashboardFeed()
    const server = await startServer(this.#serverParts())
    this.#server = server
    surroundings.telemetry.started(server.address, serverParts.version)
    onListening(server)
    try {
      if (this.#control !== undefined) words.push(this.#control.run(this.#stop))
      for (const each of words) each.catch((error: unknown) => this.#broken.abort(error))
      const names = this.#config.sources.map(({ name }) => name)
      this.#inputs.begin(await this.#inputs.made(this.#config, names))
      onReloadable(() => void this.#turns.request())
      await aborted(this.#stop)
      await this.#turns.close()
      await Promise.allSettled([...words, this.#inputs.ended()])
    } finally {
      await this.#ended(server)
    }
    if (this.#broken.signal.aborted) throw this.#broken.signal.reason
  }

  /** Saves every partition, and only then leaves the group. */
  async #ended(server: RunningServer): Promise<void> {
    const { signal, drainMs, surroundings } = this.#run
    const { telemetry, clock } = surroundings
    telemetry.stopping(signal.aborted ? String(signal.reason) : 'a source or partition failed')
    const late = new AbortController()
    const cancel = clock.after(drainMs, () => late.abort())
    const positions = await this.#partitions.close(late.signal)
    cancel()
    this.#inputs.saved(this.#once ? new Map() : positions)
    await this.#inputs.closed()
    await this.#shared.close()
    await this.#history?.close()
    await server.close()
    telemetry.stopped()
  }

  #serverParts(): ServerParts {
    const { serverParts, surroundings } = this.#run
    const { clock, shares } = surroundings
    const config = this.#config
    const partitions = this.#partitions
    const { type, scope } = config.store
    return {
      ...serverParts,
      ...listening(config),
      feed: this.#feed,
      history: this.#history,
      directory: partitions,
      ...(this.#control && { desk: wordDesk(this.#control, partitions, clock) }),
      sinks: () => sinkStates(partitions.deliveries, config),
      ready: () => (this.#stop.aborted ? ['stopping'] : this.#inputs.waitsFor),
      partitions: () => shares.partitions,
      store: () => ({ type, scope, ...partitions.saving }),
      configuration: () => this.#turns.state,
      reload: () => this.#turns.request(),
    }
  }

  /**
   * Another configuration: sources that change leave their groups, every partition goes on from
   * where it is, and where one cannot all go on as before.
   */
  async #reloaded(startMs: number): Promise<ReloadDone> {
    const { load, surroundings, drainMs, onConfig } = this.#run
    const was = this.#config
    const next = load()
    demandNoRestart(was, next)
    const sources = changesBetween(inputsOf(was, surroundings), inputsOf(next, surroundings))
    const sinks = changesBetween(was.sinks, next.sinks)
    const begun = await this.#inputs.made(next, sources.begun)
    await this.#inputs.end(sources.ended, AbortSignal.timeout(drainMs))
    const replaced = this.#shared.replace([...new Set([...sinks.begun, ...sinks.ended])])
    const feed = this.#feed
    const takeOver = async (): Promise<void> => {
      this.#config = next
      this.#feed = await this.#dashboardFeed()
      await this.#server?.exchange(this.#serverParts())
    }
    try {
      await this.#partitions.exchange({ config: next, sinks, takeOver })
    } catch (error) {
      this.#config = was
      this.#feed = feed
      await replaced.undo()
      this.#inputs.begin(await this.#inputs.made(was, sources.ended))
      throw error
    }
    await replaced.confirm()
    this.#inputs.begin(begun)
    onConfig(next)
    const tookMs = surroundings.clock.nowMs() - startMs
    return { sources, sinks, series: this.#partitions.size, tookMs }
  }

  /** The page shows the series of all partitions, so its sink is there before the first of them. */
  async #dashboardFeed(): Promise<Feed | undefined> {
    const { tables, clock } = this.#run.surroundings
    const rows = this.#shared.table(tables.sinks)
    for (const each of this.#config.sinks) {
      if (each.type === 'dashboard') {
        await rowOf(rows, each).create(each.options, { name: each.name, clock })
      }
    }
    return (await this.#shared.made()).find((sink) => sink instanceof DashboardSink)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

type Listening = Pick<ServerParts, 'listen' | 'token' | 'hosts' | 'ping' | 'tls'>

function listening({ server }: Config): Listening {
  const { listen, token, hosts, ping, tlsCertificate, tlsKey } = server
  const tls = tlsKey === '' ? undefined : { cert: tlsCertificate, key: tlsKey }
  return { listen, token, hosts, ping, tls }
}
