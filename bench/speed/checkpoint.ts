/**
 * What keeping states costs those who wait: gaps in scoring at a checkpoint, and the start.
 *
 *   node bench/speed/checkpoint.ts [--json] [--series 100000] [--runs 5]
 *
 * Gap: series of DASRS in this process, scored in groups of 100 between turns of the event loop; a
 * tenth of them has changed when a checkpoint of the embedded store begins. The longest time
 * between two groups until it is saved, beside the longest in as many turns without a checkpoint.
 * In CPU time of this thread, since on a shared machine anybody may take the processor between two
 * turns; and by the wall clock.
 *
 * Start: a program of its own is fed as many series over HTTP, stopped, and started again: from
 * its start until the first sample of its new life is scored, beside the start of one that has
 * nothing saved.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alarmOptions } from '../../src/alarm/rule.ts'
import { detectorFactory } from '../../src/config/detector-choice.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import type { Report } from '../../src/core/report.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { Checkpoints, checkpointOptions } from '../../src/series/checkpoint.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { LocalScoring } from '../../src/series/scoring.ts'
import { Series } from '../../src/series/series.ts'
import { EmbeddedStore } from '../../src/stores/embedded.ts'
import { systemClock } from '../../src/telemetry/system-clock.ts'
import { quietTelemetry } from '../../test/quiet-telemetry.ts'
import { pause } from '../../test/live/live-program.ts'
import { forewarn } from './durable/contenders.ts'
import { Load, posted, taken } from './durable/load.ts'
import { median } from './durable/parsers.ts'

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean' },
    series: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
  },
})
const seriesCount = Number(flags.series)
const runs = Number(flags.runs)
const changedShare = 0.1
const groupSamples = 100
/** So that DASRS has something to remember; its state is then near its largest. */
const learnedSamples = 60

const folder = mkdtempSync(join(tmpdir(), 'forewarn-checkpoint-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** A catalog full of series, and what feeds it. */
class Scored {
  readonly ledger = new Ledger()
  readonly catalog: Catalog
  readonly #labels: readonly Labels[]
  readonly #random = new Random(1)
  readonly #reports: Report[] = []
  #offset = 0

  constructor() {
    const create = detectorFactory('dasrs', [])
    const rule = {
      name: 'all',
      detector: 'dasrs',
      alarm: optionsWithDefaults(alarmOptions),
      gate: optionsWithDefaults(gateOptions),
      assessment: new Assessment(),
      reportScores: false,
      stateVersion: 1,
      stateDigest: 0,
    }
    const file = { probationSamples: 50, valueMin: 0, valueMax: 100 }
    const options = optionsWithDefaults(catalogOptions, { limit: seriesCount })
    const made = (labels: Labels): Series => new Series(labels, rule, create(file))
    this.catalog = new Catalog(options, made, this.ledger)
    this.#labels = Array.from({ length: seriesCount }, (_, i) =>
      Labels.named('cpu', [['host', `host-${i}`]]),
    )
  }

  /** One sample of each series from `first` on, as often as there are in the group. */
  feed(first: number, count: number): void {
    const receivedMs = 1_700_000_000_000 + this.#offset * 1000
    const origin = { partition: 'log', offset: this.#offset++, receivedMs }
    for (let index = 0; index < count; index++) {
      const labels = this.#labels[(first + index) % seriesCount] as Labels
      const value = 50 + 10 * this.#random.uniform()
      const time = { timestampMs: receivedMs, remainderNs: 0 }
      this.catalog.update({ labels, ...time, value, origin, index }, this.#reports)
    }
    this.#reports.length = 0
  }
}

interface Gap {
  readonly cpuMs: number
  readonly wallMs: number
}

/** Feeds groups until `done`, a turn of the event loop between two; the longest gaps. */
async function longestGap(scored: Scored, done: () => boolean): Promise<Gap & { turns: number }> {
  let [cpuMs, wallMs, turns] = [0, 0, 0]
  const changing = seriesCount * changedShare
  while (!done()) {
    const cpu = process.threadCpuUsage()
    const wall = performance.now()
    await new Promise((turn) => setImmediate(turn))
    const { user, system } = process.threadCpuUsage(cpu)
    cpuMs = Math.max(cpuMs, (user + system) / 1000)
    wallMs = Math.max(wallMs, performance.now() - wall)
    scored.feed((turns++ * groupSamples) % changing, groupSamples)
  }
  return { cpuMs, wallMs, turns }
}

async function gaps(): Promise<{ checkpoint: Gap; without: Gap; ms: number; everyone: number }> {
  const scored = new Scored()
  const store = new EmbeddedStore(join(folder, 'gap', 'state.db'), 'process')
  await store.load()
  const { catalog, ledger } = scored
  const scoring = new LocalScoring({ catalog, keepers: [], ledger, clock: systemClock })
  const checkpoints = new Checkpoints(
    {
      options: optionsWithDefaults(checkpointOptions),
      cuts: scoring,
      store,
      outlets: [],
      telemetry: quietTelemetry,
      clock: systemClock,
    },
    new Map(),
  )
  for (let i = 0; i < learnedSamples; i++) scored.feed(0, seriesCount)
  const startMs = performance.now()
  await checkpoints.take()
  const everyone = performance.now() - startMs
  const found: { checkpoint: Gap; without: Gap; ms: number }[] = []
  for (let run = 0; run < runs; run++) {
    scored.feed(0, seriesCount * changedShare)
    let saved = false
    const began = performance.now()
    void checkpoints.take().then(() => (saved = true))
    const checkpoint = await longestGap(scored, () => saved)
    const ms = performance.now() - began
    let left = checkpoint.turns
    const without = await longestGap(scored, () => left-- === 0)
    // What was fed meanwhile has changed too: the next run begins with nothing changed.
    await checkpoints.take()
    found.push({ checkpoint, without, ms })
  }
  await store.close()
  const middle = (of: (run: (typeof found)[number]) => number): number => median(found.map(of))
  return {
    checkpoint: {
      cpuMs: middle(({ checkpoint }) => checkpoint.cpuMs),
      wallMs: middle(({ checkpoint }) => checkpoint.wallMs),
    },
    without: {
      cpuMs: middle(({ without }) => without.cpuMs),
      wallMs: middle(({ without }) => without.wallMs),
    },
    ms: middle(({ ms }) => ms),
    everyone,
  }
}

/** Milliseconds from the start of a program until its first sample is scored. */
async function start(hosts: number): Promise<{ wallMs: number; cpuMs: number }> {
  const place = join(folder, `start-${hosts}`)
  const settings = { detector: 'dasrs', keeping: 'log and store', seriesLimit: 200_000 } as const
  const { program, url, values } = await forewarn(place, settings)
  const nowS = Math.floor(Date.now() / 1000)
  if (hosts > 0) {
    const load = new Load(Math.ceil(hosts / 10_000), hosts)
    for (let round = 0; round < 3; round++) {
      const startS = nowS - 86_400 + round * load.roundSeconds
      for (let i = 0; i < load.requestCount; i++) await taken(url, load.body(i, startS))
    }
  }
  const all: { wallMs: number; cpuMs: number }[] = []
  for (let run = 0; run < runs; run++) {
    await program.ended('SIGTERM')
    const began = performance.now()
    program.start()
    const line = Buffer.from(`cpu,host=first usage=${run} ${nowS + run}000000000\n`)
    const sent = async (): Promise<boolean> => {
      const answer = await posted(url, line).catch(() => undefined)
      return answer?.status === 204
    }
    while (!(await sent())) await pause(5)
    while ((await values()) < 1) await pause(5)
    all.push({ wallMs: performance.now() - began, cpuMs: 1000 * program.cpuSeconds() })
  }
  await program.ended('SIGKILL')
  return {
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  }
}

process.stderr.write(`checkpoint: gaps, ${seriesCount} series\n`)
const gap = await gaps()
process.stderr.write('checkpoint: start\n')
// Four fields a host.
const startFull = await start(seriesCount / 4)
const startEmpty = await start(0)

if (flags.json === true) {
  process.stdout.write(JSON.stringify({ series: seriesCount, gap, startFull, startEmpty }) + '\n')
} else {
  const ms = (value: number): string => `${value.toFixed(1)} ms`.padStart(11)
  const row = (name: string, { cpuMs, wallMs }: Gap): string =>
    `${name.padEnd(52)}${ms(cpuMs)}${ms(wallMs)}\n`
  process.stdout.write(
    `${seriesCount} series of DASRS`.padEnd(52) +
      'CPU'.padStart(11) +
      'wall'.padStart(11) +
      '\n' +
      row('longest gap in scoring, a tenth is saved', gap.checkpoint) +
      row('longest gap without a checkpoint', gap.without) +
      row('from start to first score, all saved', startFull) +
      row('from start to first score, nothing saved', startEmpty) +
      `a checkpoint of a tenth took ${gap.ms.toFixed(0)} ms, ` +
      `of all ${gap.everyone.toFixed(0)} ms\n`,
  )
}
