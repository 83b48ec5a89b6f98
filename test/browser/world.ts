/**
 * A small world for the page: seeded streams through the real catalog, series, alarms, dashboard
 * sink and server, with a clock that the test turns. The detector is the world's own, so that what
 * the page shows does not move when a real one is tuned.
 */

import { alarmOptions } from '../../src/alarm/rule.ts'
import { Assessment } from '../../src/core/assessment.ts'
import { Labels } from '../../src/core/labels.ts'
import { Ledger } from '../../src/core/ledger.ts'
import { optionsWithDefaults } from '../../src/core/options.ts'
import { Random } from '../../src/core/random.ts'
import { rejection } from '../../src/core/rejection.ts'
import type { Report } from '../../src/core/report.ts'
import type { SinkState } from '../../src/core/sink-state.ts'
import type { History } from '../../src/history/history.ts'
import type { Detector, Fact, Learning } from '../../src/detectors/detector.ts'
import { Catalog, catalogOptions } from '../../src/series/catalog.ts'
import { rejectionReport } from '../../src/series/flow.ts'
import { gateOptions } from '../../src/series/gate.ts'
import { Series } from '../../src/series/series.ts'
import type { SeriesRule } from '../../src/series/series.ts'
import type { ControlDesk } from '../../src/server/control.ts'
import { startServer } from '../../src/server/server.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { DashboardSink, dashboardOptions } from '../../src/sinks/dashboard.ts'

/** Samples that the detector of this world learns before it judges. */
export const probationSamples = 60

/** Expects the running mean within four deviations, and learns nothing from beyond. */
class SteadyBand implements Detector {
  #count = 0
  #mean = 0
  #variance = 0

  update(_timestampMs: number, value: number, _learning: Learning, assessment: Assessment): void {
    const inProbation = this.#count < probationSamples
    assessment.inProbation = inProbation
    assessment.learnedSamples = Math.min(this.#count, probationSamples)
    assessment.probationSamples = probationSamples
    const distance = value - this.#mean
    const halfBand = 4 * Math.sqrt(this.#variance)
    const outside = Math.abs(distance) > halfBand
    if (this.#count > 0) {
      assessment.expected = this.#mean
      assessment.lower = this.#mean - halfBand
      assessment.upper = this.#mean + halfBand
    }
    if (!inProbation && distance !== 0) {
      const tail = Math.exp((-distance * distance) / (2 * this.#variance))
      assessment.score = outside ? Math.max(0.9999, 1 - tail) : Math.min(0.999, 1 - tail)
    }
    if (outside && !inProbation) return
    const share = Math.max(0.02, 1 / ++this.#count)
    this.#mean += share * distance
    this.#variance = (1 - share) * (this.#variance + share * distance * distance)
  }

  describe(): readonly Fact[] {
    return [{ name: 'level', value: this.#mean }]
  }

  snapshot(): void {}

  restore(): void {}
}

/** One made-up series: its labels, its usual value at a step, and its noise. */
interface Shape {
  readonly labels: Labels
  readonly usual: (step: number) => number
  readonly noise: number
  /** First step at which it sends anything. */
  readonly from?: number
}

function wave(mean: number, height: number, period: number): (step: number) => number {
  return (step) => mean + height * Math.sin((2 * Math.PI * step) / period)
}

const vm1 = ['host', 'vm1'] as const
const vm2 = ['host', 'vm2'] as const
const shapes: readonly Shape[] = [
  named('cpu', 'usage_user', [vm1, ['cpu', 'cpu-total']], wave(220, 14, 90), 9),
  named('cpu', 'usage_system', [vm1, ['cpu', 'cpu-total']], wave(12, 2, 40), 1),
  named('cpu', 'usage_user', [vm2, ['cpu', 'cpu-total']], wave(36, 6, 70), 3),
  named('mem', 'used_bytes', [vm1], (step) => 6.21e9 + step * 4e5, 2e6),
  named('mem', 'used_bytes', [vm2], (step) => 3.4e9 + step * 1e5, 1e6),
  named('disk', 'used_percent', [vm1, ['path', '/var/lib/postgresql']], () => 71.3, 0),
  named('diskio', 'write_bytes', [vm1, ['name', 'nvme0n1']], wave(81_000, 9_000, 25), 8_000),
  named('net', 'bytes_recv', [vm1, ['interface', 'eth0']], wave(1.2e6, 2e5, 120), 9e4),
  named('net', 'bytes_sent', [vm1, ['interface', 'eth0']], wave(4.1e5, 5e4, 120), 3e4),
  named('shop', 'response_ms', [['page', 'checkout']], wave(9.6, 0.8, 60), 0.6),
  named('shop', 'response_ms', [['page', 'browse']], wave(4.2, 0.5, 60), 0.3),
  { ...named('queue', 'length', [['queue', 'mail']], wave(40, 10, 50), 4), from: 170 },
]

function named(
  name: string,
  field: string,
  labels: readonly (readonly [string, string])[],
  usual: (step: number) => number,
  noise: number,
): Shape {
  return { labels: Labels.named(name, [['__field__', field], ...labels]), usual, noise }
}

/** A fault: for some steps, something is added to a series. */
export interface Fault {
  readonly key: string
  readonly from: number
  readonly to: number
  readonly add: number
}

/** See the head of the file. */
export class World {
  readonly catalog: Catalog
  readonly faults: Fault[] = []
  sink: DashboardSink
  step = 0
  /** Time of step 0: so that the last step of `steps` is now. */
  readonly startMs: number
  /** How the sinks stand; a test may say otherwise. */
  sinks: () => readonly SinkState[] = () => []
  readonly #random = new Random(7)
  #server: RunningServer | undefined

  /** Absent: nothing is kept beyond what the page remembers. */
  readonly history: History | undefined

  constructor(steps: number, history?: History) {
    this.history = history
    this.startMs = Math.floor(Date.now() / 1000) * 1000 - steps * 1000
    this.sink = this.#newSink()
    const rule: SeriesRule = {
      name: 'default',
      detector: 'steady-band',
      alarm: { ...optionsWithDefaults(alarmOptions), keepFiringMs: 10_000, threshold: 0.9999 },
      gate: optionsWithDefaults(gateOptions),
      assessment: new Assessment(),
      reportScores: true,
      rows: history?.rows,
      stateVersion: 1,
      stateDigest: 0,
    }
    this.catalog = new Catalog(
      optionsWithDefaults(catalogOptions),
      (labels) => new Series(labels, rule, new SteadyBand()),
      new Ledger(),
    )
  }

  #newSink(): DashboardSink {
    const clock = { nowMs: () => Date.now() }
    return new DashboardSink(optionsWithDefaults(dashboardOptions), clock)
  }

  /** Forgets what the page was shown, as a new process does. */
  forget(): void {
    this.sink = this.#newSink()
  }

  /** Runs some seconds of the world. */
  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      const reports = this.#nextStep()
      await this.sink.write(reports)
      this.history?.offer(reports)
    }
    this.history?.mark()
  }

  #nextStep(): Report[] {
    const step = this.step++
    const timestampMs = this.startMs + step * 1000
    const origin = { partition: 'world', offset: step, receivedMs: timestampMs }
    const reports: Report[] = []
    shapes.forEach((shape, index) => {
      const noise = this.#random.gaussian(0, shape.noise)
      if (step < (shape.from ?? 0)) return
      const { labels } = shape
      const value = shape.usual(step) + noise + this.#faultOf(labels.key, step)
      this.catalog.update({ labels, timestampMs, remainderNs: 0, value, origin, index }, reports)
    })
    return reports
  }

  #faultOf(key: string, step: number): number {
    let sum = 0
    for (const fault of this.faults) {
      if (fault.key === key && step >= fault.from && step < fault.to) sum += fault.add
    }
    return sum
  }

  /** Some lines that no decoder takes. */
  async badInput(): Promise<void> {
    const origin = { partition: 'carbon', offset: this.step, receivedMs: Date.now() }
    const lines = [
      rejection('malformed', 'expected 3 words, found 2', 'servers.vm1.load 0.71'),
      rejection('not_finite', 'the value is NaN or infinite', 'servers.vm1.temp NaN 1700000000'),
      rejection('malformed', 'the value is not a number: "abc"', 'servers.vm1.load abc 1700000000'),
      rejection('bad_timestamp', 'the timestamp is not a number: "now"', 'servers.vm2.load 1 now'),
      rejection('malformed', 'expected 3 words, found 1', '<script>alert(1)</script>'),
    ]
    await this.sink.write(lines.map((line) => rejectionReport(line, origin)))
  }

  /** Starts serving, on the same port as before if there was one. */
  async serve(pageRoot: string, token = ''): Promise<string> {
    const port = this.#server === undefined ? '0' : new URL(this.#server.address).port
    this.#server = await startServer({
      listen: `127.0.0.1:${port}`,
      token,
      hosts: [],
      feed: this.sink,
      history: this.history,
      directory: this.catalog,
      desk: this.#desk(),
      sinks: () => this.sinks(),
      scrape: () => ({ contentType: 'text/plain', body: '' }),
      ready: () => [],
      configuration: () => ({ loadedMs: 0, lastReload: 'none' }),
      reload: async () => ({ kind: 'failed', error: new Error('there is nothing to load') }),
      pageRoot,
      version: '0.0.0-test',
      telemetry: {
        streamClients: () => {},
        streamClientDropped: () => {},
        requestFailed: (_request, error) => {
          throw error
        },
      },
    })
    return this.#server.address
  }

  #words = 0

  /** What is said takes effect at once, at the time of the world. */
  #desk(): ControlDesk {
    return {
      say: async (word) => {
        const receivedMs = this.startMs + this.step * 1000
        const reports: Report[] = []
        // Behind the samples of this step, and behind each other.
        const offset = this.step + ++this.#words / 1000
        const origin = { partition: 'world', offset, receivedMs }
        this.catalog.control({ kind: 'control', ...word, origin }, reports)
        await this.sink.write(reports)
        return 'taken'
      },
      silences: () => this.catalog.silences(),
      alarmState: (alarmId) => this.catalog.ofAlarm(alarmId)?.alarmState,
    }
  }

  async stopServing(): Promise<void> {
    await this.#server?.close()
  }
}
